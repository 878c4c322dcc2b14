/*
 * Seeded sets of usage intervals.
 */
#ifndef TESTS_SUPPORT_MAKE_INTERVALS_H
#define TESTS_SUPPORT_MAKE_INTERVALS_H

#include "common/interval_set.h"
#include "tests/support/random.h"

#define MADE_INTERVALS_START_USEC 1788220800000000 /* 2026-09-01T00:00:00Z */

/* How long they are and over how many names they are spread. */
struct made_intervals {
	uint64_t seed;
	uint32_t count;
	uint32_t hubs, nodes, classes;
	int64_t max_usec;  /* of one interval */
	int64_t span_usec; /* they begin within so much */
};

/* Add interval @i of @plan, the same one whatever was added before. Its workload is "w<i>". */
void make_interval(const struct made_intervals *plan, uint32_t i, struct interval_set *set);

#endif
