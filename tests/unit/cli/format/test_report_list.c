/* Rows as people read them: each column by its kind, nothing else changed. */
#include "cli/format/report_list.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define N_COLUMNS 6

static const struct table_column columns[N_COLUMNS] = {
	{"hub", false},
	{"observed", true},
	{"billable", true},
	{"unit", false},
	{"amount", true},
	{"users", true},
};
static const struct report_list_kinds kinds = {"saving amount", "billable", "observed"};

static void init_rows(struct table *rows, const char *const cells[][N_COLUMNS], size_t n_rows)
{
	assert_int_equal(table_init(rows, columns, N_COLUMNS), 0);
	for (size_t i = 0; i < n_rows; i++)
		assert_int_equal(table_add(rows, cells[i]), 0);
}

static void test_kinds(void **state)
{
	static const char *const cells[][N_COLUMNS] = {
		{"hub-a", "5400.5", "3600", "core-seconds", "12.345000000", "3"},
		{"hub-b", NULL, "7", "dogs", "0.000000018", "1234.5"},
		{"hub-c", "0", "0", NULL, NULL, NULL},
	};
	struct table rows, list;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	init_rows(&rows, cells, 3);
	assert_int_equal(report_list_make(&rows, &kinds, &list), 0);
	assert_int_equal(table_print(&list, TABLE_FORMAT_RAW_CSV, out), 0);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, "hub,observed h,billable,unit,amount,users\n"
				  "hub-a,1.500,1.000,core-hours,12.35,3\n"
				  "hub-b,,7,dogs,0.000000018,1234.5\n"
				  "hub-c,0.000,0,,,\n");
	free(text);
	table_release(&list);
	table_release(&rows);
}

static void test_no_number(void **state)
{
	static const char *const cells[][N_COLUMNS] = {{"hub-a", "1", "1", "bytes", "dog", "1"}};
	struct table rows, list;

	(void)state;
	init_rows(&rows, cells, 1);
	assert_int_equal(report_list_make(&rows, &kinds, &list), -EINVAL);
	table_release(&rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_no_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
