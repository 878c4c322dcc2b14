/* Whose time windows are judged by, and what a message says that was dated anew. */
#include "aggregator/retry/judge.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/arena.h"
#include "proto/wire.h"
#include "tests/support/make_batch.h"

#define DAY (86400LL * 1000 * 1000)

static void test_whose_time(void **state)
{
	static const struct {
		enum record_clock written_by;
		int64_t shift_usec;
		struct record_time time;
	} cases[] = {
		{RECORD_CLOCK_BROKER, 0, {RECORD_CLOCK_BROKER, 7}},
		{RECORD_CLOCK_BROKER, DAY, {RECORD_CLOCK_BROKER, 7}},
		{RECORD_CLOCK_PRODUCER, 0, {RECORD_CLOCK_PRODUCER, 7}},
		{RECORD_CLOCK_PRODUCER, -DAY, {RECORD_CLOCK_BROKER, 9}},
		{RECORD_CLOCK_NONE, 0, {RECORD_CLOCK_BROKER, 9}},
		{RECORD_CLOCK_NONE, DAY, {RECORD_CLOCK_BROKER, 9}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct store_quarantined message = {
			.written = {cases[i].written_by, 7}, .received_usec = 9};
		const struct record_time time = judge_time(&message, cases[i].shift_usec);

		assert_int_equal(time.clock, cases[i].time.clock);
		assert_true(time.usec == cases[i].time.usec);
	}
}

static struct store_quarantined encoded(const struct hm_batch *batch)
{
	struct store_quarantined message = {.payload_size = hm_wire_size(batch)};

	message.payload = malloc(message.payload_size);
	assert_non_null(message.payload);
	assert_int_equal(
		hm_wire_encode(batch, message.payload, message.payload_size, &message.payload_size),
		0);
	return message;
}

/* Start and end move; all else stays. */
static void test_redate(void **state)
{
	struct made_batch *made = made_batch_new(1, 5);
	struct store_quarantined message = encoded(&made->batch);
	struct arena arena;
	struct hm_batch batch;

	(void)state;
	assert_int_equal(judge_redate(&message, -3 * DAY), 0);
	assert_int_equal(arena_init(&arena, 1 << 20), 0);
	assert_int_equal(
		hm_wire_unpack(&arena, message.payload, message.payload_size, NULL, &batch),
		HM_REJECT_NONE);
	assert_true(batch.window_start_usec == MADE_BATCH_START_USEC - 3 * DAY);
	assert_true(batch.window_end_usec == MADE_BATCH_START_USEC + MADE_BATCH_USEC - 3 * DAY);
	assert_int_equal(batch.sequence, made->batch.sequence);
	assert_memory_equal(batch.stream, made->batch.stream, HM_STREAM_SIZE);
	assert_int_equal(batch.n_rows, 5);
	arena_release(&arena);
	free(message.payload);
	made_batch_free(made);
}

static void test_what_cannot_be_redated(void **state)
{
	struct made_batch *made = made_batch_new(1, 1);
	struct store_quarantined message = encoded(&made->batch);
	struct store_quarantined garbage = {.payload = malloc(4), .payload_size = 4};
	const size_t size = message.payload_size;

	(void)state;
	assert_int_equal(judge_redate(&message, -MADE_BATCH_START_USEC - 1), -EBADMSG);
	assert_int_equal(judge_redate(&message, INT64_MAX), -EBADMSG);
	assert_int_equal(message.payload_size, size);
	assert_int_equal(judge_redate(&message, -MADE_BATCH_START_USEC), 0);
	memset(garbage.payload, 0xff, 4);
	assert_int_equal(judge_redate(&garbage, DAY), -EBADMSG);
	free(garbage.payload);
	free(message.payload);
	made_batch_free(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whose_time),
		cmocka_unit_test(test_redate),
		cmocka_unit_test(test_what_cannot_be_redated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
