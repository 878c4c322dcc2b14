#include "common/options/value.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/random.h"

static void test_durations(void **state)
{
	static const struct {
		const char *text;
		int r;
		int64_t usec;
	} cases[] = {
		{"250ms", 0, 250000},
		{"10s", 0, 10000000},
		{"5m", 0, 300000000},
		{"2h", 0, 7200000000},
		{"30d", 0, 2592000000000},
		{"0", 0, 0},
		{"0s", 0, 0},
		{"007s", 0, 7000000},
		{"106751991d", 0, 9223372022400000000},
		{"106751992d", -ERANGE, 0},
		{"99999999999999999999s", -ERANGE, 0},
		{"", -EINVAL, 0},
		{"s", -EINVAL, 0},
		{"10", -EINVAL, 0},
		{"00", -EINVAL, 0},
		{"10 s", -EINVAL, 0},
		{" 10s", -EINVAL, 0},
		{"-10s", -EINVAL, 0},
		{"+10s", -EINVAL, 0},
		{"1.5s", -EINVAL, 0},
		{"0x10s", -EINVAL, 0},
		{"10S", -EINVAL, 0},
		{"10sec", -EINVAL, 0},
		{"1h30m", -EINVAL, 0},
		{"99999999999999999999x", -EINVAL, 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t usec = -1;
		int r = option_parse_duration(cases[i].text, &usec);

		if (r != cases[i].r || usec != (r < 0 ? -1 : cases[i].usec))
			fail_msg("\"%s\": %d, %lld", cases[i].text, r, (long long)usec);
	}
}

static void test_sizes(void **state)
{
	static const struct {
		const char *text;
		int r;
		uint64_t bytes;
	} cases[] = {
		{"4096", 0, 4096},
		{"0", 0, 0},
		{"64KiB", 0, 65536},
		{"16MiB", 0, 16777216},
		{"1GiB", 0, 1073741824},
		{"18446744073709551615", 0, UINT64_MAX},
		{"18446744073709551616", -ERANGE, 0},
		{"17179869183GiB", 0, 18446744072635809792u},
		{"17179869184GiB", -ERANGE, 0},
		{"1KB", -EINVAL, 0},
		{"1k", -EINVAL, 0},
		{"1kib", -EINVAL, 0},
		{"-1", -EINVAL, 0},
		{"", -EINVAL, 0},
		{"KiB", -EINVAL, 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t bytes = 7;
		int r = option_parse_size(cases[i].text, &bytes);

		if (r != cases[i].r || bytes != (r < 0 ? 7 : cases[i].bytes))
			fail_msg("\"%s\": %d, %llu", cases[i].text, r, (unsigned long long)bytes);
	}
}

static void test_uints_and_bools(void **state)
{
	static const char *const yes[] = {"yes", "true", "on", "1", "YES"};
	static const char *const no[] = {"no", "false", "off", "0", "Off"};
	uint64_t value = 7;
	bool answer;
	size_t i;

	(void)state;
	assert_int_equal(option_parse_uint("18446744073709551615", &value), 0);
	assert_true(value == UINT64_MAX);
	assert_int_equal(option_parse_uint("18446744073709551616", &value), -ERANGE);
	assert_int_equal(option_parse_uint("12a", &value), -EINVAL);
	assert_int_equal(option_parse_uint("", &value), -EINVAL);
	for (i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		assert_int_equal(option_parse_bool(yes[i], &answer), 0);
		assert_true(answer);
		assert_int_equal(option_parse_bool(no[i], &answer), 0);
		assert_false(answer);
	}
	assert_int_equal(option_parse_bool("y", &answer), -EINVAL);
	assert_int_equal(option_parse_bool("", &answer), -EINVAL);
}

/* What @print writes for @value. The caller frees. */
static char *printed_duration(int64_t usec)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	option_print_duration(usec, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static char *printed_size(uint64_t bytes)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	option_print_size(bytes, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void test_law_printed_values_parse_back(void **state)
{
	struct random_source random = {3};
	size_t i;

	(void)state;
	for (i = 0; i < 2000; i++) {
		int64_t usec =
			(int64_t)random_below(&random, 1ULL << random_below(&random, 40)) * 1000;
		uint64_t bytes = random_u64(&random) >> random_below(&random, 64)
								<< 10 * random_below(&random, 4);
		char *duration = printed_duration(usec), *size = printed_size(bytes);
		int64_t usec_again = -1;
		uint64_t bytes_again = 7;

		assert_int_equal(option_parse_duration(duration, &usec_again), 0);
		assert_true(usec_again == usec);
		assert_int_equal(option_parse_size(size, &bytes_again), 0);
		assert_true(bytes_again == bytes);
		free(duration);
		free(size);
	}
}

static void test_printed_in_the_largest_unit(void **state)
{
	static const struct {
		int64_t usec;
		const char *text;
	} cases[] = {{0, "0s"}, {1000, "1ms"}, {90000000, "90s"}, {60000000, "1m"},
		{86400000000, "1d"}, {5400000000, "90m"}};
	size_t i;
	char *text;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		text = printed_duration(cases[i].usec);
		assert_string_equal(text, cases[i].text);
		free(text);
	}
	text = printed_size(1536 * 1024);
	assert_string_equal(text, "1536KiB");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_uints_and_bools),
		cmocka_unit_test(test_law_printed_values_parse_back),
		cmocka_unit_test(test_printed_in_the_largest_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
