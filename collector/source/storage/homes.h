/*
 * Directories of roots, what each was found to have, and what of that is reported. Pure.
 *
 * A directory has as many bytes as it was last found to have, from that finding until the next
 * one: a step, not a trapezoid, because a finding may be hours away and what was reported can't be
 * changed. So after a change of D bytes what is booked is off by D times the time between the two
 * findings at most, once, and not more with time. Byte-microseconds are kept exactly; what leaves
 * is whole MiB-seconds, and the fraction stays for the next time.
 *
 * Invariants
 *  - What was reported, plus what is kept, is bytes times time, exactly, however often it is asked.
 *  - A directory that was never measured in whole has nothing booked.
 *  - What was found holds for HOMES_HOLD_USEC after the directory was last seen, also while no
 *    collector runs: what is stored is stored. Then it ends by itself.
 *  - A directory that is gone has nothing booked from the finding on that misses it, and is
 *    forgotten when all before is reported.
 *  - At most HOMES_MAX directories.
 *
 * Times are microseconds of one clock, that of whoever calls; they may be negative.
 *
 * Life cycle: homes_init() -> (homes_find() -> home_measure()?)* -> homes_end_round() ->
 * (homes_due() -> home_take())* -> homes_sweep() -> ... -> homes_release().
 */
#ifndef COLLECTOR_SOURCE_STORAGE_HOMES_H
#define COLLECTOR_SOURCE_STORAGE_HOMES_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/meter/amount.h"
#include "common/hash_table.h"

#define HOMES_MAX	       20000u
#define HOMES_HOLD_USEC	       (31LL * 86400 * 1000 * 1000)
#define HOMES_FINE_PER_MIB_SEC 1048576000000u /* byte-microseconds */

struct home {
	uint32_t root; /* number */
	char *name;    /* of the directory, any bytes */
	bool is_measured;
	bool is_gone;
	uint64_t bytes;
	uint128 fine;	    /* booked and not reported, in byte-microseconds */
	int64_t start_usec; /* from when on that is */
	int64_t until_usec; /* up to when it is booked */
	int64_t seen_usec;
	uint64_t round; /* number of the round that found it last */

	/* what the last finding said, for people */
	bool is_by_quota;
	uint64_t n_missed;
	int error;
};

struct homes {
	uint64_t seed;
	uint64_t round; /* number of the one that is under way */
	struct hash_table table;
};

void homes_init(struct homes *homes, uint64_t seed);
void homes_release(struct homes *homes);

/*
 * The directory @name of @root, a new one if there is none. Good until the next call. -ENOSPC:
 * there are HOMES_MAX; -ENOMEM.
 */
int homes_find(struct homes *homes, uint32_t root, const char *name, struct home **ret);

/* The one that is known; NULL: none. Good until the next homes_find(). */
struct home *homes_known(const struct homes *homes, uint32_t root, const char *name);

/* It has @bytes from @now_usec on. */
void home_measure(struct home *home, uint64_t bytes, int64_t now_usec);

/* It is there in @round, but nothing is known of it: what was found before holds as long as it
 * would.
 */
static inline void home_miss(struct home *home, uint64_t round, int error)
{
	home->round = round;
	home->error = error;
}

/* It was found in @round, at @now_usec. */
void home_see(struct home *home, uint64_t round, int64_t now_usec);

/* A list of @root was whole: whatever this round did not see in it is gone. Returns how many. */
uint32_t homes_end_root(struct homes *homes, uint32_t root, int64_t now_usec);

/* How many of @root are there. */
uint32_t homes_count(const struct homes *homes, uint32_t root);

static inline uint32_t homes_size(const struct homes *homes)
{
	return homes->table.count;
}

static inline struct home *homes_at(const struct homes *homes, uint32_t number)
{
	return hash_table_at(&homes->table, number);
}

/* Book it up to @now_usec, as far as it holds. Returns the whole MiB-seconds that it has then. */
uint64_t home_book(struct home *home, int64_t now_usec);

/* @mib_sec, as home_book() returned it, is reported. */
void home_take(struct home *home, uint64_t mib_sec);

/* Forget those that are gone, or were not seen for too long. -ENOMEM: at another time. */
int homes_sweep(struct homes *homes, int64_t now_usec);

/* All times are so much later: another clock. */
void homes_shift(struct homes *homes, int64_t usec);

#endif
