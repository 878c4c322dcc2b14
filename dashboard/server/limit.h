/*
 * How often somebody may ask: so many a second, and a burst of so many after a rest. Pure; the
 * caller locks.
 *
 * Invariants
 *  - The table has one size, however many keys there are. Two keys may share a bucket, which only
 *makes both wait earlier; the seed keeps strangers from choosing whose bucket they share.
 *  - A refusal costs nothing: who waits is served at the rate, whatever was refused meanwhile.
 */
#ifndef DASHBOARD_SERVER_LIMIT_H
#define DASHBOARD_SERVER_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIMIT_BUCKETS 4096u /* a power of two */

struct limit {
	uint64_t seed;
	int64_t usec_each;		/* a token grows in */
	int64_t usec_burst;		/* all tokens grow in */
	int64_t full_at[LIMIT_BUCKETS]; /* when the bucket has all its tokens again */
};

void limit_init(struct limit *limit, uint64_t seed, unsigned per_sec, unsigned burst);

/* Whether @key has a token, which is taken then. @now_usec is positive and never goes back. */
bool limit_allows(struct limit *limit, const void *key, size_t size, int64_t now_usec);

#endif
