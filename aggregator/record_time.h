/*
 * When a record came to Kafka: what windows are judged by, so that neither a clock of ours that is
 * wrong nor a long absence makes good usage too old, or of the future.
 *
 * Who can lie: with message.timestamp.type=LogAppendTime (what `hubmeter topic create` asks for)
 * the broker sets it, and nobody else can. With CreateTime, Kafka's default, it is the producer's
 * word: whoever may write to a topic can claim another day, for usage of the own hub. Such a time
 * is believed within bounds around our own clock: no record is older than a year, as no topic keeps
 * them so long by itself, and none more than a day ahead.
 *
 * Pure: nothing to create or release.
 */
#ifndef AGGREGATOR_RECORD_TIME_H
#define AGGREGATOR_RECORD_TIME_H

#include <stdint.h>

#define RECORD_TIME_MOST_BEHIND_USEC (366LL * 86400 * 1000 * 1000)
#define RECORD_TIME_MOST_AHEAD_USEC  (1LL * 86400 * 1000 * 1000)

enum record_clock {
	RECORD_CLOCK_NONE,     /* a record of a format without times */
	RECORD_CLOCK_PRODUCER, /* CreateTime */
	RECORD_CLOCK_BROKER    /* LogAppendTime */
};

struct record_time {
	enum record_clock clock;
	int64_t usec; /* UTC */
};

/* The time to judge by, where our own clock says @now_usec. */
int64_t record_time_trusted(const struct record_time *time, int64_t now_usec);

#endif
