/*
 * The conservation of CPU under one parent cgroup. Pure.
 *
 * A parent's counter holds what all its children did, also those that are gone. So what it gained
 * beyond all that is known is theirs who vanished: exactly, if one did.
 *
 *	level = carried + parent - known
 *
 * where the parent was read before and after its children, and counts as the mean of the two: what
 * the living do in between is in one of them and not in the other, so the level is off by at most
 * half the difference (the margin).
 *
 * Invariants
 *  - carried' = level - shares - system: nothing is lost and nothing is given twice, whatever the
 *    margins; what was given too much is owed and taken off what comes next.
 *  - No share is negative, or more than what that child can have done at most.
 *  - The system gets what is beyond the margin and nobody can have done. What is within the margin
 *    waits: it may be a reading's skew, which does not add up.
 *  - Without anybody gone the level stays within the margins, however many passes there are.
 */
#ifndef COLLECTOR_SOURCE_GROUP_ACCOUNT_H
#define COLLECTOR_SOURCE_GROUP_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One child that vanished since the last pass; nanoseconds that its last reading did not show. */
struct account_child {
	uint64_t expected; /* if it went on as before */
	uint64_t most;	   /* that it can have done: all cores, all the time */
	uint64_t share;	   /* the answer */
};

/* Nanoseconds; gains are since the last pass. */
struct account {
	uint64_t before; /* what the parent gained, read before its children ... */
	uint64_t after;	 /* ... and after them: not less */
	uint64_t known; /* what its children gained, those that vanished up to their last reading */
	int64_t carried; /* from one pass to the next; negative: owed */
	bool may_hide;	 /* children may have come and gone that nobody was told of */
};

/* What the parent gained: half way. */
uint64_t account_gain(const struct account *account);

/*
 * Shares of the @n children that vanished, and what is the system's. With several, or where others
 * may hide, the split is an estimate and none of them gets more than twice what was expected
 * unless nobody else can have done it.
 */
uint64_t account_settle(struct account *account, struct account_child *child, size_t n);

#endif
