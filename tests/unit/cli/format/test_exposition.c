/* Prometheus's text format. */
#include "cli/format/exposition.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct metric spent = {"spent", METRIC_GAUGE, "What is spent."};

static void assert_prints(const struct table_column *columns, size_t n_columns,
	const char *const *cells, size_t n_rows, const char *expected)
{
	struct page page = PAGE_INIT;
	struct table rows;

	assert_int_equal(table_init(&rows, columns, n_columns), 0);
	for (size_t i = 0; i < n_rows; i++)
		assert_int_equal(table_add(&rows, cells + i * n_columns), 0);
	assert_int_equal(exposition_put(&page, &spent, &rows), 0);
	table_release(&rows);
	assert_int_equal(buffer_append(&page.text, "", 1), 0);
	assert_string_equal((const char *)page.text.data, expected);
	page_release(&page);
}

static void test_half_of_it_is_none(void **state)
{
	const struct table_column column = {"spent", true};
	const char *const cell = "1";
	struct page page = {.text = BUFFER_INIT(40)};
	struct table rows;

	(void)state;
	assert_int_equal(table_init(&rows, &column, 1), 0);
	assert_int_equal(table_add(&rows, &cell), 0);
	assert_int_equal(exposition_put(&page, &spent, &rows), -ENOMEM);
	table_release(&rows);
	page_release(&page);
}

static void test_labels_and_figures(void **state)
{
	const struct table_column columns[] = {
		{"unit", false}, {"amount", true}, {"spent", true}, {"currency", false}};
	const char *const cells[] = {"physics", "7", "0.10", "EUR", NULL, "8", "-2", "USD"};

	(void)state;
	assert_prints(columns, 4, cells, 2,
		"# HELP spent What is spent.\n# TYPE spent gauge\n"
		"spent{unit=\"physics\",currency=\"EUR\"} 0.10\n"
		"spent{unit=\"\",currency=\"USD\"} -2\n");
}

static void test_without_labels(void **state)
{
	const struct table_column column = {"spent", true};
	const char *const cell = "1";

	(void)state;
	assert_prints(
		&column, 1, &cell, 1, "# HELP spent What is spent.\n# TYPE spent gauge\nspent 1\n");
}

static void test_without_samples(void **state)
{
	const struct table_column columns[] = {{"unit", false}, {"spent", true}};
	const struct table_column others[] = {{"unit", false}, {"amount", true}};
	const char *const null[] = {"physics", NULL};
	const char *const figure[] = {"physics", "1"};

	(void)state;
	assert_prints(columns, 2, NULL, 0, "");
	assert_prints(columns, 2, null, 1, "");
	assert_prints(others, 2, figure, 1, "");
}

static void test_names_are_escaped(void **state)
{
	const struct table_column columns[] = {{"unit", false}, {"spent", true}};
	const char *const cells[] = {"a\"} 9\nb\\n \xc3\xa9\\", "1"};

	(void)state;
	assert_prints(columns, 2, cells, 1,
		"# HELP spent What is spent.\n# TYPE spent gauge\n"
		"spent{unit=\"a\\\"} 9\\nb\\\\n \xc3\xa9\\\\\"} 1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_labels_and_figures),
		cmocka_unit_test(test_without_labels),
		cmocka_unit_test(test_without_samples),
		cmocka_unit_test(test_names_are_escaped),
		cmocka_unit_test(test_half_of_it_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
