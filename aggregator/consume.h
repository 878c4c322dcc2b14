/*
 * Kafka: messages of the partitions that the consumer group gives us, from the offsets we say.
 *
 * Invariants
 *  - Nothing is read that consume_assign() did not name with an explicit offset: Kafka's committed
 *    offsets are for other people's lag tools.
 *  - No callback of ours runs on a thread of librdkafka: all happens inside consume_poll() and
 *    consume_close().
 *
 * Life cycle: consume_new() -> consume_subscribe() -> consume_poll()* -> consume_close() ->
 * consume_free(). An ASSIGNED event is answered by consume_assign(), now or later. Partitions are
 * given up when the revoke handler returns.
 */
#ifndef AGGREGATOR_CONSUME_H
#define AGGREGATOR_CONSUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/record_time.h"
#include "common/options/options.h"

struct consume;

enum consume_event {
	CONSUME_EVENT_NONE,	    /* nothing within the time */
	CONSUME_EVENT_MESSAGE,	    /* a message; valid until the next call */
	CONSUME_EVENT_END,	    /* everything of this partition there is has been read */
	CONSUME_EVENT_OUT_OF_RANGE, /* the offset is not in this partition; negative: not known */
	CONSUME_EVENT_ASSIGNED,	    /* the group gave us partitions: see consume_assignment() */
	CONSUME_EVENT_TOPIC_GONE,   /* a topic was deleted, perhaps made anew; "": any of ours */
	CONSUME_EVENT_UNREACHABLE,  /* no broker can be reached: consume_error() says why */
	CONSUME_EVENT_FATAL	    /* this consumer cannot go on: consume_error() says why */
};

struct consume_message {
	const char *topic;
	int32_t partition;
	int64_t offset;
	const void *value;
	size_t size;
	struct record_time written;
};

/* One partition and where to read it from. */
struct topic_partition_offset {
	const char *topic;
	int32_t partition;
	int64_t offset;
};

struct consume_handler {
	/* Partitions go away when this returns. @lost: somebody else may have them already. */
	void (*revoke)(void *context, bool lost);
	void *context;
};

struct consume_options {
	const char *group_id;
	bool want_ends; /* CONSUME_EVENT_END is sent */
	const struct option_pairs *kafka;
};

/*
 * -EINVAL: a setting librdkafka refuses; @ret_error (of @error_size) says which. -ENOMEM. Takes
 * nothing; @handler is copied.
 */
int consume_new(const struct consume_options *options, const struct consume_handler *handler,
	char *ret_error, size_t error_size, struct consume **ret);

/* Frees. May hang for ever in librdkafka 2.0.2: the caller holds an alarm(2). */
void consume_free(struct consume *consume);

/* "2.0.2" */
const char *consume_library_version(void);

int consume_subscribe(struct consume *consume);
void consume_unsubscribe(struct consume *consume);

/* Wait at most @timeout_msec for what comes next. @ret is filled for events about a partition. */
enum consume_event consume_poll(
	struct consume *consume, int timeout_msec, struct consume_message *ret);

/* Why no broker can be reached, or why the client gave up: one line. */
const char *consume_error(const struct consume *consume);

/* What the last CONSUME_EVENT_ASSIGNED gave us. Valid until the next one, or a revocation. */
size_t consume_assignment(const struct consume *consume, const struct topic_partition_offset **ret);

/*
 * Ask the brokers which partitions there are and who leads them. Waits @timeout_msec at most.
 * -EAGAIN: none answers.
 */
int consume_describe(struct consume *consume, int timeout_msec);

/*
 * Why nobody can read the partition, as consume_describe() found it last: it does not exist, it
 * has no leader, ... A constant. NULL: nothing speaks against it.
 */
const char *consume_unreadable(const struct consume *consume, const char *topic, int32_t partition);

/* Read these and nothing else. -EIO. */
int consume_assign(struct consume *consume, const struct topic_partition_offset *at, size_t count);

/* What there is in Kafka of a partition. */
struct topic_partition_limits {
	const char *topic;
	int32_t partition;
	bool is_known; /* its leader answered */
	int64_t low;   /* first offset there is */
	int64_t high;  /* behind the last */
};

/*
 * Ask for @of: one request to each broker for all of its partitions, and one more. A broker answers
 * what it was asked before first, and fetches wait for messages: it is faster while nothing is
 * read. -EAGAIN: no broker answers in time; one that does not is said with its partitions.
 */
int consume_limits(struct consume *consume, struct topic_partition_limits *of, size_t count);

/* Records behind @offset that we know of without asking; 0 when unknown. */
uint64_t consume_lag(const struct consume *consume, const struct topic_partition_offset *at);

/* Tell Kafka's lag tools how far we are. Nothing depends on it. */
void consume_commit(struct consume *consume, const struct topic_partition_offset *at, size_t count);

/* Leave the group. */
void consume_close(struct consume *consume);

#endif
