/*
 * A publisher between a spool and librdkafka's mock cluster, for the tests of this folder.
 */
#ifndef TESTS_BROKER_COLLECTOR_PUBLISH_PUBLISH_BENCH_H
#define TESTS_BROKER_COLLECTOR_PUBLISH_PUBLISH_BENCH_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <librdkafka/rdkafka.h>

#include "collector/publish/publish.h"
#include "collector/spool/refused.h"
#include "common/clock.h"
#include "common/log.h"
#include "tests/support/mock_kafka.h"

#define TOPIC		 "usage.test-hub.v1"
#define DEADLINE_USEC	 30000000
#define API_KEY_PRODUCE	 0
#define API_KEY_INIT_PID 22
#define MAX_PAIRS	 8

struct bench {
	char path[64];
	struct mock_kafka kafka;
	struct option_pair pair[MAX_PAIRS];
	struct option_pairs pairs;
	struct publisher_config config;
	struct spool spool;
	struct publisher *publisher;
};

static int64_t now_usec(void)
{
	return clock_boottime_usec(&clock_system);
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void add_pair(struct bench *bench, const char *name, const char *value)
{
	assert_true(bench->pairs.count < MAX_PAIRS);
	bench->pair[bench->pairs.count++] = (struct option_pair){strdup(name), strdup(value)};
	bench->pairs.pair = bench->pair;
}

static inline void open_spool(struct bench *bench)
{
	struct spool_config config = {.directory = bench->path, .segment_size = 1 << 16};
	struct buffer state = BUFFER_INIT(4096);

	assert_int_equal(spool_open(&bench->spool, &config, &state), 0);
	buffer_release(&state);
}

static inline void open_publisher(struct bench *bench)
{
	char error[256] = "";

	if (publisher_new(&bench->config, &bench->spool, now_usec(), error, sizeof(error),
		    &bench->publisher) < 0)
		fail_msg("%s", error);
}

static inline int setup(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	log_set_threshold(LOG_PRIORITY_ERROR);
	strcpy(bench->path, "/tmp/publish-XXXXXX");
	assert_non_null(mkdtemp(bench->path));
	bench->kafka = mock_kafka_start(3);
	mock_kafka_add_topic(&bench->kafka, TOPIC, 4);
	bench->config = (struct publisher_config){
		.hub = "test-hub", .node = "node-1", .kafka = &bench->pairs};
	add_pair(bench, "bootstrap.servers", bench->kafka.servers);
	open_spool(bench);
	*state = bench;
	return 0;
}

static inline int teardown(void **state)
{
	struct bench *bench = *state;

	publisher_free(bench->publisher);
	spool_close(&bench->spool);
	mock_kafka_stop(&bench->kafka);
	for (size_t i = 0; i < bench->pairs.count; i++) {
		free(bench->pair[i].name);
		free(bench->pair[i].value);
	}
	(void)nftw(bench->path, remove_one, 8, FTW_DEPTH | FTW_PHYS); /* a temporary directory */
	free(bench);
	return 0;
}

static inline void append(struct bench *bench, int count, size_t size)
{
	unsigned char *batch = calloc(1, size);

	while (count-- > 0) {
		uint64_t sequence = bench->spool.next_sequence;

		memcpy(batch, &sequence, sizeof(sequence));
		assert_int_equal(spool_append(&bench->spool, batch, size, "state", 5), 0);
	}
	free(batch);
}

static inline int wait_msec(const struct bench *bench)
{
	int64_t wait = publisher_deadline_usec(bench->publisher) - now_usec();

	return wait > 100000 ? 100 : wait <= 0 ? 1 : (int)(wait / 1000) + 1;
}

/* One turn of the loop. */
static inline void turn(struct bench *bench)
{
	struct pollfd ready = {.fd = publisher_fd(bench->publisher), .events = POLLIN};

	publisher_work(bench->publisher, now_usec());
	assert_true(spool_acked(&bench->spool) <= spool_last_sequence(&bench->spool));
	(void)poll(&ready, 1, wait_msec(bench)); /* on time-out there may be something to do, too */
}

static inline void work_until(struct bench *bench, uint64_t acked)
{
	int64_t end = now_usec() + DEADLINE_USEC;

	while (spool_acked(&bench->spool) < acked) {
		if (now_usec() > end)
			fail_msg("acknowledged %" PRIu64 " of %" PRIu64, spool_acked(&bench->spool),
				acked);
		turn(bench);
	}
}

static inline rd_kafka_t *open_consumer(const struct bench *bench)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(4);
	char error[256];
	rd_kafka_t *consumer;

	rd_kafka_conf_set(conf, "bootstrap.servers", bench->pair[0].value, error, sizeof(error));
	rd_kafka_conf_set(conf, "group.id", "test", error, sizeof(error));
	consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof(error));
	assert_non_null(consumer);
	rd_kafka_poll_set_consumer(consumer);
	for (int32_t i = 0; i < 4; i++)
		rd_kafka_topic_partition_list_add(list, TOPIC, i)->offset =
			RD_KAFKA_OFFSET_BEGINNING;
	assert_int_equal(rd_kafka_assign(consumer, list), 0);
	rd_kafka_topic_partition_list_destroy(list);
	return consumer;
}

/* The topic holds 1..last without @missing, first appearances ascending, all in one partition. */
static inline void assert_topic_holds_but(
	const struct bench *bench, uint64_t last, uint64_t missing)
{
	rd_kafka_t *consumer = open_consumer(bench);
	int64_t end = now_usec() + DEADLINE_USEC;
	uint64_t seen = 0, sequence;
	int32_t partition = -1;

	while (seen < last) {
		rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 100);

		if (now_usec() > end)
			fail_msg("the topic ends at %" PRIu64 " of %" PRIu64, seen, last);
		if (message && !message->err) {
			uint64_t next = seen + 1 == missing ? seen + 2 : seen + 1;

			memcpy(&sequence, message->payload, sizeof(sequence));
			assert_in_range(sequence, 1, next);
			assert_int_not_equal(sequence, missing);
			if (sequence == next)
				seen = next;
			assert_int_equal(message->key_len, 6);
			assert_memory_equal(message->key, "node-1", 6);
			assert_true(partition == -1 || partition == message->partition);
			partition = message->partition;
		}
		if (message)
			rd_kafka_message_destroy(message);
	}
	rd_kafka_consumer_close(consumer);
	rd_kafka_destroy(consumer);
}

static inline void assert_topic_holds(const struct bench *bench, uint64_t last)
{
	assert_topic_holds_but(bench, last, 0);
}

#endif
