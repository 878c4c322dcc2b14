/*
 * Becoming the owner of what the consumer group gave us, all at once:
 *
 *	WAITS ──▶ GOES_ON ──▶ STOPPED
 *	  ▲          │           │
 *	  └──────────┴───────────┘   takeover_all(), its topic is suspect, an operator decided
 *
 * Invariants
 *  - A partition whose records cannot be the ones that follow what was read before is not read: it
 *    is stopped, and the reason is in the database.
 *  - A partition that cannot be read for now (no such topic, no leader) holds up no other one. It
 *    is tried again for as long as the group gives it to us, and the reason is in the database.
 *
 * Life cycle: takeover_init() -> takeover_all() -> takeover_retry()* -> takeover_release(). All
 * parts are borrowed.
 */
#ifndef AGGREGATOR_LOOP_TAKEOVER_H
#define AGGREGATOR_LOOP_TAKEOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/consume.h"
#include "aggregator/loop/outage.h"
#include "aggregator/rollup/ingest.h"
#include "aggregator/store/store.h"
#include "common/clock.h"

struct takeover {
	const struct clock *clock;
	struct consume *consume;
	struct store *store;
	struct ingest *ingest;

	struct outage outage;	   /* of PostgreSQL, or of Kafka, as far as takeovers see them */
	bool is_kafkas;		   /* the outage */
	struct outage *retry;	   /* one per partition in ingest: of those that are not read */
	bool *unrecorded;	   /* the same: stopped, and the database does not know it yet */
	int64_t next_retry_usec;   /* monotonic; INT64_MAX: all are read */
	int64_t next_suspect_usec; /* monotonic: not before then is a topic looked at again */
	bool must_assign;	   /* Kafka's client does not read yet what goes on, or more */
};

void takeover_init(struct takeover *takeover, const struct clock *clock, struct consume *consume,
	struct store *store, struct ingest *ingest);
void takeover_release(struct takeover *takeover);

/*
 * Connect to PostgreSQL when that is not so and due again. 0; -EAGAIN; -EPROTONOSUPPORT: this
 * database is not what the program needs (store_error() says what is).
 */
int takeover_connect(struct takeover *takeover);

/*
 * Take over all that the group gave us, and start to read. ingest holds nothing before. Failing,
 * it holds nothing afterwards, and takeover.outage says when to try again. Results as above.
 */
int takeover_all(struct takeover *takeover);

/* Read all that goes on, each from where it is: Kafka's client was told to read nothing. */
void takeover_read(struct takeover *takeover);

/*
 * Try those again that wait or were stopped and whose time has come. true: all that goes on is read
 * anew from where it is, messages that were read and not taken come once more.
 */
bool takeover_retry(struct takeover *takeover);

/*
 * Do not read @partition until @usec (monotonic), then take it over again and read on from where
 * the database has it. Nothing of it is pending.
 */
void takeover_later(struct takeover *takeover, struct ingest_partition *partition, int64_t usec);

/*
 * Ask the database anew how far @partition was read, nothing else: Kafka's client goes on where it
 * is. Nothing of it is pending. Results of store.h.
 */
int takeover_reload(struct takeover *takeover, struct ingest_partition *partition);

/*
 * @topic ("": any) may have been deleted, and made anew: nothing more of it is taken before its
 * positions were looked at again, which takeover_retry() does, after what is pending of it was
 * committed. The others go on meanwhile.
 */
void takeover_suspect(struct takeover *takeover, const char *topic);

/* Do not read @partition any more, until an operator decides. */
void takeover_stop(
	struct takeover *takeover, struct ingest_partition *partition, const char *reason);

/* What is stopped and not recorded yet, for a lack of PostgreSQL or because commits come first. */
void takeover_record_stops(struct takeover *takeover);

/* As takeover_stop(), because the record at @offset came where the last one read was to be. */
void takeover_stop_changed(
	struct takeover *takeover, struct ingest_partition *partition, int64_t offset);

/* Partitions of ingest in that state. */
size_t takeover_count(const struct takeover *takeover, enum ingest_reading reading);

#endif
