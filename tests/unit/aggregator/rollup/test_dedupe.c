/* Watermarks: nothing counts twice, nothing missing goes unnoticed. */
#include "aggregator/rollup/dedupe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/random.h"

#define SEED	7
#define STREAMS 50
#define TURNS	20000

static void make_stream(uint8_t stream[HM_STREAM_SIZE], uint8_t number)
{
	memset(stream, number, HM_STREAM_SIZE);
}

static void advance(struct dedupe *dedupe, const uint8_t *stream, uint64_t sequence)
{
	assert_int_equal(dedupe_reserve(dedupe), 0);
	dedupe_advance(dedupe, stream, sequence);
}

static void test_verdicts(void **state)
{
	uint8_t stream[HM_STREAM_SIZE];
	struct dedupe dedupe;
	uint64_t last;

	(void)state;
	dedupe_init(&dedupe, SEED);
	make_stream(stream, 1);
	assert_int_equal(dedupe_check(&dedupe, stream, 1, &last), DEDUPE_VERDICT_NEW);
	assert_int_equal(dedupe_check(&dedupe, stream, 3, &last), DEDUPE_VERDICT_GAP);
	assert_int_equal(last, 0);
	advance(&dedupe, stream, 3);
	assert_int_equal(dedupe_check(&dedupe, stream, 2, &last), DEDUPE_VERDICT_DUPLICATE);
	assert_int_equal(dedupe_check(&dedupe, stream, 3, &last), DEDUPE_VERDICT_DUPLICATE);
	assert_int_equal(dedupe_check(&dedupe, stream, 4, &last), DEDUPE_VERDICT_NEW);
	assert_int_equal(last, 3);
	dedupe_release(&dedupe);
}

static void test_streams_are_apart(void **state)
{
	uint8_t one[HM_STREAM_SIZE];
	uint8_t two[HM_STREAM_SIZE];
	struct dedupe dedupe;
	uint64_t last;

	(void)state;
	dedupe_init(&dedupe, SEED);
	make_stream(one, 1);
	make_stream(two, 2);
	assert_int_equal(dedupe_load(&dedupe, one, 100), 0);
	assert_int_equal(dedupe_check(&dedupe, two, 1, &last), DEDUPE_VERDICT_NEW);
	assert_int_equal(dedupe_check(&dedupe, one, 100, &last), DEDUPE_VERDICT_DUPLICATE);
	dedupe_release(&dedupe);
}

static void test_only_what_moved_is_written(void **state)
{
	uint8_t stream[HM_STREAM_SIZE];
	struct dedupe_stream *entry;
	struct dedupe dedupe;

	(void)state;
	dedupe_init(&dedupe, SEED);
	make_stream(stream, 1);
	assert_int_equal(dedupe_load(&dedupe, stream, 5), 0);
	entry = hash_table_at(&dedupe.streams, 0);
	assert_false(entry->moved);
	advance(&dedupe, stream, 6);
	assert_true(entry->moved);
	dedupe_mark_committed(&dedupe);
	assert_false(entry->moved);
	advance(&dedupe, stream, 4); /* never falls */
	assert_int_equal(entry->sequence, 6);
	assert_false(entry->moved);
	dedupe_release(&dedupe);
}

/* Against a plain array: any order of replays, each sequence above the watermark is taken once. */
static void test_model(void **state)
{
	uint64_t model[STREAMS] = {0};
	struct random_source random = {3};
	struct dedupe dedupe;

	(void)state;
	dedupe_init(&dedupe, SEED);
	for (int turn = 0; turn < TURNS; turn++) {
		uint8_t number = (uint8_t)random_below(&random, STREAMS);
		uint64_t sequence = model[number] + 3 - random_below(&random, 3 + model[number]);
		uint8_t stream[HM_STREAM_SIZE];
		enum dedupe_verdict expected = DEDUPE_VERDICT_DUPLICATE;
		uint64_t last;

		make_stream(stream, number);
		if (sequence > model[number])
			expected = sequence == model[number] + 1 ? DEDUPE_VERDICT_NEW
								 : DEDUPE_VERDICT_GAP;
		assert_int_equal(dedupe_check(&dedupe, stream, sequence, &last), expected);
		assert_true(last == model[number]);
		if (expected == DEDUPE_VERDICT_DUPLICATE)
			continue;
		advance(&dedupe, stream, sequence);
		model[number] = sequence;
	}
	assert_int_equal(dedupe.streams.count, STREAMS);
	dedupe_release(&dedupe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_streams_are_apart),
		cmocka_unit_test(test_only_what_moved_is_written),
		cmocka_unit_test(test_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
