#include "tests/support/mock_kafka.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLUSH_MSEC 30000

static void must(bool is_true, const char *what)
{
	if (is_true)
		return;
	(void)fprintf(stderr, "mock cluster: %s failed\n", what);
	exit(1);
}

/* The mock's host has no broker of its own, and should not complain about that. */
static rd_kafka_conf_t *quiet_conf(void)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	rd_kafka_conf_set_log_cb(conf, NULL);
	return conf;
}

struct mock_kafka mock_kafka_start(int brokers)
{
	char why[256];
	struct mock_kafka kafka = {
		.host = rd_kafka_new(RD_KAFKA_PRODUCER, quiet_conf(), why, sizeof(why)),
		.brokers = brokers,
	};
	int length;

	must(kafka.host != NULL, "rd_kafka_new");
	kafka.mock = rd_kafka_mock_cluster_new(kafka.host, brokers);
	must(kafka.mock != NULL, "rd_kafka_mock_cluster_new");
	length = snprintf(kafka.servers, sizeof(kafka.servers), "%s",
		rd_kafka_mock_cluster_bootstraps(kafka.mock));
	must(length < (int)sizeof(kafka.servers), "room for its servers");
	return kafka;
}

void mock_kafka_stop(struct mock_kafka *kafka)
{
	rd_kafka_mock_cluster_destroy(kafka->mock);
	rd_kafka_destroy(kafka->host);
}

void mock_kafka_add_topic(struct mock_kafka *kafka, const char *topic, int partitions)
{
	must(rd_kafka_mock_topic_create(kafka->mock, topic, partitions, kafka->brokers) == 0,
		"rd_kafka_mock_topic_create");
}

rd_kafka_t *mock_kafka_client(const struct mock_kafka *kafka, rd_kafka_type_t type)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_t *client;
	char why[256];

	must(rd_kafka_conf_set(conf, "bootstrap.servers", kafka->servers, why, sizeof(why)) ==
			RD_KAFKA_CONF_OK,
		"rd_kafka_conf_set");
	client = rd_kafka_new(type, conf, why, sizeof(why));
	must(client != NULL, "rd_kafka_new");
	return client;
}

void mock_kafka_send(
	const struct mock_kafka *kafka, const char *topic, int32_t partition, const char *text)
{
	rd_kafka_t *client = mock_kafka_client(kafka, RD_KAFKA_PRODUCER);

	must(rd_kafka_producev(client, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
		     RD_KAFKA_V_VALUE((void *)(uintptr_t)text, strlen(text)),
		     RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END) == 0,
		"rd_kafka_producev");
	must(rd_kafka_flush(client, FLUSH_MSEC) == 0, "rd_kafka_flush");
	rd_kafka_destroy(client);
}
