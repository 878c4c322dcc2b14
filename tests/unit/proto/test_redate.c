/* The date of an encoded batch: what the decoder says of it, and what the decoder takes it for. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/redate.h"
#include "proto/wire.h"
#include "tests/support/make_batch.h"
#include "tests/support/random.h"
#include "tests/support/show_batch.h"

#define SEEDS 200

static const struct hm_wire_limits limits = {
	.max_age_usec = INT64_MAX, .max_future_usec = INT64_MAX};

struct encoded {
	uint8_t *bytes;
	size_t size;
};

/* With room for another date. */
static struct encoded encode(const struct hm_batch *batch)
{
	struct encoded encoded;
	size_t capacity = hm_wire_size(batch);

	encoded.bytes = malloc(capacity + HM_REDATE_SIZE);
	assert_int_equal(hm_wire_encode(batch, encoded.bytes, capacity, &encoded.size), 0);
	return encoded;
}

static void test_the_date_alone_changes(void **state)
{
	struct random_source random = {.state = 1};
	struct arena arena;

	(void)state;
	arena_init(&arena, (size_t)16 << 20);
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct made_batch *made = made_batch_new(seed, random_below(&random, 40));
		int64_t shift = (int64_t)random_below(&random, 1ULL << 52) - (1LL << 50);
		struct encoded encoded = encode(&made->batch);
		enum hm_reject reason = HM_REJECT_NONE;
		struct hm_batch read;
		struct hm_date date;

		assert_int_equal(hm_date_read(encoded.bytes, encoded.size, &date), 0);
		assert_memory_equal(date.boot_id, made->batch.boot_id, HM_BOOT_ID_SIZE);
		assert_int_equal(date.window_start_usec, made->batch.window_start_usec);
		assert_int_equal(date.window_end_usec, made->batch.window_end_usec);
		assert_int_equal(
			date.window_end_boottime_usec, made->batch.window_end_boottime_usec);
		made->batch.window_start_usec += shift;
		made->batch.window_end_usec += shift;
		encoded.size +=
			hm_date_append(made->batch.window_start_usec, encoded.bytes + encoded.size);
		assert_int_equal(hm_date_read(encoded.bytes, encoded.size, &date), 0);
		assert_int_equal(date.window_end_usec, made->batch.window_end_usec);
		arena_reset(&arena);
		assert_int_equal(hm_wire_decode(&arena, encoded.bytes, encoded.size, &limits, &read,
					 &reason),
			0);
		assert_true(same_batch(&read, &made->batch));
		free(encoded.bytes);
		made_batch_free(made);
	}
	arena_release(&arena);
}

/* Whatever it is cut to or made of, it has a date or is refused. */
static void test_what_is_no_batch(void **state)
{
	struct made_batch *made = made_batch_new(3, 3);
	struct encoded encoded = encode(&made->batch);
	struct random_source random = {.state = 7};
	struct hm_date date = {.window_start_usec = 4711};
	size_t n_dates = 0;

	(void)state;
	assert_int_equal(hm_date_read(encoded.bytes, 0, &date), -EBADMSG);
	for (size_t size = 0; size < encoded.size; size++) {
		uint8_t *exact = malloc(size + 1); /* a byte too far is noticed */

		memcpy(exact, encoded.bytes, size);
		n_dates += hm_date_read(exact, size, &date) == 0;
		free(exact);
	}
	assert_true(n_dates < encoded.size / 2);
	for (int i = 0; i < 20000; i++) {
		uint8_t *bytes = malloc(encoded.size + 1);

		memcpy(bytes, encoded.bytes, encoded.size);
		for (int k = 0; k < 3; k++)
			bytes[random_below(&random, encoded.size)] =
				(uint8_t)random_below(&random, 256);
		(void)hm_date_read(bytes, encoded.size, &date);
		free(bytes);
	}
	free(encoded.bytes);
	made_batch_free(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_date_alone_changes),
		cmocka_unit_test(test_what_is_no_batch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
