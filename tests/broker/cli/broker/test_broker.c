/*
 * Topics and watermarks of librdkafka's mock cluster, and a broker that is not there.
 */
#include "cli/broker/broker.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

struct cluster {
	rd_kafka_t *rk;
	rd_kafka_mock_cluster_t *mock;
	char servers[128];
};

static struct cluster cluster_start(void)
{
	char why[256];
	struct cluster c = {
		.rk = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof(why)),
	};

	assert_non_null(c.rk);
	c.mock = rd_kafka_mock_cluster_new(c.rk, 1);
	assert_non_null(c.mock);
	(void)snprintf(
		c.servers, sizeof(c.servers), "%s", rd_kafka_mock_cluster_bootstraps(c.mock));
	return c;
}

static void cluster_stop(struct cluster *c)
{
	rd_kafka_mock_cluster_destroy(c->mock);
	rd_kafka_destroy(c->rk);
}

static void add_topic(struct cluster *c, const char *name, int partitions)
{
	assert_int_equal(rd_kafka_mock_topic_create(c->mock, name, partitions, 1), 0);
}

/* Three records through a client of the test's own. */
static void produce(struct cluster *c, const char *topic)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_t *rk;
	char why[256];
	char value[] = "x";

	assert_int_equal(rd_kafka_conf_set(conf, "bootstrap.servers", c->servers, why, sizeof(why)),
		RD_KAFKA_CONF_OK);
	rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
	assert_non_null(rk);
	for (int i = 0; i < 3; i++)
		assert_int_equal(rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic),
					 RD_KAFKA_V_PARTITION(1), RD_KAFKA_V_VALUE(value, 1),
					 RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
			0);
	assert_int_equal(rd_kafka_flush(rk, 10000), 0);
	rd_kafka_destroy(rk);
}

static struct broker *open_broker(char *servers, int expected)
{
	char name[] = "bootstrap.servers";
	struct option_pair pair = {name, servers};
	const struct option_pairs kafka = {&pair, 1};
	struct broker *broker = NULL;

	assert_int_equal(broker_open(&kafka, &broker), expected);
	assert_non_null(broker);
	return broker;
}

static void test_topics(void **state)
{
	struct cluster c = cluster_start();
	struct broker_topics topics;
	struct broker *broker;
	int64_t low, high;

	(void)state;
	add_topic(&c, "usage.hub-b.v1", 1);
	add_topic(&c, "usage.hub-a.v1", 2);
	add_topic(&c, "other", 1);
	produce(&c, "usage.hub-a.v1");
	broker = open_broker(c.servers, 0);
	assert_int_equal(broker_topics(broker, &topics), 0);
	assert_int_equal(topics.n_brokers, 1);
	assert_int_equal(topics.count, 2);
	assert_string_equal(topics.topic[0].name, "usage.hub-a.v1");
	assert_string_equal(topics.topic[0].hub, "hub-a");
	assert_int_equal(topics.topic[0].partitions, 2);
	assert_string_equal(topics.topic[1].hub, "hub-b");
	broker_topics_release(&topics);
	assert_int_equal(broker_watermarks(broker, "usage.hub-a.v1", 1, &low, &high), 0);
	assert_int_equal(low, 0);
	assert_int_equal(high, 3);
	assert_int_equal(broker_watermarks(broker, "usage.hub-a.v1", 7, &low, &high), -EIO);
	assert_non_null(strstr(broker_error(broker), "usage.hub-a.v1/7"));
	broker_free(broker);
	cluster_stop(&c);
}

static void test_away(void **state)
{
	struct cluster c = cluster_start();
	char servers[sizeof(c.servers)];
	struct broker_topics topics;
	struct broker *broker;

	(void)state;
	memcpy(servers, c.servers, sizeof(servers));
	cluster_stop(&c); /* its port is free now, and nobody listens */
	broker = open_broker(servers, 0);
	assert_int_equal(broker_topics(broker, &topics), -ENOTCONN);
	assert_non_null(strstr(broker_error(broker), "Connection refused"));
	assert_null(strstr(broker_error(broker), "(after"));
	broker_free(broker);
}

static void test_refused_settings(void **state)
{
	char names[][32] = {"bootstrap.servers", "no.such.setting"};
	char value[] = "s3cret";
	struct option_pair pairs[] = {{names[0], value}, {names[1], value}};
	const struct option_pairs none = {NULL, 0};
	const struct option_pairs wrong = {pairs, 2};
	struct broker *broker = NULL;

	(void)state;
	assert_int_equal(broker_open(&none, &broker), -EINVAL);
	assert_string_equal(broker_error(broker), "no --kafka.bootstrap.servers given");
	broker_free(broker);
	broker = NULL;
	assert_int_equal(broker_open(&wrong, &broker), -EINVAL);
	assert_non_null(strstr(broker_error(broker), "kafka.no.such.setting"));
	assert_null(strstr(broker_error(broker), "s3cret"));
	broker_free(broker);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_topics),
		cmocka_unit_test(test_away),
		cmocka_unit_test(test_refused_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
