/* Exact decimals, and what of them is shown. */
#include "common/format/figure.h"

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/random.h"

static __int128 parsed(const char *text)
{
	__int128 figure = 0;

	if (figure_parse(text, &figure) < 0)
		fail_msg("\"%s\" does not parse", text);
	return figure;
}

static void test_parse(void **state)
{
	static const char *const bad[] = {"", "-", ".5", "x", "1x", "1.0000000001", "1..2", "+1",
		" 1", "1 ", "1e3", "NaN", "--1"};
	__int128 figure = 7;

	(void)state;
	assert_true(parsed("0") == 0);
	assert_true(parsed("-0") == 0);
	assert_true(parsed("1.") == 1000000000);
	assert_true(parsed("1.5") == 1500000000);
	assert_true(parsed("0001.50000000000000") == 1500000000);
	assert_true(parsed("-0.000000001") == -1);
	assert_true(parsed("999999999999999999999999") ==
		    (__int128)999999999999 * 1000000000000 * 1000000000 +
			    (__int128)999999999999 * 1000000000);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(figure_parse(bad[i], &figure), -EINVAL);
	assert_int_equal(figure_parse("1000000000000000000000000", &figure), -ERANGE);
	assert_true(figure == 7);
}

static void test_rounded(void **state)
{
	static const struct {
		const char *figure;
		uint64_t divisor;
		unsigned int decimals;
		const char *shown;
	} cases[] = {
		{"0", 1, 2, "0.00"},
		{"0", 3600, 3, "0.000"},
		{"5", 1, 0, "5"},
		{"12.345", 1, 2, "12.35"},
		{"12.3449", 1, 2, "12.34"},
		{"-12.345", 1, 2, "-12.35"},
		{"0.005", 1, 2, "0.01"},
		{"-0.005", 1, 2, "-0.01"},
		{"0.004", 1, 2, "0.004"},
		{"-0.004", 1, 2, "-0.004"},
		{"0.000018173", 1, 2, "0.000018"},
		{"0.000000109", 1, 2, "0.00000011"},
		{"0.000000001", 1, 2, "0.000000001"},
		{"1234567.891", 1, 2, "1234567.89"},
		{"999.999", 1, 2, "1000.00"},
		{"3600.000001", 3600, 3, "1.000"},
		{"18000.5", 3600, 3, "5.000"},
		{"1.799999", 3600, 3, "0.0005"},
		{"1.8", 3600, 3, "0.001"},
		{"229", 3686400, 3, "0.000062"},
		{"1", 1073741824, 3, "0.00000000093"},
		{"1.5", 3, 1, "0.5"},
	};
	char text[FIGURE_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		figure_print_rounded(
			parsed(cases[i].figure), cases[i].divisor, cases[i].decimals, text);
		assert_string_equal(text, cases[i].shown);
	}
}

static void test_exact(void **state)
{
	char text[FIGURE_SIZE];

	(void)state;
	figure_print_exact(parsed("10800.000003"), 0, text);
	assert_string_equal(text, "10800.000003");
	figure_print_exact(parsed("3072"), 0, text);
	assert_string_equal(text, "3072");
	figure_print_exact(parsed("0.039"), 9, text);
	assert_string_equal(text, "0.039000000");
	figure_print_exact(parsed("-1.5"), 0, text);
	assert_string_equal(text, "-1.5");
	figure_print_exact(0, 0, text);
	assert_string_equal(text, "0");
}

/* A figure of 9 fraction digits, printed with 9, is itself; a sum is what its digits say. */
static void test_law_exact_figures_return(void **state)
{
	struct random_source random = {20261125};
	char text[FIGURE_SIZE], rounded[FIGURE_SIZE];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		__int128 figure = (__int128)(int64_t)random_u64(&random) *
				  (int64_t)(random_u64(&random) >> (20 + random_u64(&random) % 44));
		__int128 sum = figure;

		figure_print_exact(figure, 0, text);
		assert_true(parsed(text) == figure);
		figure_print_rounded(figure, 1, 9, rounded);
		assert_true(parsed(rounded) == figure);
		assert_int_equal(figure_add(&sum, -figure), 0);
		assert_true(sum == 0);
	}
}

/* What is shown is at most half a unit of its last digit away from what is meant. */
static void test_law_rounding_is_close(void **state)
{
	static const uint64_t divisors[] = {1, 3600, 3686400, 1073741824};
	struct random_source random = {20261125};
	char text[FIGURE_SIZE];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		uint64_t divisor = divisors[random_u64(&random) % 4];
		__int128 figure = (__int128)(random_u64(&random) >> (random_u64(&random) % 64));
		__int128 error, half;

		figure_print_rounded(figure, divisor, 3, text);
		if (strlen(strchr(text, '.')) > 4)
			continue; /* more digits: closer still */
		error = parsed(text) * divisor - figure;
		half = (__int128)divisor * 500000;
		assert_true(error <= half && -error < half);
	}
}

static void test_sums_that_do_not_fit(void **state)
{
	__int128 most = (__int128)(~(unsigned __int128)0 >> 1);
	__int128 sum = most;

	(void)state;
	assert_int_equal(figure_add(&sum, 1), -ERANGE);
	assert_true(sum == most);
	sum = -most;
	assert_int_equal(figure_add(&sum, -2), -ERANGE);
}

static void test_units(void **state)
{
	(void)state;
	assert_string_equal(figure_unit("core-seconds")->priced, "core-hours");
	assert_int_equal(figure_unit("MiB-seconds")->per_priced, 1024 * 3600);
	assert_null(figure_unit("parsecs"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_rounded),
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_law_exact_figures_return),
		cmocka_unit_test(test_law_rounding_is_close),
		cmocka_unit_test(test_sums_that_do_not_fit),
		cmocka_unit_test(test_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
