/*
 * What a commit that nobody waits for carries, and what came back of it: topics that PostgreSQL
 * refused, each found by halving (part.h) while all others were committed.
 *
 * Life cycle: load_init() -> (load_take() -> load_commit() -> read what is in it)* ->
 * load_release().
 */
#ifndef AGGREGATOR_LOOP_LOAD_H
#define AGGREGATOR_LOOP_LOAD_H

#include <stddef.h>
#include <stdint.h>

#include "aggregator/rollup/ingest.h"
#include "aggregator/store/store.h"
#include "common/clock.h"

/* A topic nothing of which was committed. */
struct load_refused {
	size_t topic; /* its number, here and in what the load was taken of */
	int result;   /* of store_flush() */
	uint64_t messages;
	char reason[STORE_REASON_SIZE];
};

struct load {
	struct ingest *ingest;
	size_t keys, bytes; /* that it had when it was taken */
	struct load_refused *refused;
	size_t n_refused;
};

/* -ENOMEM. */
int load_init(struct load *load, const struct clock *clock, const struct ingest_limits *limits);
void load_release(struct load *load);

/* As ingest_freeze(); what was in it before is forgotten. */
int load_take(struct load *load, struct ingest *ingest);

/*
 * Commit all of it that PostgreSQL does not refuse. Negative: a part of it failed, or may have, for
 * another reason; what was committed before stays so.
 */
int load_commit(struct load *load, struct store *store);

#endif
