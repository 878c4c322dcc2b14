/*
 * Sending to librdkafka's mock cluster: order, what a broker that fails or is away leads to.
 */
#include "cli/broker/producer.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/mock_kafka.h"

#define TOPIC	      "usage.physics.v1"
#define PATIENCE_USEC 30000000
#define MESSAGES      500u

static struct mock_kafka start(void)
{
	struct mock_kafka kafka = mock_kafka_start(1);

	mock_kafka_add_topic(&kafka, TOPIC, 3);
	return kafka;
}

static struct producer *open_producer(const char *servers, int64_t patience_usec)
{
	char name[] = "bootstrap.servers", value[128];
	struct option_pair pair = {name, value};
	const struct option_pairs kafka = {&pair, 1};
	struct producer *producer = NULL;

	(void)snprintf(value, sizeof(value), "%s", servers);
	if (producer_open(&kafka, patience_usec, &producer) < 0)
		fail_msg("%s", producer_error(producer));
	return producer;
}

/* Everything in partition @partition must be the numbers 0, 1, 2, ... Returns how many. */
static unsigned read_numbers(const struct mock_kafka *kafka, int partition)
{
	rd_kafka_t *rk = mock_kafka_client(kafka, RD_KAFKA_CONSUMER);
	rd_kafka_topic_t *topic;
	unsigned count = 0;
	int64_t low, high;

	assert_int_equal(
		rd_kafka_query_watermark_offsets(rk, TOPIC, partition, &low, &high, 10000), 0);
	topic = rd_kafka_topic_new(rk, TOPIC, NULL);
	assert_int_equal(rd_kafka_consume_start(topic, partition, RD_KAFKA_OFFSET_BEGINNING), 0);
	while (count < (unsigned)high) {
		rd_kafka_message_t *message = rd_kafka_consume(topic, partition, 10000);
		unsigned number;

		assert_non_null(message);
		assert_int_equal(message->err, 0);
		assert_int_equal(message->len, sizeof(number));
		memcpy(&number, message->payload, sizeof(number));
		assert_int_equal(number, count++);
		assert_memory_equal(message->key, "node-1", 6);
		rd_kafka_message_destroy(message);
	}
	assert_int_equal(rd_kafka_consume_stop(topic, partition), 0);
	rd_kafka_topic_destroy(topic);
	rd_kafka_destroy(rk);
	return count;
}

static int send_numbers(struct producer *producer, unsigned count)
{
	int r = 0;

	for (unsigned i = 0; i < count && r == 0; i++)
		r = producer_send(producer, TOPIC, "node-1", &i, sizeof(i));
	return r == 0 ? producer_finish(producer) : r;
}

static void test_all_in_order_in_one_partition(void **state)
{
	struct mock_kafka kafka = start();
	struct producer *producer = open_producer(kafka.servers, PATIENCE_USEC);

	(void)state;
	assert_int_equal(send_numbers(producer, MESSAGES), 0);
	assert_int_equal(producer_acknowledged(producer), MESSAGES);
	producer_free(producer);
	assert_int_equal(read_numbers(&kafka, 0), MESSAGES);
	assert_int_equal(read_numbers(&kafka, 1), 0);
	assert_int_equal(read_numbers(&kafka, 2), 0);
	mock_kafka_stop(&kafka);
}

static void test_passing_errors_are_retried(void **state)
{
	struct mock_kafka kafka = start();
	struct producer *producer = open_producer(kafka.servers, PATIENCE_USEC);

	(void)state;
	rd_kafka_mock_push_request_errors(kafka.mock, 0 /* Produce */, 3,
		RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR__TRANSPORT,
		RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
	assert_int_equal(send_numbers(producer, MESSAGES), 0);
	producer_free(producer);
	assert_int_equal(read_numbers(&kafka, 0), MESSAGES);
	mock_kafka_stop(&kafka);
}

static void test_a_refusal_is_told(void **state)
{
	struct mock_kafka kafka = start();
	struct producer *producer = open_producer(kafka.servers, PATIENCE_USEC);

	(void)state;
	rd_kafka_mock_push_request_errors(
		kafka.mock, 0 /* Produce */, 1, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
	assert_int_equal(send_numbers(producer, 1), -EIO);
	assert_non_null(strstr(producer_error(producer), TOPIC));
	assert_non_null(strstr(producer_error(producer), "uthorization"));
	assert_int_equal(producer_acknowledged(producer), 0);
	assert_int_equal(send_numbers(producer, 1), -EIO);
	producer_free(producer);
	assert_int_equal(read_numbers(&kafka, 0), 0);
	mock_kafka_stop(&kafka);
}

/* What arrived is a beginning without a hole, and a second run completes it. */
static void test_patience_ends(void **state)
{
	struct mock_kafka kafka = start();
	struct producer *producer = open_producer(kafka.servers, 1000000);
	unsigned arrived;

	(void)state;
	assert_int_equal(send_numbers(producer, 10), 0);
	assert_int_equal(rd_kafka_mock_broker_set_down(kafka.mock, 1), 0);
	assert_int_equal(send_numbers(producer, 10), -EIO);
	assert_non_null(strstr(producer_error(producer), "nothing was acknowledged for 1 s"));
	assert_int_equal(producer_acknowledged(producer), 10);
	producer_free(producer);
	assert_int_equal(rd_kafka_mock_broker_set_up(kafka.mock, 1), 0);
	arrived = read_numbers(&kafka, 0);
	assert_true(arrived == 10);
	mock_kafka_stop(&kafka);
}

static void test_what_exactness_stands_on_is_refused(void **state)
{
	char name[] = "message.timeout.ms", value[] = "1000";
	char servers[] = "bootstrap.servers", nowhere[] = "localhost:1";
	struct option_pair pairs[] = {{servers, nowhere}, {name, value}};
	const struct option_pairs kafka = {pairs, 2}, none = {0};
	struct producer *producer = NULL;

	(void)state;
	assert_int_equal(producer_open(&kafka, PATIENCE_USEC, &producer), -EINVAL);
	assert_non_null(strstr(producer_error(producer), name));
	producer_free(producer);
	assert_int_equal(producer_open(&none, PATIENCE_USEC, &producer), -EINVAL);
	assert_non_null(strstr(producer_error(producer), "bootstrap.servers"));
	producer_free(producer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_in_order_in_one_partition),
		cmocka_unit_test(test_passing_errors_are_retried),
		cmocka_unit_test(test_a_refusal_is_told),
		cmocka_unit_test(test_patience_ends),
		cmocka_unit_test(test_what_exactness_stands_on_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
