/*
 * A commit of some hubs only. The database refuses a commit as a whole; whose value it is that it
 * refuses is found by committing half of the hubs at a time, which costs three commits in all:
 *
 *	refused  {a b c d}
 *	refused  {a b}		hold c d
 *	done     {a}		hold b, c d
 *	refused  {b}		it is b: set aside, the rest goes on
 *	done     {c d}
 *
 * Invariants
 *  - All partitions of a topic are in the same part: its keys in the rollup are its hub's alone.
 *  - What is set aside stays in the rollup until the last part is done, and is in no commit.
 *
 * Life cycle: part_hold_suspects() -> (commit: ingest_commit(), or refused: part_hold_half() or
 * part_set_aside()) -> part_next() until false. A selection: part_keys_init() -> part_has_...() ->
 * part_keys_release().
 */
#ifndef AGGREGATOR_ROLLUP_PART_H
#define AGGREGATOR_ROLLUP_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "aggregator/rollup/ingest.h"

/* Topics that are suspected are committed after all others. */
void part_hold_suspects(struct ingest *ingest);

/* Half of the hubs in this commit wait for the next. false: it is one hub. */
bool part_hold_half(struct ingest *ingest);

/* Is something of @topic in this commit? */
bool part_has_topic(const struct ingest *ingest, const struct ingest_topic *topic);

/* Messages in this commit. */
uint64_t part_messages(const struct ingest *ingest);

/*
 * What @partition gathered is forgotten: it waits, and is to be taken over again from where the
 * database has it.
 */
void part_set_aside(struct ingest *ingest, struct ingest_partition *partition);

/* The next commit takes what was held back last. false: nothing was, and nothing is gathered. */
bool part_next(struct ingest *ingest);

/* Which keys of the rollup are in the commit. */
struct part_keys {
	const struct rollup *rollup;
	bool *node;	     /* by number; NULL: all of them */
	uint32_t *class_hub; /* by number: text of a hub that has a key in it; PART_NO_HUB: none */
};

#define PART_NO_HUB UINT32_MAX

/* -ENOMEM. */
int part_keys_init(struct part_keys *keys, const struct ingest *ingest);
void part_keys_release(struct part_keys *keys);

static inline bool part_has_node(const struct part_keys *keys, uint32_t number)
{
	return !keys->node || keys->node[number];
}

static inline bool part_has_class(const struct part_keys *keys, uint32_t number)
{
	return keys->class_hub[number] != PART_NO_HUB;
}

bool part_has_slot(const struct part_keys *keys, const struct rollup_slot *slot);

#endif
