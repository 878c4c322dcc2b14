/* What stands below a report. */
#include "cli/format/report_missing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_says(const struct report_missing *missing, const char *expected)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	report_missing_print(missing, out);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, expected);
	assert_int_equal(report_is_missing(missing), *expected != '\0');
	free(text);
}

static void test_nothing_is_missing(void **state)
{
	(void)state;
	assert_says(&(struct report_missing){0}, "");
	assert_says(&(struct report_missing){.nodes = 3, .permille = 1000}, "");
}

static void test_rating(void **state)
{
	(void)state;
	assert_says(&(struct report_missing){.pending_days = 1},
		"missing: 1 hub-day waits for rating (run 'hubmeter rate')\n");
	assert_says(&(struct report_missing){.pending_days = 5, .failed_days = 2},
		"missing: 3 hub-days wait for rating (run 'hubmeter rate')\n"
		"missing: 2 hub-days could not be rated (see 'hubmeter doctor')\n");
	assert_says(&(struct report_missing){.pending_days = 1, .failed_days = 1},
		"missing: 1 hub-day could not be rated (see 'hubmeter doctor')\n");
}

static void test_prices(void **state)
{
	struct report_missing m = {.n_unpriced = 1,
		.unpriced = {{"core-seconds", "43200.5"}, {"MiB-seconds", "1"}, {"cards", "7"}}};

	(void)state;
	assert_says(&m,
		"missing: 12.000 core-hours without a price ('hubmeter import prices', then "
		"'hubmeter rate')\n");
	m.n_unpriced = 3;
	assert_says(&m, "missing: 12.000 core-hours, 0.00000027 GiB-hours and 7 cards without a "
			"price ('hubmeter import prices', then 'hubmeter rate')\n");
}

static void test_coverage(void **state)
{
	struct report_missing m = {.nodes = 40, .silent = 3, .permille = 992};

	(void)state;
	(void)snprintf(m.silent_names, sizeof(m.silent_names), "h/n\x1b since x");
	assert_says(&m, "missing: coverage 99.2 %: 3 of 40 nodes silent: h/n\\u001b since x\n");
	m.silent = 4;
	m.permille = 1000;
	assert_says(
		&m, "missing: coverage 100.0 %: 4 of 40 nodes silent: h/n\\u001b since x, ...\n");
	m.silent = 0;
	m.permille = 999;
	assert_says(&m, "missing: coverage 99.9 %: 40 nodes, none of them silent now\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_missing),
		cmocka_unit_test(test_rating),
		cmocka_unit_test(test_prices),
		cmocka_unit_test(test_coverage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
