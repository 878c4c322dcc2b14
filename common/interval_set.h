/*
 * Many usage intervals in little memory, brought into one order whatever order they came in. Pure.
 *
 * Invariants
 *  - After interval_set_sort() they are ordered by hub, node, class, start, then by all else, so
 *    equal content has an equal order. Those of one hub are a run.
 *  - A workload (hub, node, kind, id) has one user, one server and one tag, as far as it has any:
 *    the database keeps the first and would book another one's usage to it.
 *  - The sum of a quantity over all intervals fits int64_t, and so does every sum made of them.
 *
 * Life cycle: interval_set_init() -> interval_set_add()* -> interval_set_sort() ->
 * interval_set_get()* -> interval_set_release(). The set owns what it was given, texts too.
 */
#ifndef COMMON_INTERVAL_SET_H
#define COMMON_INTERVAL_SET_H

#include <stdint.h>

#include "common/hash_table.h"
#include "common/interner.h"
#include "common/usage_interval.h"

#define INTERVAL_SET_MAX 1000000u /* about 200 MB with names of usual length */

/* Names in the order of their weight for the order of intervals; the first three make a group. */
enum interval_name {
	INTERVAL_NAME_HUB,
	INTERVAL_NAME_NODE,
	INTERVAL_NAME_CLASS,
	INTERVAL_NAME_WORKLOAD,
	INTERVAL_NAME_USERNAME,
	INTERVAL_NAME_SERVER,
	INTERVAL_NAME_TAG,
	INTERVAL_NAME_COUNT
};

struct interval_record {
	uint32_t name[INTERVAL_NAME_COUNT]; /* numbers in strings */
	uint32_t kind;
	int64_t start_usec;
	int64_t end_usec;
	uint64_t quantity[USAGE_QUANTITY_COUNT];
	uint32_t line; /* no part of the content */
};

struct interval_set {
	struct interner strings;
	struct hash_table workloads; /* of struct interval_workload */
	struct interval_record *record;
	uint32_t count;
	uint32_t capacity;
	uint64_t sum[USAGE_QUANTITY_COUNT];
};

/* Why an interval does not go with those before it. */
struct interval_conflict {
	enum usage_column column;
	uint32_t line; /* of the earlier interval; 0: none in particular */
};

/* @seed is what strangers must not know. -ENOMEM. */
int interval_set_init(struct interval_set *set, uint64_t seed);
void interval_set_release(struct interval_set *set);

/*
 * Take a checked interval that stood in @line. -EEXIST: its workload has another user, server or
 * tag already; -EOVERFLOW: a quantity's sum is too large; both with *@ret filled. -ENOSPC: there
 * are INTERVAL_SET_MAX. -ENOMEM.
 */
int interval_set_add(struct interval_set *set, const struct usage_interval *interval, uint32_t line,
	struct interval_conflict *ret);

/* -ENOMEM. Nothing is added any more then. */
int interval_set_sort(struct interval_set *set);

/* First interval from @from on that is the same as the one before it; count: none. Sorted. */
uint32_t interval_set_find_duplicate(const struct interval_set *set, uint32_t from);

/*
 * The first interval behind @first in which one of the names from HUB to @last differs; count:
 * none. Sorted. With HUB the end of a hub's run, with CLASS that of a group.
 */
uint32_t interval_set_run_end(
	const struct interval_set *set, uint32_t first, enum interval_name last);

/* Interval @i, checked as it was (`given` is not kept); texts live as long as the set. */
void interval_set_get(const struct interval_set *set, uint32_t i, struct usage_interval *ret);

static inline const char *interval_set_name(const struct interval_set *set, uint32_t number)
{
	size_t size;

	return interner_text(&set->strings, number, &size);
}

#endif
