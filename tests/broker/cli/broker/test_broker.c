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

#include "tests/support/mock_kafka.h"

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
	struct mock_kafka kafka = mock_kafka_start(1);
	struct broker_topics topics;
	struct broker *broker;
	int64_t low, high;

	(void)state;
	mock_kafka_add_topic(&kafka, "usage.hub-b.v1", 1);
	mock_kafka_add_topic(&kafka, "usage.hub-a.v1", 2);
	mock_kafka_add_topic(&kafka, "other", 1);
	for (int i = 0; i < 3; i++)
		mock_kafka_send(&kafka, "usage.hub-a.v1", 1, "x");
	broker = open_broker(kafka.servers, 0);
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
	mock_kafka_stop(&kafka);
}

static void test_away(void **state)
{
	struct mock_kafka kafka = mock_kafka_start(1);
	char servers[sizeof(kafka.servers)];
	struct broker_topics topics;
	struct broker *broker;

	(void)state;
	memcpy(servers, kafka.servers, sizeof(servers));
	mock_kafka_stop(&kafka); /* its port is free now, and nobody listens */
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
