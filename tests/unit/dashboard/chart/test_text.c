/* Days as numbers and back, names cut to size, labels that thin out. */
#include "dashboard/chart/private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hubmeter/cleanup.h"
#include "tests/support/markup.h"

static void test_days(void **state)
{
	int64_t day = 7;

	(void)state;
	assert_true(chart_day("1970-01-01", &day));
	assert_int_equal(day, 0);
	assert_true(chart_day("1969-12-31", &day));
	assert_int_equal(day, -1);
	assert_true(chart_day("2024-02-29", &day));
	assert_string_equal(chart_day_of(day).text, "2024-02-29");
	assert_string_equal(chart_day_of(day + 1).text, "2024-03-01");
	assert_string_equal(chart_day_short(day).text, "29 Feb");
	assert_string_equal(chart_day_of(chart_month_begin(day)).text, "2024-02-01");
	assert_string_equal(chart_day_text("2024-02-29").text, "29 Feb 2024");
}

static void test_what_is_no_day(void **state)
{
	static const char *const texts[] = {"", "2026-02-30", "2026-13-01", "2026-1-1", "2026-09",
		"2026-09-01T", "20260901xx", "<b>2026-09"};
	int64_t day = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(chart_day(texts[i], &day));
	assert_int_equal(day, 7);
	assert_string_equal(chart_day_text("never").text, "never");
	assert_string_equal(chart_day_of(INT64_MAX).text, "");
	assert_string_equal(chart_day_of(INT64_MIN).text, "");
	assert_string_equal(chart_day_short(INT64_MIN).text, "");
	assert_int_equal(chart_month_begin(INT64_MAX), INT64_MAX);
}

static void test_ends_of_the_calendar(void **state)
{
	int64_t first, last;

	(void)state;
	assert_true(chart_day("0000-01-01", &first));
	assert_true(chart_day("9999-12-31", &last));
	assert_string_equal(chart_day_of(first).text, "0000-01-01");
	assert_string_equal(chart_day_of(last).text, "9999-12-31");
	assert_string_equal(chart_day_of(first - 1).text, "");
	assert_string_equal(chart_day_of(last + 1).text, "");
}

static void test_months(void **state)
{
	unsigned year = 1, month = 2;

	(void)state;
	assert_true(chart_month("2026-09", &year, &month));
	assert_int_equal(year, 2026);
	assert_int_equal(month, 9);
	assert_false(chart_month("2026-00", &year, &month));
	assert_false(chart_month("total", &year, &month));
	assert_int_equal(month, 9);
	assert_string_equal(chart_month_name(12), "Dec");
	assert_string_equal(chart_month_name(13), "");
}

static void test_names_are_cut_between_characters(void **state)
{
	(void)state;
	assert_string_equal(chart_name("", 4).text, "");
	assert_string_equal(chart_name("hub1", 4).text, "hub1");
	assert_string_equal(chart_name("hub-1", 4).text, "hub\xe2\x80\xa6");
	assert_string_equal(chart_name("Zo\xc3\xab", 3).text, "Zo\xc3\xab");
	assert_string_equal(chart_name("Zo\xc3\xab!", 3).text, "Zo\xe2\x80\xa6");
	assert_string_equal(chart_name("\xe5\xad\xa6\xe6\xa0\xa1\xe5\xad\xa6", 5).text,
		"\xe5\xad\xa6\xe6\xa0\xa1\xe2\x80\xa6");
	assert_int_equal(chart_name_width("Zo\xc3\xab"), 3);
	assert_int_equal(chart_name_width("\xe5\xad\xa6\xe6\xa0\xa1"), 4);
}

static void test_names_that_are_no_utf8_stay_in_bounds(void **state)
{
	char name[600];

	(void)state;
	memset(name, 0x80, sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_true(strlen(chart_name(name, 26).text) < sizeof(struct chart_text));
	assert_true(strlen(chart_name(name, 1000).text) < sizeof(struct chart_text));
	memset(name, 'x', sizeof(name) - 1);
	assert_true(strlen(chart_name(name, 1000).text) < sizeof(struct chart_text));
}

static void test_strides(void **state)
{
	static const size_t strides[] = {1, 3, 12, 0};

	(void)state;
	assert_int_equal(chart_stride(0, 5, strides), 1);
	assert_int_equal(chart_stride(5, 5, strides), 1);
	assert_int_equal(chart_stride(6, 5, strides), 3);
	assert_int_equal(chart_stride(60, 5, strides), 12);
	assert_int_equal(chart_stride(61, 5, strides), 24);
	assert_int_equal(chart_stride(1000, 5, strides), 384);
}

/* A narrow drawing shows every second label, and is told each year nevertheless. */
static void test_years_are_said_once(void **state)
{
	struct html html = HTML_INIT(1 << 16);
	struct chart_axis axis = {.y = 1000};
	hm_cleanup(hm_freep) char *text = NULL;

	(void)state;
	chart_axis_label(&html, &axis, 0, "start", "Nov", 2025, false);
	chart_axis_label(&html, &axis, 1, "start", "Jan", 2026, true);
	chart_axis_label(&html, &axis, 2, "start", "Mar", 2026, false);
	chart_axis_label(&html, &axis, 3, "start", "May", 2026, true);
	text = markup_of(&html);
	assert_true(markup_is_well_formed(text));
	assert_int_equal(markup_count(text, ">2025<"), 1);
	assert_int_equal(markup_count(text, "class=\"x year\""), 1);
	assert_int_equal(markup_count(text, "class=\"x year roomy\""), 1);
	assert_int_equal(markup_count(text, "class=\"x year tight\""), 1);
	assert_int_equal(markup_count(text, "class=\"x roomy\""), 2);
	assert_non_null(
		strstr(text, "tight\" text-anchor=\"start\" x=\"0.02%\" y=\"25.00\">2026<"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_days),
		cmocka_unit_test(test_what_is_no_day),
		cmocka_unit_test(test_ends_of_the_calendar),
		cmocka_unit_test(test_months),
		cmocka_unit_test(test_names_are_cut_between_characters),
		cmocka_unit_test(test_names_that_are_no_utf8_stay_in_bounds),
		cmocka_unit_test(test_strides),
		cmocka_unit_test(test_years_are_said_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
