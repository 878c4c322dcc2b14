/* Values as people read them: rounded once, from the exact figure, which stays at hand. */
#include "dashboard/page/cell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		unsigned decimals;
		const char *shown;
	} cases[] = {
		{"0", 2, "0.00"},
		{"1234.5", 2, "1,234.50"},
		{"-1234567.895", 2, "-1,234,567.90"},
		{"999.995", 2, "1,000.00"},
		{"123", 0, "123"},
		{"1000", 0, "1,000"},
		{"-100", 0, "-100"},
		{"0.000018", 2, "0.000018"},
		{"12.345678901234567890", 2, "12.35"},
		{"no figure", 2, "no figure"},
		{"999999999999999999999999", 0, "999,999,999,999,999,999,999,999"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char shown[CELL_SIZE];

		cell_number(cases[i].text, cases[i].decimals, shown);
		assert_string_equal(shown, cases[i].shown);
	}
}

static const struct table_column columns[] = {{"department", false}, {"amount", true},
	{"unit", false}, {"currency", false}, {"used", true}, {"state", false}, {"level", false},
	{"percent", true}, {"rate", true}, {"yen", true}};
static const char *const cells[] = {"<b>&", "1234.567", "core-seconds", "USD", "5400", "runs out",
	"warn", "12.5", "1000.0525000000001", "300.000"};
static const struct filter chosen = {
	.value = {
		[FILTER_INSTITUTION] = "north", [FILTER_MONTH] = "2026-09", [FILTER_UNIT] = "top"}};

static void assert_cell(const struct column *column, const char *expected)
{
	struct table rows;
	struct html html = HTML_INIT(8192);
	struct buffer shown;

	assert_int_equal(table_init(&rows, columns, sizeof(columns) / sizeof(columns[0])), 0);
	assert_int_equal(table_add(&rows, cells), 0);
	cell_print(&html, column, (struct cell_row){&rows, 0}, &chosen);
	assert_int_equal(html_finish(&html, &shown), 0);
	assert_int_equal(shown.size, strlen(expected));
	assert_memory_equal(shown.data, expected, shown.size);
	buffer_release(&shown);
	table_release(&rows);
}

static void test_kinds(void **state)
{
	(void)state;
	assert_cell(&(struct column){.name = "department"}, "<bdi>&lt;b&gt;&amp;</bdi>");
	assert_cell(&(struct column){.name = "amount", .kind = CELL_MONEY},
		"<span title=\"1234.567 USD\">1,234.57</span>");
	assert_cell(&(struct column){.name = "used", .kind = CELL_QUANTITY, .of = "unit"},
		"<span title=\"5400 core-seconds\">1.50</span> <span class=\"muted\">core-hours</span>");
	assert_cell(&(struct column){.name = "percent", .kind = CELL_PERCENT}, "12.5 %");
	assert_cell(&(struct column){.name = "percent", .kind = CELL_DECIMAL}, "12.5");
	assert_cell(&(struct column){.name = "rate", .kind = CELL_RATE}, "1,000.0525000000001");
	assert_cell(&(struct column){.name = "yen", .kind = CELL_RATE}, "300");
	assert_cell(&(struct column){.name = "used", .kind = CELL_COUNT}, "5,400");
	assert_cell(&(struct column){.name = "state", .kind = CELL_STATE, .of = "level"},
		"<span class=\"badge warn\">runs out</span>");
	assert_cell(
		&(struct column){.name = "nothing"}, "<span class=\"muted\">\xe2\x80\x93</span>");
}

static void test_links(void **state)
{
	(void)state;
	assert_cell(
		&(struct column){
			.name = "state", .link = "charges", .carry = "unit,person=department"},
		"<a href=\"charges?institution=north&amp;month=2026-09&amp;unit=top&amp;"
		"person=%3Cb%3E%26\"><bdi>runs out</bdi></a>");
	assert_cell(&(struct column){.name = "state", .link = "mine"},
		"<a href=\"mine?institution=north&amp;month=2026-09\"><bdi>runs out</bdi></a>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
