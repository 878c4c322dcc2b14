#include "proto/wire.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/make_batch.h"
#include "tests/support/random.h"
#include "tests/support/show_batch.h"

#define ARENA_SIZE (32u << 20)
#define BYTES_SIZE (8u << 20)

static const struct hm_wire_limits limits = {
	.hub = "physics",
	.now_usec = MADE_BATCH_START_USEC + MADE_BATCH_USEC,
	.max_age_usec = 0,
	.max_future_usec = 0,
};

static struct arena arena;
static unsigned char *bytes;

static int setup(void **state)
{
	(void)state;
	bytes = malloc(BYTES_SIZE);
	return bytes ? arena_init(&arena, ARENA_SIZE) : -1;
}

static int teardown(void **state)
{
	(void)state;
	free(bytes);
	arena_release(&arena);
	return 0;
}

static size_t encode(const struct hm_batch *batch)
{
	size_t size = 0;

	assert_int_equal(hm_wire_encode(batch, bytes, BYTES_SIZE, &size), 0);
	return size;
}

static enum hm_reject decode(const void *data, size_t size, struct hm_batch *ret)
{
	enum hm_reject reason = HM_REJECT_NONE;
	int r;

	arena_reset(&arena);
	r = hm_wire_decode(&arena, data, size, &limits, ret, &reason);
	assert_int_equal(r, reason == HM_REJECT_NONE ? 0 : -EBADMSG);
	return reason;
}

static void check_laws(uint64_t seed, size_t n_rows)
{
	struct made_batch *made = made_batch_new(seed, n_rows);
	size_t size = encode(&made->batch), again_size;
	unsigned char *first = malloc(size);
	struct hm_batch decoded;

	assert_non_null(first);
	memcpy(first, bytes, size);
	assert_int_equal(size, hm_wire_size(&made->batch));
	assert_int_equal(decode(first, size, &decoded), HM_REJECT_NONE);
	assert_true(same_batch(&made->batch, &decoded));
	again_size = encode(&decoded);
	assert_int_equal(again_size, size);
	assert_memory_equal(bytes, first, size);
	free(first);
	made_batch_free(made);
}

static void test_law_decode_undoes_encode(void **state)
{
	struct random_source random = {1};
	uint64_t seed;

	(void)state;
	for (seed = 0; seed < 200; seed++)
		check_laws(seed, random_below(&random, 150));
	check_laws(200, 0);
	check_laws(201, HM_MAX_ROWS);
}

static void test_zero_columns_do_not_travel(void **state)
{
	struct made_batch *made = made_batch_new(3, 100);
	size_t with_columns = encode(&made->batch), without, i;
	struct hm_batch decoded;

	(void)state;
	for (i = 0; i < HM_QUANTITY_COUNT; i++)
		memset(made->quantity[i], 0, 100 * sizeof(uint64_t));
	memset(made->tag, 0, 100 * sizeof(uint32_t));
	made_batch_balance(made);
	without = encode(&made->batch);
	assert_true(without + 300 < with_columns);
	assert_int_equal(decode(bytes, without, &decoded), HM_REJECT_NONE);
	assert_int_equal(decoded.quantity[HM_QUANTITY_WALL_MSEC][99], 0);
	assert_int_equal(decoded.tag[99], 0);
	made_batch_free(made);
}

static void test_too_small_a_buffer(void **state)
{
	struct made_batch *made = made_batch_new(4, 10);
	size_t needed = hm_wire_size(&made->batch), size = 12345;

	(void)state;
	assert_int_equal(hm_wire_encode(&made->batch, bytes, needed - 1, &size), -ENOSPC);
	assert_int_equal(size, 12345);
	assert_int_equal(hm_wire_encode(&made->batch, bytes, needed, &size), 0);
	assert_int_equal(size, needed);
	made_batch_free(made);
}

static void test_arena_cap(void **state)
{
	struct made_batch *made = made_batch_new(5, 50);
	size_t size = encode(&made->batch), cap, refused = 0;
	enum hm_reject reason;
	struct hm_batch decoded;

	(void)state;
	for (cap = 0;; cap += 64) {
		struct arena small;
		int r;

		assert_int_equal(arena_init(&small, cap), 0);
		reason = HM_REJECT_NONE;
		r = hm_wire_decode(&small, bytes, size, &limits, &decoded, &reason);
		arena_release(&small);
		if (r == 0)
			break;
		assert_int_equal(r, -EBADMSG);
		assert_int_equal(reason, HM_REJECT_ARENA_EXHAUSTED);
		refused++;
	}
	assert_true(refused > 50); /* every allocation of the decoder failed once */
	made_batch_free(made);
}

static void test_refusal_leaves_the_result(void **state)
{
	struct hm_batch batch = {.sequence = 99};

	(void)state;
	assert_int_equal(decode("\xff\xff", 2, &batch), HM_REJECT_MALFORMED);
	assert_int_equal(batch.sequence, 99);
	assert_null(batch.hub);
}

static void test_any_hub_when_none_is_asked_for(void **state)
{
	struct made_batch *made = made_batch_new(6, 1);
	struct hm_wire_limits any = limits;
	enum hm_reject reason = HM_REJECT_NONE;
	struct hm_batch decoded;
	size_t size;

	(void)state;
	made->batch.hub = "another";
	size = encode(&made->batch);
	assert_int_equal(decode(bytes, size, &decoded), HM_REJECT_HUB_MISMATCH);
	any.hub = NULL;
	arena_reset(&arena);
	assert_int_equal(hm_wire_decode(&arena, bytes, size, &any, &decoded, &reason), 0);
	assert_string_equal(decoded.hub, "another");
	made_batch_free(made);
}

/* Fields behind the end of a sound message: the later value wins, repeated ones are appended. */
static void test_reasons_that_only_bytes_show(void **state)
{
	static const struct {
		const char *appended;
		size_t size;
		enum hm_reject reason;
	} cases[] = {
		{"", 0, HM_REJECT_NONE},
		{"\xf8\x7f\x01", 3, HM_REJECT_NONE}, /* field 2047, unknown */
		{"\xff", 1, HM_REJECT_MALFORMED},    /* a tag cut off */
		{"\x07", 1, HM_REJECT_MALFORMED},    /* wire type 7 */
		{"\x0a\x7f"
		 "a",
			3, HM_REJECT_MALFORMED},     /* a hub cut off */
		{"\x0a\x00", 2, HM_REJECT_IDENTITY}, /* hub empty */
		{"\x0a\x01"
		 "x",
			3, HM_REJECT_HUB_MISMATCH},
		{"\x0a\x08"
		 "physics\x00",
			10, HM_REJECT_STRING},		   /* NUL behind the hub */
		{"\x12\x00", 2, HM_REJECT_IDENTITY},	   /* node empty */
		{"\x12\x02\xc0\x80", 4, HM_REJECT_STRING}, /* node overlong */
		{"\x1a\x03"
		 "abc",
			5, HM_REJECT_IDENTITY},	     /* stream of 3 bytes */
		{"\x1a\x00", 2, HM_REJECT_IDENTITY}, /* no stream */
		{"\x20\x00", 2, HM_REJECT_IDENTITY}, /* sequence 0 */
		{"\x2a\x11"
		 "12345678901234567",
			19, HM_REJECT_IDENTITY},   /* boot id of 17 */
		{"\x30\x01", 2, HM_REJECT_WINDOW}, /* starts at -1 */
		{"\x38\x00", 2, HM_REJECT_WINDOW}, /* length 0 */
		{"\x38\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, HM_REJECT_WINDOW},
		{"\x42\x01\x00", 3, HM_REJECT_STRING},	      /* entry with NUL */
		{"\x42\x01\x80", 3, HM_REJECT_STRING},	      /* entry not UTF-8 */
		{"\x80\x01\x01", 3, HM_REJECT_COLUMN_LENGTH}, /* a kind too many */
		{"\x88\x01\x01", 3, HM_REJECT_COLUMN_LENGTH}, /* a workload too many */
		{"\x80\x02\x01", 3, HM_REJECT_COLUMN_LENGTH}, /* a CPU figure too many */
	};
	struct made_batch *made = made_batch_new(7, 3);
	size_t size = encode(&made->batch), i;
	struct hm_batch decoded;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memcpy(bytes + size, cases[i].appended, cases[i].size);
		if (decode(bytes, size + cases[i].size, &decoded) != cases[i].reason)
			fail_msg("case %zu is not \"%s\"", i, hm_reject_name(cases[i].reason));
	}
	made_batch_free(made);
}

static void test_nothing_is_not_a_batch(void **state)
{
	struct hm_batch decoded;

	(void)state;
	assert_int_equal(decode("", 0, &decoded), HM_REJECT_MALFORMED);
	assert_int_equal(decode(NULL, 0, &decoded), HM_REJECT_MALFORMED);
}

static void test_strings_end_at_the_limit(void **state)
{
	struct made_batch *made = made_batch_new(8, 2);
	char *text = calloc(1, HM_MAX_STRING_SIZE + 2);
	const char *saved = made->strings[1];
	struct hm_batch decoded;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', HM_MAX_STRING_SIZE);
	made->strings[1] = text;
	assert_int_equal(decode(bytes, encode(&made->batch), &decoded), HM_REJECT_NONE);
	text[HM_MAX_STRING_SIZE] = 'x';
	assert_int_equal(decode(bytes, encode(&made->batch), &decoded), HM_REJECT_STRING);
	made->strings[1] = (char *)(uintptr_t)saved;
	free(text);
	made_batch_free(made);
}

/* @count times @element behind a sound message. */
static enum hm_reject decode_with_many(
	const struct hm_batch *batch, const char *element, size_t element_size, size_t count)
{
	size_t size = encode(batch), i;
	struct hm_batch decoded;

	for (i = 0; i < count; i++, size += element_size)
		memcpy(bytes + size, element, element_size);
	return decode(bytes, size, &decoded);
}

static void test_counts_are_bounded(void **state)
{
	struct made_batch *made = made_batch_new(9, 2);
	size_t n_strings = made->batch.n_strings;

	(void)state;
	assert_int_equal(decode_with_many(&made->batch, "\x80\x01\x01", 3, HM_MAX_ROWS),
		HM_REJECT_TOO_MANY_ROWS);
	assert_int_equal(decode_with_many(&made->batch, "\x42\x00", 2, HM_MAX_STRINGS - n_strings),
		HM_REJECT_NONE);
	assert_int_equal(
		decode_with_many(&made->batch, "\x42\x00", 2, HM_MAX_STRINGS - n_strings + 1),
		HM_REJECT_DICTIONARY_INDEX);
	made_batch_free(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_law_decode_undoes_encode),
		cmocka_unit_test(test_zero_columns_do_not_travel),
		cmocka_unit_test(test_too_small_a_buffer),
		cmocka_unit_test(test_arena_cap),
		cmocka_unit_test(test_refusal_leaves_the_result),
		cmocka_unit_test(test_any_hub_when_none_is_asked_for),
		cmocka_unit_test(test_reasons_that_only_bytes_show),
		cmocka_unit_test(test_nothing_is_not_a_batch),
		cmocka_unit_test(test_strings_end_at_the_limit),
		cmocka_unit_test(test_counts_are_bounded),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
