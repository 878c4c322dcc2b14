/*
 * The publisher: sends the spool's records to Kafka, in order, and moves the acknowledgement.
 * The only code that knows librdkafka.
 *
 * Invariants
 *  - What was read from the spool but not acknowledged is at most PUBLISHER_MAX_BYTES (or one
 *    record, if that is larger); memory does not grow while the broker is away.
 *  - The acknowledgement moves only over an unbroken run of delivered records.
 *  - Sequences first appear in the topic in ascending order, also over retries, restarts of the
 *    producer and of the collector. They may appear again.
 *  - Any failed delivery, and any fatal error, ends this producer; a new one starts
 *    PUBLISHER_BACKOFF_USEC later behind the last acknowledged record.
 *  - No record is given up but one that Kafka refuses for what it is, twice, the second time when
 *    nothing else was in flight: it is set aside (spool_refuse()), and those behind it go on.
 *  - While the broker does not take our records, a certificate, key or authority that is renewed on
 *    disk is taken within PUBLISHER_KEYS_USEC, without a restart.
 *  - No code of ours runs on a thread of librdkafka's.
 *
 * Life cycle: publisher_new() -> publisher_work() whenever publisher_fd() is readable, something
 * was spooled, or publisher_deadline_usec() has come -> publisher_free().
 */
#ifndef COLLECTOR_PUBLISH_PUBLISH_H
#define COLLECTOR_PUBLISH_PUBLISH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/spool/spool.h"
#include "common/clock.h"
#include "common/options/options.h"

#define PUBLISHER_MAX_BYTES    ((size_t)1024 * 1024)
#define PUBLISHER_BACKOFF_USEC 500000
#define PUBLISHER_STALL_USEC   60000000 /* nothing delivered for so long: say so */
#define PUBLISHER_KEYS_USEC    5000000	/* until keys that may be the reason are looked at again */
#define PUBLISHER_CLOCK_USEC   1000000	/* until a clock that is not set is looked at again */

struct publisher;

struct publisher_config {
	const char *hub;		  /* topic usage.<hub>.v1 */
	const char *node;		  /* key */
	const struct option_pairs *kafka; /* the user's settings of librdkafka, win over ours */
	const struct clock *clock; /* for dates, date.h; NULL: batches are dated as they are */
	const uint8_t *boot_id;	   /* 16 bytes: where the clock counts from */
};

/*
 * -EINVAL and a message in @error for settings that librdkafka or we refuse. Borrows @config's
 * texts and @spool until publisher_free(). Needs no broker.
 */
int publisher_new(const struct publisher_config *config, struct spool *spool, int64_t now_usec,
	char *error, size_t error_size, struct publisher **ret);
void publisher_free(struct publisher *publisher);

/* Readable when librdkafka has something to say. */
int publisher_fd(const struct publisher *publisher);

/* Take delivery reports, acknowledge, produce what waits. @now_usec: a clock that never goes back.
 */
void publisher_work(struct publisher *publisher, int64_t now_usec);

/* When publisher_work() is wanted although nothing happens; INT64_MAX: never. */
int64_t publisher_deadline_usec(const struct publisher *publisher);

/* Everything in the spool is acknowledged. */
bool publisher_is_idle(const struct publisher *publisher);

/* For who watches the program; counters are since publisher_new(). */
struct publisher_figures {
	uint64_t n_sent; /* records handed to Kafka's client, again and again too */
	uint64_t n_acknowledged;
	int64_t oldest_usec; /* UTC, when the window of the first unacknowledged record ended; 0:
				all is acknowledged, or it was not read yet */
	bool is_away;	     /* the broker does not take our records */
};

/* As of the last publisher_work(). */
struct publisher_figures publisher_figures(const struct publisher *publisher);

/* librdkafka's version. */
const char *publisher_library_version(void);

/* The producer itself, for tests that inject errors. NULL between two producers. */
struct rd_kafka_s *publisher_handle(struct publisher *publisher);

#endif
