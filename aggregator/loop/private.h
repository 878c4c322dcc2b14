/*
 * Shared by aggregate*.c: the loop, its commits and its takeovers.
 */
#ifndef AGGREGATOR_LOOP_PRIVATE_H
#define AGGREGATOR_LOOP_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "aggregator/consume.h"
#include "aggregator/loop/aggregate.h"
#include "aggregator/rollup/ingest.h"
#include "aggregator/store/store.h"

/* Waiting ever longer between attempts. */
struct backoff {
	int64_t next_usec;  /* how long to wait after the next failure */
	int64_t until_usec; /* monotonic; 0: now */
};

struct aggregate {
	const struct config *config;
	const struct clock *clock;
	const volatile sig_atomic_t *stop;
	struct consume *consume;
	struct store *store;
	struct ingest *ingest;

	bool has_grant;	  /* the group gave us partitions that wait to be taken over */
	bool has_taken;	  /* at least once */
	bool has_stopped; /* at least one partition is not read */
	bool is_in_doubt; /* nobody knows whether the last flush was committed */
	bool is_away;	  /* PostgreSQL; was logged */
	bool is_outside;  /* of the group, until rejoin.until_usec */
	uint64_t careful; /* so many messages are committed one by one */
	uint64_t messages_at_flush;
	int64_t dirty_since_usec; /* 0: clean */
	int64_t suspect_usec;	  /* when a topic was looked at again last */
	int64_t stats_usec;	  /* when the next figures are due */
	struct backoff store_backoff;
	struct backoff rejoin_backoff;
	uint64_t flushes;
	struct ingest_counters reported;
};

static inline int64_t aggregate_now(const struct aggregate *aggregate)
{
	return clock_monotonic_usec(aggregate->clock);
}

void aggregate_back_off(struct aggregate *aggregate, struct backoff *backoff, int64_t first_usec,
	int64_t most_usec);

/* Log once that PostgreSQL does not do what we ask. */
void aggregate_note_failure(struct aggregate *aggregate, const char *what);
void aggregate_note_success(struct aggregate *aggregate);

/*
 * Commit; while PostgreSQL is away wait for it. false: not committed, everything was dropped or
 * the program is to end.
 */
bool aggregate_flush(struct aggregate *aggregate);

/* One attempt, no waiting; what cannot be committed is dropped. For partitions that go away. */
void aggregate_flush_or_drop(struct aggregate *aggregate);

/* Take over what the group gave us and start to read it. */
void aggregate_take_over(struct aggregate *aggregate);

/* Do not read @partition any more, until an operator decides. */
void aggregate_stop_partition(
	struct aggregate *aggregate, struct ingest_partition *partition, const char *reason);

#endif
