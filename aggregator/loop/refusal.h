/*
 * What PostgreSQL refuses: of which topic it is, and what that costs the topic.
 *
 * Invariants
 *  - What is refused alone is set aside and read again in smaller commits, each apart from the
 *    others', until it is one message, which goes to quarantine if it is a value that was refused.
 *  - Suspected topics have a part of the time only.
 *
 * Pure apart from logs and what takeover.h is told; works on the parts that struct flush borrows.
 */
#ifndef AGGREGATOR_LOOP_REFUSAL_H
#define AGGREGATOR_LOOP_REFUSAL_H

#include <stdbool.h>
#include <stdint.h>

#include "aggregator/loop/flush.h"
#include "aggregator/loop/load.h"

/* Is some topic in the commit that is suspected? */
bool refusal_is_any_suspected(const struct ingest *ingest);

/* The commit was not refused: those in it are trusted more. Before ingest_commit(). */
void refusal_note_clean(struct ingest *ingest);

/* A commit with suspects in it took so long. */
void refusal_charge(struct flush *flush, int64_t spent_usec);

/* The one topic in the commit is refused for @r, which was the result of store_flush(). */
void refusal_set_aside(struct flush *flush, int r);

/* Streams of the one topic in the commit are not as believed. */
void refusal_look_again(struct flush *flush);

/*
 * A topic of @load came back: what was gathered of it since is forgotten, too, and it is read again
 * from where the database has it.
 */
void refusal_recall(
	struct flush *flush, const struct load *load, const struct load_refused *refused);

#endif
