/* What is drawn of the rows of a question. */
#include "dashboard/page/section.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hubmeter/cleanup.h"
#include "tests/support/markup.h"

#define SERIES 60
#define MONTHS 12

static const struct section by_month = {
	.name = "months",
	.title = "Cost",
	.kind = SECTION_STACK,
	.column = {{"month", "Month"}, {"department", "Department"},
		{"amount", "Cost", CELL_MONEY, .has_sum = true}},
};

/* As much in every month by every department, the later half of these in @other. */
static char *printed(const char *other)
{
	static const struct table_column columns[] = {
		{"month", false}, {"department", false}, {"amount", true}, {"currency", false}};
	const struct filter filter = {.value = {"", "", "", "", "", "", "", "", "", "", "", ""}};
	hm_cleanup(table_release) struct table rows = {0};
	struct html html = HTML_INIT(4 << 20);
	char *text;

	assert_int_equal(table_init(&rows, columns, 4), 0);
	for (int i = 0; i < SERIES * MONTHS; i++) {
		char month[16], department[16];
		const char *const cells[] = {
			month, department, "1", i < SERIES * MONTHS / 2 ? "USD" : other};

		(void)snprintf(month, sizeof(month), "2025-%02d", i % MONTHS + 1);
		(void)snprintf(department, sizeof(department), "d%02d", i / MONTHS);
		assert_int_equal(table_add(&rows, cells), 0);
	}
	assert_in_range(rows.n_rows, SECTION_ROWS_MAX + 1, section_rows_max(&by_month));
	section_print(&html, &by_month, &filter, &rows);
	text = markup_of(&html);
	assert_true(markup_is_well_formed(text));
	return text;
}

/* The table stops somewhere; the bars must not. */
static void test_nothing_is_missing_in_a_drawing(void **state)
{
	hm_cleanup(hm_freep) char *text = printed("USD");

	(void)state;
	assert_int_equal(markup_count(text, "<desc>"), 1);
	assert_non_null(strstr(text, "60.00"));
	assert_non_null(strstr(text, "The first 500 rows"));
	assert_null(strstr(text, "class=\"total\""));
}

static void test_currencies_are_not_added(void **state)
{
	hm_cleanup(hm_freep) char *text = printed("EUR");

	(void)state;
	assert_int_equal(markup_count(text, "<desc>"), 2);
	assert_non_null(strstr(text, "Cost, EUR"));
	assert_non_null(strstr(text, "30.00"));
	assert_null(strstr(text, "60.00"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_missing_in_a_drawing),
		cmocka_unit_test(test_currencies_are_not_added),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
