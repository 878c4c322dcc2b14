/*
 * Names whose ids are known from commits before: what has not changed is not looked up again.
 *
 * It is a cache of usage.resource_class, usage.node and usage.workload. An entry is made only of
 * what was committed, and only rows that nobody takes away or renames are believed to be as they
 * were: known_keep() forgets all when ingest.name_version says that somebody did.
 *
 * Invariants
 *  - A workload that is not staged has nothing new to say: its user, server and tag are in the
 *    database where a batch named them, and its first slot is not later than any in the commit.
 *  - About KNOWN_MOST_BYTES at most, and what one commit added.
 *
 * Life cycle: known_init() -> (known_keep() -> known_look_up() -> (commit) -> known_learn() ->
 * known_ids_release())* -> known_release(); known_clear() after a new connection.
 */
#ifndef AGGREGATOR_STORE_KNOWN_H
#define AGGREGATOR_STORE_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "aggregator/rollup/part.h"
#include "common/hash_table.h"
#include "common/interner.h"

#define KNOWN_MOST_BYTES ((size_t)64 << 20)
#define KNOWN_NO_ID	 0 /* identity columns begin at 1 */

struct known {
	uint64_t seed;
	int64_t version; /* of ingest.name_version */
	struct interner strings;
	struct hash_table classes;   /* of struct known_class */
	struct hash_table nodes;     /* of struct known_node */
	struct hash_table workloads; /* of struct known_workload */
};

struct known_workload_id {
	int64_t workload_id; /* or KNOWN_NO_ID */
	int32_t hub_id;
	bool is_staged; /* it is new, or says something new */
};

/* What is known of the names of one commit, by their numbers in its rollup. */
struct known_ids {
	int32_t *class_id; /* or KNOWN_NO_ID */
	uint32_t *node;	   /* number in known, or HASH_TABLE_NONE */
	struct known_workload_id *workload;
};

/* -ENOMEM. */
int known_init(struct known *known, uint64_t seed);
void known_release(struct known *known);
void known_clear(struct known *known);

/* Forget all unless it is of @version. */
void known_keep(struct known *known, int64_t version);

/* Look up the @keys that are in the commit. -ENOMEM. */
int known_look_up(const struct known *known, const struct part_keys *keys, struct known_ids *ret);
void known_ids_release(struct known_ids *ids);

/* Which columns @learned has: sql/names/learn_ids.sql. */
enum known_column { KNOWN_COLUMN_KIND, KNOWN_COLUMN_NUMBER, KNOWN_COLUMN_ID, KNOWN_COLUMN_HUB };

enum known_kind { KNOWN_KIND_NODE = 1, KNOWN_KIND_CLASS, KNOWN_KIND_WORKLOAD };

/* The commit is done: @learned are the ids of what was staged. Without memory it forgets. */
void known_learn(struct known *known, const struct part_keys *keys, struct known_ids *ids,
	const PGresult *learned);

#endif
