/*
 * librdkafka's mock cluster for a test program: for injected errors, and for what a client does.
 *
 * Life cycle: mock_kafka_start() -> topics, clients -> mock_kafka_stop(). What fails ends the
 * program.
 */
#ifndef TESTS_SUPPORT_MOCK_KAFKA_H
#define TESTS_SUPPORT_MOCK_KAFKA_H

#include <stdint.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

struct mock_kafka {
	rd_kafka_t *host; /* only carries the mock */
	rd_kafka_mock_cluster_t *mock;
	int brokers;
	char servers[256]; /* value of bootstrap.servers */
};

struct mock_kafka mock_kafka_start(int brokers);
void mock_kafka_stop(struct mock_kafka *kafka);

/* A replica on every broker. */
void mock_kafka_add_topic(struct mock_kafka *kafka, const char *topic, int partitions);

/* A client of it with librdkafka's own defaults: what the other side sees. rd_kafka_destroy() it.
 */
rd_kafka_t *mock_kafka_client(const struct mock_kafka *kafka, rd_kafka_type_t type);

/* One message into @partition, acknowledged. */
void mock_kafka_send(
	const struct mock_kafka *kafka, const char *topic, int32_t partition, const char *text);

#endif
