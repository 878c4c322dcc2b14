/* Quantities as Kubernetes reads and refuses them (apimachinery, pkg/api/resource). */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "collector/source/kubernetes/resource_quantity.h"
#include "tests/support/random.h"

#define CORE 1000000u

struct example {
	const char *text;
	uint64_t unit, value;
};

static const struct example good[] = {
	{"500m", CORE, 500000},
	{"2", CORE, 2000000},
	{"0.5", CORE, 500000},
	{".5", CORE, 500000},
	{"5.", CORE, 5000000},
	{"+1", CORE, 1000000},
	{"100u", CORE, 100},
	{"1n", CORE, 1},    /* rounded up */
	{"1001n", CORE, 2}, /* likewise */
	{"0", CORE, 0},
	{"-0", CORE, 0},
	{"0m", CORE, 0},
	{"0.0000000000000000000000000000000000000000000000000001", 1, 1},
	{"1Gi", 1, 1073741824},
	{"128974848", 1, 128974848},
	{"129e6", 1, 129000000},
	{"129E6", 1, 129000000},
	{"129M", 1, 129000000},
	{"128974848000m", 1, 128974848},
	{"128974848001m", 1, 128974849},
	{"123Mi", 1, 128974848},
	{"1.5Gi", 1, 1610612736},
	{"0.1Ki", 1, 103}, /* 102.4 */
	{"1k", 1, 1000},
	{"1T", 1, 1000000000000u},
	{"1P", 1, 1000000000000000u},
	{"1E", 1, 1000000000000000000u},
	{"1Ti", 1, (uint64_t)1 << 40},
	{"1Pi", 1, (uint64_t)1 << 50},
	{"15Ei", 1, (uint64_t)15 << 60},
	{"16Ei", 1, UINT64_MAX},
	{"1e3", 1, 1000},
	{"1e-3", 1, 1},
	{"1500e-3", 1, 2},
	{"1e+2", 1, 100},
	{"1e999999999999999999999", 1, UINT64_MAX},
	{"0e999999999999999999999", 1, 0},
	{"1e-999999999999999999999", 1, 1},
	{"18446744073709551614", 1, UINT64_MAX - 1},
	{"18446744073709551615", 1, UINT64_MAX},
	{"99999999999999999999999999999999999999999999", 1, UINT64_MAX},
	{"00000000000000000000000000000000000000000000000001", 1, 1},
	{"123456789012345678.000000000000000000000000000001", 1, 123456789012345679u},
};

static const char *const bad[] = {"", " ", "m", "Gi", "1 Gi", " 1", "1 ", "1K", "1ki", "1mi",
	"1Mib", "1MB", "-1", "-0.001", "--1", "+-1", "1.2.3", ".", "-", "1e", "1e+", "1E-", "1ee3",
	"1e3m", "1Ki3", "0x10", "1,5", "nan", "inf", "1h", "1\xc2\xb5", "1i", "1ni"};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		uint64_t value = 77;

		print_message("%s\n", good[i].text);
		assert_int_equal(resource_quantity_parse(
					 good[i].text, strlen(good[i].text), good[i].unit, &value),
			0);
		assert_true(value == good[i].value);
	}
}

static void test_bad(void **state)
{
	uint64_t value = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		print_message("%s\n", bad[i]);
		assert_int_equal(
			resource_quantity_parse(bad[i], strlen(bad[i]), 1, &value), -EBADMSG);
	}
	assert_int_equal(resource_quantity_parse("1\0", 2, 1, &value), -EBADMSG);
	assert_int_equal(value, 77);
}

/* The same amount in several ways. */
static void test_law(void **state)
{
	struct random_source random = {.state = 7};

	(void)state;
	for (int i = 0; i < 20000; i++) {
		uint64_t milli = random_below(&random, 1000000000), value;
		uint64_t up = milli / 1000 + (milli % 1000 != 0);
		char text[4][64];

		snprintf(text[0], sizeof(text[0]), "%" PRIu64 "m", milli);
		snprintf(text[1], sizeof(text[1]), "%" PRIu64 ".%03" PRIu64, milli / 1000,
			milli % 1000);
		snprintf(text[2], sizeof(text[2]), "%" PRIu64 "e-3", milli);
		snprintf(text[3], sizeof(text[3]), "%" PRIu64 "000u", milli);
		for (int j = 0; j < 4; j++) {
			assert_int_equal(
				resource_quantity_parse(text[j], strlen(text[j]), CORE, &value), 0);
			assert_true(value == milli * 1000);
			assert_int_equal(
				resource_quantity_parse(text[j], strlen(text[j]), 1, &value), 0);
			assert_true(value == up);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_law),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
