/*
 * The consumer against librdkafka's mock cluster: what it is to read may change at any moment, also
 * while the client is busy with the change before.
 */
#include "aggregator/consume.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "tests/support/mock_kafka.h"

#define TOPIC	   "usage.physics.v1"
#define PARTITIONS 16
#define CHANGES	   200
#define POLLS_MAX  300
#define POLL_MSEC  100

static struct mock_kafka start(void)
{
	struct mock_kafka kafka = mock_kafka_start(1);

	mock_kafka_add_topic(&kafka, TOPIC, PARTITIONS);
	return kafka;
}

static void on_revoke(void *context, bool lost)
{
	unsigned *revoked = context;

	(void)lost;
	++*revoked;
}

static struct consume *open_consume(const char *servers, unsigned *revoked)
{
	char name[] = "bootstrap.servers", value[128], why[256] = "";
	struct option_pair pair = {name, value};
	const struct option_pairs kafka = {&pair, 1};
	const struct consume_options options = {.group_id = "test", .kafka = &kafka};
	const struct consume_handler handler = {on_revoke, revoked};
	struct consume *consume = NULL;

	(void)snprintf(value, sizeof(value), "%s", servers);
	if (consume_new(&options, &handler, why, sizeof(why), &consume) < 0)
		fail_msg("%s", why);
	assert_int_equal(consume_subscribe(consume), 0);
	return consume;
}

static void wait_for_event(struct consume *consume, enum consume_event wanted)
{
	struct consume_message message;

	for (int i = 0; i < POLLS_MAX; i++)
		if (consume_poll(consume, POLL_MSEC, &message) == wanted)
			return;
	fail_msg("no event %d", (int)wanted);
}

/* Read the first @count partitions from their beginning. */
static void read_first(struct consume *consume, size_t count)
{
	struct topic_partition_offset at[PARTITIONS];

	assert_in_range(count, 0, PARTITIONS);
	for (size_t i = 0; i < count; i++)
		at[i] = (struct topic_partition_offset){TOPIC, (int32_t)i, 0};
	assert_int_equal(consume_assign(consume, at, count), 0);
}

/* It reads on after as many changes as somebody likes. */
static void test_changes_one_after_the_other(void **state)
{
	struct mock_kafka kafka = start();
	unsigned revoked = 0;
	struct consume *consume = open_consume(kafka.servers, &revoked);

	(void)state;
	wait_for_event(consume, CONSUME_EVENT_ASSIGNED);
	for (size_t i = 0; i < CHANGES; i++)
		read_first(consume, i % PARTITIONS + 1);
	mock_kafka_send(&kafka, TOPIC, 0, "usage");
	wait_for_event(consume, CONSUME_EVENT_MESSAGE);
	consume_close(consume);
	assert_int_equal(revoked, 1);
	consume_free(consume);
	mock_kafka_stop(&kafka);
}

/* All is given up in the moment in which something was changed. */
static void test_change_and_leave(void **state)
{
	struct mock_kafka kafka = start();
	unsigned revoked = 0;
	struct consume *consume = open_consume(kafka.servers, &revoked);

	(void)state;
	wait_for_event(consume, CONSUME_EVENT_ASSIGNED);
	read_first(consume, PARTITIONS);
	read_first(consume, PARTITIONS - 1);
	consume_close(consume);
	assert_int_equal(revoked, 1);
	consume_free(consume);
	mock_kafka_stop(&kafka);
}

static struct consume_message wait_for_message(struct consume *consume)
{
	struct consume_message message;

	for (int i = 0; i < POLLS_MAX; i++)
		if (consume_poll(consume, POLL_MSEC, &message) == CONSUME_EVENT_MESSAGE)
			return message;
	fail_msg("no message");
	return message;
}

/* A partition that was left out for a while is read on from where it is said, however often. */
static void test_left_out_and_read_on(void **state)
{
	struct mock_kafka kafka = start();
	unsigned revoked = 0;
	struct consume *consume = open_consume(kafka.servers, &revoked);

	(void)state;
	wait_for_event(consume, CONSUME_EVENT_ASSIGNED);
	for (int64_t offset = 0; offset < 5; offset++) {
		const struct topic_partition_offset at[] = {{TOPIC, 0, 0}, {TOPIC, 1, offset}};

		mock_kafka_send(&kafka, TOPIC, 1, "usage");
		assert_int_equal(consume_assign(consume, at, 2), 0);
		assert_int_equal(wait_for_message(consume).offset, offset);
		assert_int_equal(consume_assign(consume, at, offset % 2), 0);
	}
	consume_close(consume);
	consume_free(consume);
	mock_kafka_stop(&kafka);
}

/* Whose clock the record's time is. */
static void test_when_it_was_written(void **state)
{
	struct mock_kafka kafka = start();
	unsigned revoked = 0;
	struct consume *consume = open_consume(kafka.servers, &revoked);
	const int64_t before = clock_realtime_usec(&clock_system) / 1000 * 1000;
	struct consume_message message;

	(void)state;
	wait_for_event(consume, CONSUME_EVENT_ASSIGNED);
	read_first(consume, 1);
	mock_kafka_send(&kafka, TOPIC, 0, "usage");
	message = wait_for_message(consume);
	assert_int_equal(message.written.clock, RECORD_CLOCK_PRODUCER);
	assert_true(message.written.usec >= before);
	assert_true(message.written.usec <= clock_realtime_usec(&clock_system));
	consume_close(consume);
	consume_free(consume);
	mock_kafka_stop(&kafka);
}

/* Of every partition, in whatever order it is asked for, also while all of them are read. */
static void test_limits(void **state)
{
	struct mock_kafka kafka = start();
	unsigned revoked = 0;
	struct consume *consume = open_consume(kafka.servers, &revoked);
	struct topic_partition_limits of[PARTITIONS + 1];

	(void)state;
	for (int i = 0; i < PARTITIONS; i++) {
		of[i] = (struct topic_partition_limits){TOPIC, PARTITIONS - 1 - i, false, -1, -1};
		for (int message = 0; message < i % 3; message++)
			mock_kafka_send(&kafka, TOPIC, of[i].partition, "usage");
	}
	of[PARTITIONS] = (struct topic_partition_limits){TOPIC, PARTITIONS, true, -1, -1};
	wait_for_event(consume, CONSUME_EVENT_ASSIGNED);
	for (int is_read = 0; is_read < 2; is_read++) {
		if (is_read)
			read_first(consume, PARTITIONS);
		assert_int_equal(consume_limits(consume, of, PARTITIONS), 0);
		for (int i = 0; i < PARTITIONS; i++) {
			assert_true(of[i].is_known);
			assert_int_equal(of[i].low, 0);
			assert_int_equal(of[i].high, i % 3);
		}
	}
	assert_int_equal(consume_limits(consume, of, 0), 0);
	assert_int_equal(consume_describe(consume, 5000), 0);
	assert_int_equal(consume_limits(consume, of, PARTITIONS + 1), 0);
	assert_false(of[PARTITIONS].is_known); /* there is no such partition */
	assert_true(of[0].is_known);
	consume_close(consume);
	consume_free(consume);
	mock_kafka_stop(&kafka);
}

/* A leader that does not answer holds up its own partitions only. */
static void test_limits_of_one_that_does_not_answer(void **state)
{
	struct mock_kafka kafka = mock_kafka_start(2);
	struct topic_partition_limits of[2] = {{.topic = TOPIC}, {.topic = TOPIC, .partition = 1}};
	unsigned revoked = 0;
	struct consume *consume;

	(void)state;
	mock_kafka_add_topic(&kafka, TOPIC, 2);
	(void)rd_kafka_mock_partition_set_leader(kafka.mock, TOPIC, 0, 1);
	(void)rd_kafka_mock_partition_set_leader(kafka.mock, TOPIC, 1, 2);
	(void)rd_kafka_mock_coordinator_set(kafka.mock, "group", "test", 1);
	consume = open_consume(kafka.servers, &revoked);
	wait_for_event(consume, CONSUME_EVENT_ASSIGNED);
	assert_int_equal(consume_describe(consume, 5000), 0);
	assert_int_equal(consume_limits(consume, of, 2), 0);
	assert_true(of[0].is_known && of[1].is_known);
	(void)rd_kafka_mock_broker_set_down(kafka.mock, 2);
	assert_int_equal(consume_limits(consume, of, 2), 0);
	assert_true(of[0].is_known);
	assert_false(of[1].is_known);
	(void)rd_kafka_mock_partition_set_leader(kafka.mock, TOPIC, 1, -1);
	assert_int_equal(consume_describe(consume, 5000), 0);
	assert_null(consume_unreadable(consume, TOPIC, 0));
	assert_string_equal(consume_unreadable(consume, TOPIC, 1), "the partition has no leader");
	consume_close(consume);
	consume_free(consume);
	mock_kafka_stop(&kafka);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes_one_after_the_other),
		cmocka_unit_test(test_change_and_leave),
		cmocka_unit_test(test_left_out_and_read_on),
		cmocka_unit_test(test_when_it_was_written),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_limits_of_one_that_does_not_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
