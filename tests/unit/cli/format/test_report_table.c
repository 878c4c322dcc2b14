/* Exact rows in, what people read out: units, totals of groups, grand totals. */
#include "cli/format/report_table.h"

#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/format/figure.h"
#include "tests/support/random.h"

static const struct table_column cost_columns[] = {
	{"institution", false},
	{"department", false},
	{"resource", false},
	{"used", true},
	{"unit", false},
	{"amount", true},
	{"currency", false},
};

#define N_COST 7

static void init_costs(struct table *table)
{
	assert_int_equal(table_init(table, cost_columns, N_COST), 0);
}

static void add(struct table *table, const char *const *cells)
{
	assert_int_equal(table_add(table, cells), 0);
}

static void assert_shows(const struct table *rows, bool is_exact, const char *expected)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct table table;

	assert_non_null(out);
	assert_int_equal(report_table_make(rows, is_exact, &table), 0);
	assert_int_equal(table_print(&table, TABLE_FORMAT_TEXT, out), 0);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, expected);
	free(text);
	table_release(&table);
}

static void fill_departments(struct table *table)
{
	static const char *const rows[][N_COST] = {
		{"uni", "biology", "cpu", "36000.000001", "core-seconds", "12.344000000", "EUR"},
		{"uni", "biology", "memory", "3686400", "MiB-seconds", "0.002000000", "EUR"},
		{"uni", "physics", "cpu", "1.5", "core-seconds", "0.004000000", "EUR"},
	};

	init_costs(table);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		add(table, rows[i]);
}

static void test_for_people(void **state)
{
	struct table rows;

	(void)state;
	fill_departments(&rows);
	assert_shows(&rows, false,
		"institution  department  resource      used  unit        amount  currency\n"
		"-----------  ----------  --------  --------  ----------  ------  --------\n"
		"uni          biology     cpu       10.000    core-hours  12.34   EUR\n"
		"uni          biology     memory     1.000    GiB-hours    0.002  EUR\n"
		"uni          biology     total                           12.35   EUR\n"
		"\n"
		"uni          physics     cpu        0.00042  core-hours   0.004  EUR\n"
		"uni          physics     total                            0.004  EUR\n"
		"-----------  ----------  --------  --------  ----------  ------  --------\n"
		"total                    cpu       10.000    core-hours  12.35   EUR\n"
		"total                    memory     1.000    GiB-hours    0.002  EUR\n"
		"total                    total                           12.35   EUR\n");
	table_release(&rows);
}

static void test_exact(void **state)
{
	struct table rows;

	(void)state;
	fill_departments(&rows);
	assert_shows(&rows, true,
		"institution  department  resource            used  unit                amount  currency\n"
		"-----------  ----------  --------  --------------  ------------  ------------  --------\n"
		"uni          biology     cpu         36000.000001  core-seconds  12.344000000  EUR\n"
		"uni          biology     memory    3686400         MiB-seconds    0.002000000  EUR\n"
		"uni          biology     total                                   12.346000000  EUR\n"
		"\n"
		"uni          physics     cpu             1.5       core-seconds   0.004000000  EUR\n"
		"uni          physics     total                                    0.004000000  EUR\n"
		"-----------  ----------  --------  --------------  ------------  ------------  --------\n"
		"total                    cpu         36001.500001  core-seconds  12.348000000  EUR\n"
		"total                    memory    3686400         MiB-seconds    0.002000000  EUR\n"
		"total                    total                                   12.350000000  EUR\n");
	table_release(&rows);
}

static void test_two_currencies(void **state)
{
	static const char *const rows[][N_COST] = {
		{"uni", "biology", "cpu", "3600", "core-seconds", "1", "USD"},
		{"uni", "biology", "cpu", "7200", "core-seconds", "2", "EUR"},
	};
	struct table table;

	(void)state;
	init_costs(&table);
	add(&table, rows[0]);
	add(&table, rows[1]);
	assert_shows(&table, false,
		"institution  department  resource   used  unit        amount  currency\n"
		"-----------  ----------  --------  -----  ----------  ------  --------\n"
		"uni          biology     cpu       1.000  core-hours    1.00  USD\n"
		"uni          biology     cpu       2.000  core-hours    2.00  EUR\n"
		"uni          biology     total                          1.00  USD\n"
		"uni          biology     total                          2.00  EUR\n"
		"-----------  ----------  --------  -----  ----------  ------  --------\n"
		"total                    cpu       2.000  core-hours    2.00  EUR\n"
		"total                    cpu       1.000  core-hours    1.00  USD\n"
		"total                    total                          2.00  EUR\n"
		"total                    total                          1.00  USD\n");
	table_release(&table);
}

static void test_nodes(void **state)
{
	static const struct table_column columns[] = {{"node", false}, {"resource", false},
		{"total", true}, {"difference", true}, {"unit", false}, {"coverage", true}};
	static const char *const rows[][6] = {
		{"n1", "cpu", "3600", "0", "core-seconds", "86400"},
		{"n1", "disk", "5.25", "0", "parsecs", NULL},
		{"n2", "cpu", "3600", "-0.000001", "core-seconds", "900"},
	};
	struct table table;

	(void)state;
	assert_int_equal(table_init(&table, columns, 6), 0);
	for (size_t i = 0; i < 3; i++)
		add(&table, rows[i]);
	assert_shows(&table, false,
		"node   resource  total      difference  unit        observed h\n"
		"-----  --------  -----  --------------  ----------  ----------\n"
		"n1     cpu       1.000   0.000          core-hours      24.000\n"
		"n1     disk      5.25    0              parsecs\n"
		"n2     cpu       1.000  -0.00000000028  core-hours       0.250\n"
		"-----  --------  -----  --------------  ----------  ----------\n"
		"total  cpu       2.000  -0.00000000028  core-hours      24.250\n"
		"total  disk      5.25    0              parsecs\n");
	table_release(&table);
}

/* Without a unit figures are money, and only amounts have totals. */
static void test_funds(void **state)
{
	static const struct table_column columns[] = {{"institution", false}, {"fund", false},
		{"plan", false}, {"amount", true}, {"currency", false}};
	static const char *const rows[][5] = {
		{"ou", "dept", NULL, "1.005000000", "USD"},
		{"uni", "dept", "p", "2.000000001", "EUR"},
		{"uni", "nsf-1", "p", "-0.500000000", "EUR"},
	};
	struct table table;

	(void)state;
	assert_int_equal(table_init(&table, columns, 5), 0);
	for (size_t i = 0; i < 3; i++)
		add(&table, rows[i]);
	assert_shows(&table, false,
		"institution  fund   plan  amount  currency\n"
		"-----------  -----  ----  ------  --------\n"
		"ou           dept           1.01  USD\n"
		"ou           total          1.01  USD\n"
		"\n"
		"uni          dept   p       2.00  EUR\n"
		"uni          nsf-1  p      -0.50  EUR\n"
		"uni          total          1.50  EUR\n"
		"-----------  -----  ----  ------  --------\n"
		"total        total          1.50  EUR\n"
		"total        total          1.01  USD\n");
	table_release(&table);
}

static void test_balances(void **state)
{
	static const struct table_column columns[] = {
		{"fund", false}, {"spent", true}, {"available", true}, {"currency", false}};
	static const char *const rows[][4] = {
		{"dept", "3.999999999", NULL, "EUR"}, {"nsf-1", "0.0000012", "999.9999988", "EUR"}};
	struct table table;

	(void)state;
	assert_int_equal(table_init(&table, columns, 4), 0);
	add(&table, rows[0]);
	add(&table, rows[1]);
	assert_shows(&table, false,
		"fund       spent  available  currency\n"
		"-----  ---------  ---------  --------\n"
		"dept   4.00                  EUR\n"
		"nsf-1  0.0000012    1000.00  EUR\n");
	assert_shows(&table, true,
		"fund         spent    available  currency\n"
		"-----  -----------  -----------  --------\n"
		"dept   3.999999999               EUR\n"
		"nsf-1  0.0000012    999.9999988  EUR\n");
	table_release(&table);
}

static void test_what_is_no_report(void **state)
{
	static const struct table_column columns[] = {{"a", false}};
	static const char *const bad[] = {"u", "d", "cpu", "many", "core-seconds", "1", "EUR"};
	struct table rows, table;

	(void)state;
	assert_int_equal(table_init(&rows, columns, 1), 0);
	assert_int_equal(report_table_make(&rows, false, &table), -EINVAL);
	table_release(&rows);
	init_costs(&rows);
	add(&rows, bad);
	assert_int_equal(report_table_make(&rows, false, &table), -EINVAL);
	table_release(&rows);
}

/* The last amount of @table, in nano-units: the grand total. */
static __int128 grand_total(const struct table *table)
{
	__int128 total = 0;

	assert_int_equal(figure_parse(table_cell(table, table->n_rows - 1, 5), &total), 0);
	return total;
}

/* Whatever the rows: totals of groups, totals of resources and the grand total agree. */
static void test_law_totals_agree(void **state)
{
	static const char *const departments[] = {"a", "b", "c"};
	static const char *const resources[] = {"cpu", "gpu", "memory"};
	struct random_source random = {20261125};

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct table rows, table;
		__int128 expected = 0, groups = 0, by_resource = 0;

		init_costs(&rows);
		for (size_t i = 0; i < 9; i++) {
			__int128 amount = (__int128)random_below(&random, 1000000000000000);
			char text[FIGURE_SIZE];
			const char *cells[] = {"uni", departments[i / 3], resources[i % 3], "1",
				"core-seconds", text, "EUR"};

			figure_print_exact(amount, 9, text);
			add(&rows, cells);
			expected += amount;
		}
		assert_int_equal(report_table_make(&rows, true, &table), 0);
		for (size_t r = 0; r + 1 < table.n_rows; r++) {
			bool is_sum = strcmp(table_cell(&table, r, 2), "total") == 0;
			bool is_grand = strcmp(table_cell(&table, r, 0), "total") == 0;
			__int128 amount = 0;

			assert_int_equal(figure_parse(table_cell(&table, r, 5), &amount), 0);
			groups += is_sum && !is_grand ? amount : 0;
			by_resource += is_grand && !is_sum ? amount : 0;
		}
		assert_true(groups == expected);
		assert_true(by_resource == expected);
		assert_true(grand_total(&table) == expected);
		table_release(&rows);
		table_release(&table);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_for_people),
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_two_currencies),
		cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_funds),
		cmocka_unit_test(test_balances),
		cmocka_unit_test(test_what_is_no_report),
		cmocka_unit_test(test_law_totals_agree),
	};

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return 77; /* widths are the locale's */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
