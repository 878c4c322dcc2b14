#include "common/decimal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		unsigned places;
		uint64_t value;
	} cases[] = {
		{"0", 0, 0},
		{"0", 6, 0},
		{"007", 0, 7},
		{"1", 3, 1000},
		{"1.25", 3, 1250},
		{"1.250000", 3, 1250},
		{"12.000000", 0, 12},
		{"0.000001", 6, 1},
		{"9223372036854775807", 0, INT64_MAX},
		{"9223372036854.775807", 6, INT64_MAX},
		{"00000000000000000000000000000009", 6, 9000000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t value = 42;

		if (decimal_parse(cases[i].text, cases[i].places, &value) != 0 ||
			value != cases[i].value)
			fail_msg(
				"\"%s\" is read as %llu", cases[i].text, (unsigned long long)value);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		unsigned places;
		int r;
	} cases[] = {
		{"", 0, -EINVAL},
		{".", 0, -EINVAL},
		{".5", 3, -EINVAL},
		{"5.", 3, -EINVAL},
		{"-1", 0, -EINVAL},
		{"+1", 0, -EINVAL},
		{" 1", 0, -EINVAL},
		{"1 ", 0, -EINVAL},
		{"1e3", 0, -EINVAL},
		{"0x1", 0, -EINVAL},
		{"1,5", 3, -EINVAL},
		{"1.2.3", 3, -EINVAL},
		{"1.0000000", 6, -EINVAL},
		{"nan", 0, -EINVAL},
		{"1.5", 0, -EDOM},
		{"1.0001", 3, -EDOM},
		{"0.000001", 5, -EDOM},
		{"9223372036854775808", 0, -ERANGE},
		{"9223372036854775807.000001", 6, -ERANGE},
		{"9223372036854.775808", 6, -ERANGE},
		{"18446744073709551616", 0, -ERANGE},
		{"99999999999999999999999999999999999999999", 0, -ERANGE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t value = 42;
		int r = decimal_parse(cases[i].text, cases[i].places, &value);

		if (r != cases[i].r || value != 42)
			fail_msg("\"%s\" returns %d", cases[i].text, r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
