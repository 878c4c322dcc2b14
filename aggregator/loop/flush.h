/*
 * Commits: when one is due, one attempt at it, and what its outcome asks for.
 *
 * Invariants
 *  - No attempt waits for a PostgreSQL that is away: flush.outage says when to try again.
 *  - A connection on which a commit failed is not used again: settings that were put right on the
 *    server hold for new sessions only.
 *  - What PostgreSQL refuses costs the topic that it is of, and no other: the commit is halved by
 *    hub until it is one, see refusal.h.
 *  - A commit is not waited for (flight.h) while nothing speaks against it. That is one attempt: a
 *    topic that is refused is read again, and when anything else fails or is in doubt everything
 *    gathered is dropped and taken over again, and the next commits are waited for.
 *
 * Life cycle: flush_init() -> flush_is_due() -> flush_commit() or, after -ECONNRESET,
 * flush_resolve() until they answer -> ... Nothing to release; all parts are borrowed. Whoever else
 * uses the store calls flush_settle() before.
 */
#ifndef AGGREGATOR_LOOP_FLUSH_H
#define AGGREGATOR_LOOP_FLUSH_H

#include <stdbool.h>
#include <stdint.h>

#include "aggregator/config.h"
#include "aggregator/consume.h"
#include "aggregator/loop/flight.h"
#include "aggregator/loop/outage.h"
#include "aggregator/loop/takeover.h"
#include "aggregator/rollup/ingest.h"
#include "aggregator/store/store.h"
#include "common/clock.h"

/* Since the start. */
struct flush_totals {
	uint64_t commits;
	uint64_t failures;
	uint64_t keys;	    /* of what was committed */
	int64_t spent_usec; /* on attempts, also those that failed */
	int64_t last_usec;  /* realtime: of the last commit, or of the start */
};

struct flush {
	const struct config *config;
	const struct clock *clock;
	struct consume *consume;
	struct store *store;
	struct ingest *ingest;
	struct takeover *takeover;
	struct flight *flight; /* NULL: every commit is waited for */

	struct outage outage;	     /* of PostgreSQL, as far as commits see it */
	int64_t failing_since_usec;  /* while that is on; monotonic */
	bool is_noted;		     /* in the database, for doctor */
	int64_t gathered_since_usec; /* 0: nothing is gathered */
	int64_t intervals;	     /* ... and is committed after so many */
	uint64_t most_messages;	     /* a commit takes no more */
	int64_t share_usec;	     /* that suspected topics may spend; negative: did beyond it */
	int64_t share_counted_usec;
	int64_t refusal_told_usec; /* in the log */
	const struct consume_message
		*in_hand;      /* what was read last; set by the loop, may be empty */
	bool must_offer_again; /* ... to be taken once more */
	unsigned int caution;  /* so many commits are waited for before one flies again */
	unsigned int next_caution;
	unsigned int landed; /* since one was undone */
	struct flush_totals totals;
};

void flush_init(struct flush *flush, const struct config *config, const struct clock *clock,
	struct consume *consume, struct store *store, struct ingest *ingest,
	struct takeover *takeover);

/*
 * Is a commit due, by time or by size? Nothing gathered: never. By size only while one is under
 * way.
 */
bool flush_is_due(struct flush *flush, int64_t now_usec);

/* How long none becomes due by time; INT64_MAX when nothing is gathered. */
int64_t flush_idle_usec(const struct flush *flush, int64_t now_usec);

/*
 * Wait for the commit that is under way, if one is. -ECANCELED: it was undone, or nobody knows, and
 * what was gathered since stands on it: drop all of it and take over again; -ESTALE: as below.
 */
int flush_settle(struct flush *flush);

/* Is one under way, and flush_settle() does not wait for it? */
bool flush_has_landed(const struct flush *flush);

/* Distinct keys, and their bytes, that are gathered or under way. */
size_t flush_waiting_keys(const struct flush *flush);
size_t flush_waiting_bytes(const struct flush *flush);

/* Nothing is gathered, nothing under way. */
bool flush_is_all_done(const struct flush *flush);

/*
 * One attempt, or a commit that is under way from now on. 0: nothing is gathered any more, what was
 * not committed is taken over again; -EAGAIN: something is left, once more; -ECONNRESET: go on with
 * flush_resolve(); -ESTALE: another process owns a partition; -ECANCELED: as flush_settle().
 */
int flush_commit(struct flush *flush);

/*
 * One attempt to connect and to find out what became of the last commit. Results as above, and
 * -EPROTONOSUPPORT: this database is not what the program needs.
 */
int flush_resolve(struct flush *flush);

/* For partitions that go away: one attempt, if @is_possible; what is not committed is dropped. */
void flush_commit_or_drop(struct flush *flush, bool is_possible);

/* Forget what was gathered, and all partitions. */
void flush_drop(struct flush *flush);

#endif
