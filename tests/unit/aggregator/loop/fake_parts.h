/*
 * A Kafka and a PostgreSQL in memory behind the calls of consume.h and store.h, with a clock that
 * only moves while somebody waits: the loop runs as it does in earnest, hours in milliseconds.
 *
 * Included by one test program each. The test sets up `fake`, says in fake.on_idle what happens
 * when nothing is left to read (at the latest: fake.stop = 1), and looks at it afterwards.
 */
#ifndef TESTS_AGGREGATOR_LOOP_FAKE_PARTS_H
#define TESTS_AGGREGATOR_LOOP_FAKE_PARTS_H

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "aggregator/consume.h"
#include "aggregator/loop/flight.h"
#include "aggregator/loop/loop.h"
#include "aggregator/rollup/part.h"
#include "aggregator/store/store.h"
#include "proto/wire.h"
#include "tests/support/make_batch.h"

#define FAKE_PARTITIONS 3
#define FAKE_MESSAGES	64
#define SECOND		(1000LL * 1000)

struct fake_message {
	unsigned char *bytes;
	size_t size;
};

struct fake_partition {
	/* Kafka */
	struct fake_message message[FAKE_MESSAGES];
	int64_t low, high;
	int64_t hole;		/* there is no record any more at this offset; 0: there are all */
	const char *unreadable; /* why nobody can read it */
	uint64_t wall;		/* of each of its batches */
	/* the consumer */
	bool is_assigned;
	bool was_end_told;
	int64_t position;
	/* PostgreSQL */
	int64_t next_offset;
	int64_t epoch;
	struct ingest_last last;
	char stopped[200], waiting[200]; /* reasons; "": none */
};

static struct {
	struct fake_partition partition[FAKE_PARTITIONS];
	struct topic_partition_offset assignment[FAKE_PARTITIONS];
	size_t n_assigned;
	enum consume_event news; /* comes before any message */
	const char *news_topic;	 /* of CONSUME_EVENT_TOPIC_GONE; NULL: it is not known */
	int64_t news_offset;
	bool is_kafka_away;
	int64_t now_usec;
	volatile sig_atomic_t stop;
	struct consume_handler handler;
	void (*on_idle)(void);	   /* nothing to read */
	void (*on_takeover)(void); /* before rows are locked; NULL: nothing */
	/* What is_postgres_away stands for: 0, or what every call says, and why. */
	int postgres_away;
	const char *error;
	bool is_connected;
	int (*on_flush)(const struct ingest *); /* NULL: 0 */
	bool is_answer_lost; /* of the next flush: it is committed all the same */
	int resolved;	     /* what the next store_resolve() says */
	bool was_committed;
	/* What happened. */
	unsigned int busy_polls, polls, connects, flushes, flights, takeovers, subscribed,
		unsubscribed, limits_asked, stops_asked, resolves;
	unsigned int stops_to_fail; /* so many attempts to record a stop do */
	uint64_t refused;
	size_t wanted;		   /* streams that the last takeover was to load */
	unsigned int flight_steps; /* of the loop, until one has landed */
} fake;

static int64_t fake_monotonic(void *context)
{
	(void)context;
	return fake.now_usec;
}

static int64_t fake_realtime(void *context)
{
	(void)context;
	return MADE_BATCH_START_USEC + 10 * MADE_BATCH_USEC;
}

static const struct clock fake_clock = {fake_realtime, fake_monotonic, fake_monotonic, NULL};

/* The loop's only way to wait apart from consume_poll(). */
int poll(struct pollfd *fds, nfds_t count, int timeout_msec)
{
	(void)fds;
	(void)count;
	fake.now_usec += timeout_msec * 1000LL;
	return 0;
}

/* --- Kafka --- */

struct consume {
	int unused;
};

static struct consume fake_consume;

int consume_new(const struct consume_options *options, const struct consume_handler *handler,
	char *ret_error, size_t error_size, struct consume **ret)
{
	(void)options;
	(void)ret_error;
	(void)error_size;
	fake.handler = *handler;
	*ret = &fake_consume;
	return 0;
}

void consume_free(struct consume *consume)
{
	(void)consume;
}

const char *consume_library_version(void)
{
	return "fake";
}

/* The group gives all of it at the next poll. */
int consume_subscribe(struct consume *consume)
{
	(void)consume;
	fake.subscribed++;
	fake.news = CONSUME_EVENT_ASSIGNED;
	return 0;
}

void consume_unsubscribe(struct consume *consume)
{
	(void)consume;
	fake.unsubscribed++;
	for (int i = 0; i < FAKE_PARTITIONS; i++)
		fake.partition[i].is_assigned = false;
}

static enum consume_event fake_read(int number, struct consume_message *ret)
{
	struct fake_partition *partition = &fake.partition[number];

	if (!partition->is_assigned || partition->unreadable)
		return CONSUME_EVENT_NONE;
	ret->topic = fake.assignment[number].topic;
	ret->partition = number;
	if (partition->hole && partition->position == partition->hole)
		partition->position++;
	if (partition->position == partition->high) {
		if (partition->was_end_told)
			return CONSUME_EVENT_NONE;
		partition->was_end_told = true;
		return CONSUME_EVENT_END;
	}
	ret->offset = partition->position;
	ret->value = partition->message[partition->position].bytes;
	ret->size = partition->message[partition->position].size;
	partition->position++;
	partition->was_end_told = false;
	return CONSUME_EVENT_MESSAGE;
}

enum consume_event consume_poll(
	struct consume *consume, int timeout_msec, struct consume_message *ret)
{
	enum consume_event event = fake.news;

	(void)consume;
	*ret = (struct consume_message){
		.topic = fake.news_topic ? fake.news_topic : "", .offset = fake.news_offset};
	fake.news = CONSUME_EVENT_NONE;
	for (int i = 0; i < FAKE_PARTITIONS && event == CONSUME_EVENT_NONE; i++)
		event = fake_read(i, ret);
	if (event != CONSUME_EVENT_NONE)
		return event;
	fake.polls++;
	fake.busy_polls += timeout_msec == 0;
	fake.now_usec += timeout_msec * 1000LL;
	fake.on_idle();
	return CONSUME_EVENT_NONE;
}

const char *consume_error(const struct consume *consume)
{
	(void)consume;
	return "connection refused";
}

size_t consume_assignment(const struct consume *consume, const struct topic_partition_offset **ret)
{
	(void)consume;
	*ret = fake.assignment;
	return fake.n_assigned;
}

int consume_describe(struct consume *consume, int timeout_msec)
{
	(void)consume;
	if (!fake.is_kafka_away)
		return 0;
	fake.now_usec += timeout_msec * 1000LL;
	return -EAGAIN;
}

const char *consume_unreadable(const struct consume *consume, const char *topic, int32_t partition)
{
	(void)consume;
	(void)topic;
	return fake.partition[partition].unreadable;
}

int consume_assign(struct consume *consume, const struct topic_partition_offset *at, size_t count)
{
	(void)consume;
	for (int i = 0; i < FAKE_PARTITIONS; i++)
		fake.partition[i].is_assigned = false;
	for (size_t i = 0; i < count; i++) {
		fake.partition[at[i].partition].is_assigned = true;
		fake.partition[at[i].partition].was_end_told = false;
		fake.partition[at[i].partition].position = at[i].offset;
	}
	return 0;
}

int consume_limits(struct consume *consume, struct topic_partition_limits *of, size_t count)
{
	(void)consume;
	fake.limits_asked++;
	for (size_t i = 0; i < count; i++) {
		of[i].is_known = true;
		of[i].low = fake.partition[of[i].partition].low;
		of[i].high = fake.partition[of[i].partition].high;
	}
	return 0;
}

uint64_t consume_lag(const struct consume *consume, const struct topic_partition_offset *at)
{
	(void)consume;
	(void)at;
	return 0;
}

void consume_commit(struct consume *consume, const struct topic_partition_offset *at, size_t count)
{
	(void)consume;
	(void)at;
	(void)count;
}

void consume_close(struct consume *consume)
{
	(void)consume;
	fake.handler.revoke(fake.handler.context, false);
}

/* --- PostgreSQL --- */

struct store {
	int unused;
};

static struct store fake_store;

int store_new(
	const char *conninfo, int64_t timeout_usec, const struct clock *clock, struct store **ret)
{
	(void)conninfo;
	(void)timeout_usec;
	(void)clock;
	*ret = &fake_store;
	return 0;
}

void store_free(struct store *store)
{
	(void)store;
}

int store_connect(struct store *store)
{
	(void)store;
	fake.connects++;
	fake.is_connected = fake.postgres_away == 0;
	return fake.postgres_away;
}

void store_disconnect(struct store *store)
{
	(void)store;
	fake.is_connected = false;
}

bool store_is_connected(const struct store *store)
{
	(void)store;
	return fake.is_connected;
}

const char *store_error(const struct store *store)
{
	(void)store;
	return fake.error ? fake.error : "";
}

const char *store_library_version(void)
{
	return "fake";
}

static int fake_take(struct store_claim *claim)
{
	struct ingest_partition *partition = claim->partition;
	struct fake_partition *row = &fake.partition[partition->partition];

	claim->result = row->stopped[0] ? -EPERM : 0;
	(void)snprintf(claim->reason, sizeof(claim->reason), "%s", row->stopped);
	if (claim->result < 0)
		return 0;
	if (row->epoch++ == 0 && row->next_offset < claim->low_offset)
		row->next_offset = claim->low_offset;
	row->waiting[0] = '\0';
	partition->owner_epoch = row->epoch;
	partition->committed_offset = partition->next_offset = row->next_offset;
	partition->last = row->last;
	return row->last.has_batch ? dedupe_load(&partition->its_topic->dedupe, row->last.stream,
					     row->last.sequence, NULL)
				   : 0;
}

int store_takeover(struct store *store, struct store_claim *claim, size_t count)
{
	int r = 0;

	(void)store;
	fake.takeovers++;
	if (fake.on_takeover)
		fake.on_takeover();
	if (count > 0)
		fake.wanted = claim->partition->its_topic->wanted.size / HM_STREAM_SIZE;
	if (!fake.is_connected)
		return -ECONNRESET;
	for (size_t i = 0; i < count && r == 0; i++)
		r = fake_take(&claim[i]);
	return r;
}

int store_find_stopped(struct store *store, struct store_claim *claim, size_t count)
{
	(void)store;
	fake.stops_asked++;
	for (size_t i = 0; i < count; i++) {
		const char *reason = fake.partition[claim[i].partition->partition].stopped;

		claim[i].result = reason[0] ? -EPERM : 0;
		(void)snprintf(claim[i].reason, sizeof(claim[i].reason), "%s", reason);
	}
	return fake.is_connected ? 0 : -ECONNRESET;
}

int store_stop(struct store *store, const struct ingest_partition *partition, const char *reason)
{
	(void)store;
	if (fake.stops_to_fail > 0) {
		fake.stops_to_fail--;
		return -EAGAIN;
	}
	assert_int_equal(fake.partition[partition->partition].next_offset, partition->next_offset);
	(void)snprintf(fake.partition[partition->partition].stopped, 200, "%s", reason);
	return 0;
}

int store_note_waiting(
	struct store *store, const char *topic, int32_t partition, const char *reason)
{
	(void)store;
	(void)topic;
	(void)snprintf(fake.partition[partition].waiting, 200, "%s", reason);
	return 0;
}

/* The sums in a commit are those of the messages in it, no more and no less. */
static void fake_check_sums(const struct ingest *ingest)
{
	const struct rollup *rollup = &ingest->rollup;
	uint64_t wall = 0, expected = 0;
	struct part_keys keys;

	assert_int_equal(part_keys_init(&keys, ingest), 0);
	for (uint32_t i = 0; i < rollup->slots.count; i++) {
		const struct rollup_slot *slot = hash_table_at(&rollup->slots, i);

		if (part_has_slot(&keys, slot))
			wall += slot->quantity[HM_QUANTITY_WALL_MSEC];
	}
	part_keys_release(&keys);
	for (size_t i = 0; i < ingest->n_partitions; i++)
		if (ingest_is_in_commit(&ingest->partition[i]))
			expected += (uint64_t)ingest->partition[i].counts.taken *
				    fake.partition[ingest->partition[i].partition].wall;
	assert_true(wall == expected);
}

int store_flush(struct store *store, const struct ingest *ingest)
{
	int r = fake.on_flush ? fake.on_flush(ingest) : 0;

	(void)store;
	fake.flushes++;
	fake_check_sums(ingest);
	assert_true(fake.is_connected);
	assert_true(ingest->pending_messages > 0);
	if (r == -ECONNRESET)
		fake.is_connected = false;
	if (r < 0)
		return r;
	for (size_t i = 0; i < ingest->n_refused; i++)
		fake.refused +=
			ingest_is_in_commit(&ingest->partition[ingest->refused[i].partition]);
	for (size_t i = 0; i < ingest->n_partitions; i++) {
		const struct ingest_partition *partition = &ingest->partition[i];
		struct fake_partition *row = &fake.partition[partition->partition];

		if (!ingest_is_in_commit(partition))
			continue;
		assert_int_equal(row->next_offset, partition->committed_offset);
		row->next_offset = partition->next_offset;
		row->last = partition->last;
	}
	if (!fake.is_answer_lost)
		return 0;
	fake.is_answer_lost = fake.is_connected = false;
	return -ECONNRESET;
}

int store_resolve(struct store *store, const struct ingest *ingest, bool *ret_committed)
{
	(void)store;
	(void)ingest;
	fake.resolves++;
	*ret_committed = fake.was_committed;
	return fake.resolved;
}

/* --- The thread that commits: it takes its time, and then it is done at once --- */

struct flight {
	struct store *store;
	struct load load;
	bool is_up;
	unsigned int steps;
};

int flight_new(struct store *store, const struct clock *clock, const struct ingest_limits *limits,
	struct flight **ret)
{
	*ret = calloc(1, sizeof(**ret));
	assert_non_null(*ret);
	(*ret)->store = store;
	return load_init(&(*ret)->load, clock, limits);
}

void flight_free(struct flight *flight)
{
	if (!flight)
		return;
	assert_false(flight->is_up);
	load_release(&flight->load);
	free(flight);
}

int flight_start(struct flight *flight, struct ingest *ingest)
{
	assert_false(flight->is_up);
	assert_int_equal(load_take(&flight->load, ingest), 0);
	assert_false(ingest_has_pending(ingest));
	flight->is_up = true;
	flight->steps = fake.flight_steps;
	fake.flights++;
	return 0;
}

bool flight_is_up(const struct flight *flight)
{
	return flight->is_up;
}

bool flight_has_landed(struct flight *flight)
{
	return flight->is_up && flight->steps-- == 0;
}

int flight_end(struct flight *flight)
{
	flight->is_up = false;
	return load_commit(&flight->load, flight->store);
}

struct load *flight_load(struct flight *flight)
{
	return &flight->load;
}

int64_t flight_spent_usec(const struct flight *flight)
{
	(void)flight;
	return 0;
}

/* --- what tests do with them --- */

static int fake_reset(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	fake.now_usec = 1000 * SECOND;
	fake.news_offset = -1;
	return 0;
}

static int fake_release(void **state)
{
	(void)state;
	for (int i = 0; i < FAKE_PARTITIONS; i++)
		for (int m = 0; m < FAKE_MESSAGES; m++)
			free(fake.partition[i].message[m].bytes);
	return 0;
}

/* Give out @count partitions of one topic, empty. */
static inline void fake_topic(size_t count)
{
	fake.n_assigned = count;
	for (size_t i = 0; i < count; i++)
		fake.assignment[i] =
			(struct topic_partition_offset){"usage.physics.v1", (int32_t)i, 0};
}

/* Give out a partition each of @count hubs. */
static inline void fake_hubs(size_t count)
{
	static const char *const topic[FAKE_PARTITIONS] = {
		"usage.physics.v1", "usage.chemistry.v1", "usage.biology.v1"};

	fake.n_assigned = count;
	for (size_t i = 0; i < count; i++)
		fake.assignment[i] = (struct topic_partition_offset){topic[i], (int32_t)i, 0};
}

/* @count batches of a stream of the partition's own. */
static void fake_send(int number, int count)
{
	struct fake_partition *partition = &fake.partition[number];
	struct made_batch *made = made_batch_new((uint64_t)number + 1, 3);
	char *hub = ingest_hub_of_topic(fake.assignment[number].topic);

	assert_non_null(hub);
	made->batch.hub = hub;
	partition->wall = 0;
	for (size_t row = 0; row < made->batch.n_rows; row++)
		partition->wall += ++made->quantity[HM_QUANTITY_WALL_MSEC][row];
	for (int i = 0; i < count; i++) {
		struct fake_message *message = &partition->message[partition->high];
		size_t capacity;

		made->batch.sequence = (uint64_t)++partition->high;
		capacity = hm_wire_size(&made->batch);
		message->bytes = malloc(capacity);
		assert_non_null(message->bytes);
		assert_int_equal(
			hm_wire_encode(&made->batch, message->bytes, capacity, &message->size), 0);
	}
	free(hub);
	made_batch_free(made);
}

#endif
