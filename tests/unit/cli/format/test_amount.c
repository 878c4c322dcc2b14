/* Sizes and times that are read, and those that are not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/format/amount.h"

typedef int parse_fn(const char *text, int64_t *ret);

struct example {
	parse_fn *parse;
	const char *text;
	int code;
	int64_t value;
};

static const struct example examples[] = {
	{amount_parse_milli, "4", 0, 4000},
	{amount_parse_milli, "0.5", 0, 500},
	{amount_parse_milli, "0.001", 0, 1},
	{amount_parse_milli, "0", 0, 0},
	{amount_parse_milli, "0.0001", -EINVAL, 0},
	{amount_parse_milli, "-1", -EINVAL, 0},
	{amount_parse_milli, "", -EINVAL, 0},
	{amount_parse_milli, "1e3", -EINVAL, 0},
	{amount_parse_milli, "1000000000", 0, 1000000000000},
	{amount_parse_milli, "1000000001", -ERANGE, 0},
	{amount_parse_milli, "99999999999999999999999999", -ERANGE, 0},
	{amount_parse_mib, "512M", 0, 512},
	{amount_parse_mib, "8G", 0, 8192},
	{amount_parse_mib, "8GiB", 0, 8192},
	{amount_parse_mib, "1.5G", 0, 1536},
	{amount_parse_mib, "0.5M", 0, 1},
	{amount_parse_mib, "1T", 0, 1048576},
	{amount_parse_mib, "8", -EINVAL, 0},
	{amount_parse_mib, "8GB", -EINVAL, 0},
	{amount_parse_mib, "8K", -EINVAL, 0},
	{amount_parse_mib, "G", -EINVAL, 0},
	{amount_parse_mib, "1.2.3G", -EINVAL, 0},
	{amount_parse_mib, "1111111111111111111111111111111111111G", -EINVAL, 0},
	{amount_parse_mib, "1000000001T", -ERANGE, 0},
	{amount_parse_hours, "8", 0, 28800},
	{amount_parse_hours, "0.5", 0, 1800},
	{amount_parse_hours, "0.001", 0, 4},
	{amount_parse_hours, "8h", -EINVAL, 0},
};

static void test_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		int64_t value = 0;

		assert_int_equal(examples[i].parse(examples[i].text, &value), examples[i].code);
		assert_int_equal(value, examples[i].value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_examples)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
