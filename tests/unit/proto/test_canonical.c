/*
 * The law of two decoders, judged by the fuzzer's own oracle, which is why its source is taken in:
 * on seeded batches, on golden messages of every release, on every cut and every changed byte of
 * some, and on messages that are canonical or just not. Each lies in a block of exactly its size.
 */
#include "tests/fuzz/fuzz_decode.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/make_batch.h"
#include "tests/support/replay_corpus.h"

#define SEEDS 300

static uint8_t bytes[8u << 20];

static size_t encode(const struct hm_batch *batch)
{
	size_t size = 0;

	assert_int_equal(hm_wire_encode(batch, bytes, sizeof(bytes), &size), 0);
	return size;
}

/* Whether the first @size of bytes are canonical; both decoders agreed. */
static bool judge(size_t size)
{
	uint8_t *exact = malloc(size ? size : 1);
	bool canonical;

	assert_non_null(exact);
	memcpy(exact, bytes, size);
	canonical = compare(exact, size);
	free(exact);
	return canonical;
}

static void test_what_we_encode_is_canonical(void **state)
{
	struct random_source random = {1};

	(void)state;
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct made_batch *made = made_batch_new(seed, random_below(&random, 200));

		assert_true(judge(encode(&made->batch)));
		made_batch_free(made);
	}
}

static void test_every_cut_and_byte(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 4; seed++) {
		struct made_batch *made = made_batch_new(seed, seed * 2);
		size_t size = encode(&made->batch);

		for (size_t cut = 0; cut < size; cut++)
			(void)judge(cut); /* agreed */
		for (size_t at = 0; at < size; at++) {
			uint8_t byte = bytes[at];

			for (unsigned int other = 0; other < 256; other++) {
				bytes[at] = (uint8_t)other;
				(void)judge(size); /* agreed */
			}
			bytes[at] = byte;
		}
		made_batch_free(made);
	}
}

static void test_golden_messages(void **state)
{
	(void)state;
	assert_true(replay_folder(TEST_SOURCE_DIR "/tests/golden") >= 6);
}

static void test_any_numbers(void **state)
{
	uint8_t recipe[4 + 4 * 8] = {0};
	struct random_source random = {2};

	(void)state;
	for (int i = 0; i < 20000; i++) {
		for (size_t at = 0; at < sizeof(recipe); at++)
			recipe[at] = (uint8_t)random_u64(&random);
		compare_made(recipe, 4 + 4 * random_below(&random, 9));
	}
}

/* A number of any length, sometimes longer than it must be, sometimes than it may. */
static size_t put_number(struct random_source *random, uint8_t *at)
{
	uint64_t value = random_u64(random) >> random_below(random, 64);
	size_t size = 0;

	while (value > 0x7f) {
		at[size++] = (uint8_t)(0x80 | value);
		value >>= 7;
	}
	at[size++] = (uint8_t)value;
	for (uint64_t more = random_below(random, 64) ? 0 : 2; more > 0; more--) {
		at[size - 1] |= 0x80;
		at[size++] = 0;
	}
	return size;
}

static void test_columns(void **state)
{
	struct random_source random = {3};

	(void)state;
	for (int i = 0; i < 20000; i++) {
		static uint8_t input[3 + MAX_COLUMNS * (1 + 20 * 12)];
		size_t n = 1 + random_below(&random, MAX_COLUMNS);
		size_t n_rows = random_below(&random, 21), size = 3 + n;

		input[0] = (uint8_t)(n - 1);
		input[1] = (uint8_t)n_rows;
		input[2] = (uint8_t)random_below(&random, 2);
		for (size_t column = 0; column < n; column++) {
			size_t from = size;
			bool is_short = random_below(&random, 3) == 0;

			for (size_t row = 0; row < n_rows; row++) {
				size_t number = put_number(&random, input + size);

				input[size] &= is_short ? 0x7f : 0xff;
				size += is_short ? 1 : number;
			}
			input[3 + column] = (uint8_t)(size - from);
		}
		compare_columns(input, size);
	}
}

static void test_long_numbers(void **state)
{
	static const struct {
		const char *bytes;
		size_t size, taken;
		uint64_t value;
	} cases[] = {
		{"\x00", 1, 1, 0},
		{"\x7f", 1, 1, 127},
		{"\x80", 1, 0, 0},
		{"\x80\x01", 2, 2, 128},
		{"\x80\x80\x00", 3, 3, 0},
		{"\xff\xff\xff\xff\xff\xff\xff\x7f", 8, 8, (1ULL << 56) - 1},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\x01", 9, 9, (1ULL << 57) - 1},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, 10, UINT64_MAX},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10, 0, 0},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x00", 11, 0, 0},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff", 9, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const uint8_t *at = (const uint8_t *)cases[i].bytes, *behind;
		uint64_t value = 0;

		behind = hm_unpack_number(at, at + cases[i].size, &value);
		if (cases[i].taken)
			assert_ptr_equal(behind, at + cases[i].taken);
		else
			assert_null(behind);
		assert_int_equal(value, cases[i].value);
	}
	assert_null(hm_unpack_number(bytes, bytes, &(uint64_t){0}));
}

/* Behind a sound message of 3 rows, in whose encoding the dictionary is last. */
static void test_what_is_not_canonical(void **state)
{
	static const struct {
		const char *appended;
		size_t size;
		bool canonical;
	} cases[] = {
		{"", 0, true},
		{"\x42\x01"
		 "x",
			3, true},
		{"\x42\x02\xc3\xa9", 4, true},	     /* UTF-8 */
		{"\x42\x01\x00", 3, false},	     /* NUL */
		{"\x42\x01\xc3", 3, false},	     /* not UTF-8 */
		{"\x42\x81\x00x", 4, false},	     /* a length longer than it must be */
		{"\x42\x02x", 3, false},	     /* cut off */
		{"\xc2\x00\x01x", 4, false},	     /* a tag longer than it must be */
		{"\x00", 1, false},		     /* no field */
		{"\x0a\x07physics", 9, false},	     /* a second hub */
		{"\x20\x01", 2, false},		     /* a second sequence */
		{"\x82\x01\x01\x01", 4, false},	     /* a second column */
		{"\x82\x04\x00", 3, false},	     /* a second node row */
		{"\xfa\x7f\x01x", 4, false},	     /* unknown */
		{"\x42\x01x\x20\x01", 5, false},     /* not the end */
		{"\x42\x01x\x82\x04\x00", 6, false}, /* not the end */
	};
	struct made_batch *made = made_batch_new(7, 3);
	size_t size = encode(&made->batch);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memcpy(bytes + size, cases[i].appended, cases[i].size);
		if (judge(size + cases[i].size) != cases[i].canonical)
			fail_msg("case %zu", i);
	}
	made_batch_free(made);
}

static void test_texts(void **state)
{
	static const struct {
		size_t size;
		const char *end;
		bool canonical;
	} cases[] = {{1, "", true}, {7, "", true}, {8, "", true}, {9, "", true}, {127, "", true},
		{128, "", true}, {1000, "\xe5\xae\x89", true}, {HM_MAX_STRING_SIZE, "", true},
		{HM_MAX_STRING_SIZE + 1, "", false}, {5, "\xed\xa0\x80", false},
		{8, "\xc0\x80", false}, {16, "\xff", false}, {31, "\xf0\x9f\x98\x80", true}};
	struct made_batch *made = made_batch_new(8, 3);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = calloc(1, 2 * HM_MAX_STRING_SIZE), *saved = made->strings[2];

		assert_non_null(text);
		memset(text, 'x', cases[i].size);
		(void)stpcpy(text + cases[i].size - strlen(cases[i].end), cases[i].end);
		made->strings[2] = text;
		if (judge(encode(&made->batch)) != cases[i].canonical)
			fail_msg("text %zu", i);
		made->strings[2] = saved;
		free(text);
	}
	made_batch_free(made);
}

/* As protoc writes them: all in order, the dictionary in its place. */
static void test_a_dictionary_in_its_place(void **state)
{
	static const uint8_t entry[] = {0x42, 1, 'x'};
	FILE *file = fopen(TEST_SOURCE_DIR "/tests/golden/v1-foreign.bin", "re");
	size_t size;

	(void)state;
	assert_non_null(file);
	size = fread(bytes, 1, sizeof(bytes), file);
	(void)fclose(file); /* only read from */
	assert_true(judge(size));
	memcpy(bytes + size, entry, sizeof(entry));
	assert_false(judge(size + sizeof(entry))); /* in two places */
}

/* What does not fit is left to protobuf-c with all of the arena. */
static void test_no_room(void **state)
{
	struct made_batch *made = made_batch_new(9, 20);
	size_t size = encode(&made->batch), refused = 0;

	(void)state;
	for (size_t capacity = 0;; capacity += 16) {
		struct arena arena;
		struct hm_batch b;
		bool fits;

		assert_int_equal(arena_init(&arena, capacity), 0);
		fits = hm_canonical_decode(&arena, bytes, size, &b);
		assert_true(fits || arena.used == 0);
		assert_true(!fits || same_batch(&b, &made->batch));
		arena_release(&arena);
		if (fits)
			break;
		refused++;
	}
	assert_true(refused > 25); /* every allocation failed once */
	made_batch_free(made);
}

static void test_largest(void **state)
{
	struct made_batch *made = made_batch_new(10, HM_MAX_ROWS);
	struct arena arena;
	struct hm_batch b;

	(void)state;
	assert_int_equal(arena_init(&arena, 16u << 20), 0); /* the aggregator's */
	assert_true(hm_canonical_decode(&arena, bytes, encode(&made->batch), &b));
	assert_true(same_batch(&b, &made->batch));
	arena_release(&arena);
	made_batch_free(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_we_encode_is_canonical),
		cmocka_unit_test(test_every_cut_and_byte),
		cmocka_unit_test(test_golden_messages),
		cmocka_unit_test(test_any_numbers),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_long_numbers),
		cmocka_unit_test(test_what_is_not_canonical),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_a_dictionary_in_its_place),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_largest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
