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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes_one_after_the_other),
		cmocka_unit_test(test_change_and_leave),
		cmocka_unit_test(test_left_out_and_read_on),
		cmocka_unit_test(test_when_it_was_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
