/* Bars whose parts add up, above the line and below it. */
#include "dashboard/chart/chart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hubmeter/cleanup.h"
#include "tests/support/markup.h"

#define UNIT	((__int128)1000000000)
#define COLUMNS 12
#define TOP	3200
#define HEIGHT	24000

static const char *const months[COLUMNS] = {"2025-07", "2025-08", "2025-09", "2025-10", "2025-11",
	"2025-12", "2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06"};

static char *drawn(const struct chart_stack *chart)
{
	struct html html = HTML_INIT(1 << 20);
	char *text;

	chart_stack(&html, chart);
	text = markup_of(&html);
	assert_true(markup_is_well_formed(text));
	assert_int_equal(markup_count(text, "style="), 0);
	return text;
}

static struct chart_stack chart_of(
	const struct chart_series *series, size_t n_series, size_t n_columns)
{
	return (struct chart_stack){.title = "Cost by department",
		.unit = "USD",
		.column = months,
		.n_columns = n_columns,
		.series = series,
		.n_series = n_series};
}

/* The next bar's part behind @at, and what it is. */
static const char *next_part(const char *at, int64_t *ret_y, int64_t *ret_height)
{
	at = strstr(at, "<rect class=\"part ");
	if (at) {
		*ret_y = markup_hundredths(at, "y");
		*ret_height = markup_hundredths(at, "height");
		at++;
	}
	return at;
}

/* Without rounding between them: each part begins where the one below ends, and all of them are as
 * high as their sum. */
static void test_heights_add_up(void **state)
{
	const __int128 a[] = {UNIT / 3}, b[] = {UNIT / 7}, c[] = {5 * UNIT - UNIT / 3 - UNIT / 7};
	const struct chart_series series[] = {{"a", a}, {"b", b}, {"c", c}};
	struct chart_stack chart = chart_of(series, 3, 1);
	hm_cleanup(hm_freep) char *text = drawn(&chart);
	int64_t y, height, foot = TOP + HEIGHT, sum = 0;

	(void)state;
	for (const char *at = text; (at = next_part(at, &y, &height)); foot = y, sum += height)
		assert_int_equal(y + height, foot);
	assert_int_equal(sum, HEIGHT);
	assert_int_equal(foot, TOP);
}

static void test_credits_hang_below_the_line(void **state)
{
	const __int128 a[] = {30 * UNIT}, b[] = {-10 * UNIT}, c[] = {10 * UNIT};
	const struct chart_series series[] = {{"a", a}, {"b", b}, {"c", c}};
	struct chart_stack chart = chart_of(series, 3, 1);
	hm_cleanup(hm_freep) char *text = drawn(&chart);
	int64_t y, height, zero = markup_hundredths(strstr(text, "class=\"zero\""), "y1");
	const char *at;

	(void)state;
	assert_int_equal(zero, TOP + HEIGHT * 4 / 5);
	at = next_part(text, &y, &height);
	assert_int_equal(y + height, zero);
	at = next_part(at, &y, &height);
	assert_int_equal(y, zero);
	assert_int_equal(height, HEIGHT / 5);
	at = next_part(at, &y, &height);
	assert_int_equal(y, TOP);
	assert_non_null(strstr(text, ">2025-07, b: -10.00 USD<"));
	assert_non_null(at);
}

static void test_many_series_become_other(void **state)
{
	const __int128 value[] = {UNIT};
	struct chart_series series[11];
	struct chart_stack chart = chart_of(series, 11, 1);
	hm_cleanup(hm_freep) char *text = NULL;

	(void)state;
	for (size_t i = 0; i < 11; i++)
		series[i] = (struct chart_series){"series", value};
	text = drawn(&chart);
	assert_int_equal(markup_count(text, "<rect class=\"part "), CHART_SERIES_MAX);
	assert_non_null(strstr(text, "<rect class=\"part s6\""));
	assert_null(strstr(text, "<rect class=\"part s7\""));
	assert_non_null(strstr(text, ">2025-07, other: 4.00 USD<"));
	assert_non_null(strstr(text, "other (4)</li>"));
}

static void test_as_many_series_as_colours_have_their_own(void **state)
{
	const __int128 value[] = {UNIT};
	struct chart_series series[CHART_SERIES_MAX];
	struct chart_stack chart = chart_of(series, CHART_SERIES_MAX, 1);
	hm_cleanup(hm_freep) char *text = NULL;

	(void)state;
	for (size_t i = 0; i < CHART_SERIES_MAX; i++)
		series[i] = (struct chart_series){"series", value};
	text = drawn(&chart);
	assert_non_null(strstr(text, "<rect class=\"part s7\""));
	assert_int_equal(markup_count(text, "other"), 0);
}

static void test_names_are_anybodys(void **state)
{
	const __int128 value[] = {UNIT};
	const char *const column[] = {"\"><script>"};
	const struct chart_series series[] = {{"</title><script>alert(1)</script>", value}};
	struct chart_stack chart = chart_of(series, 1, 1);
	hm_cleanup(hm_freep) char *text = NULL;

	(void)state;
	chart.title = "<title>&";
	chart.unit = "<u>";
	chart.column = column;
	text = drawn(&chart);
	assert_null(strstr(text, "<script"));
	assert_non_null(strstr(text, "<bdi>&lt;/title&gt;&lt;script"));
	assert_non_null(strstr(text, ">&quot;&gt;&lt;scri\xe2\x80\xa6<"));
}

static void test_nothing_to_draw(void **state)
{
	const __int128 zero[COLUMNS] = {0};
	const struct chart_series series[] = {{"none", zero}};
	struct chart_stack chart = chart_of(NULL, 0, 0);
	hm_cleanup(hm_freep) char *without = drawn(&chart);
	hm_cleanup(hm_freep) char *zeros = NULL;

	(void)state;
	assert_non_null(strstr(without, "<desc>Nothing to show.</desc>"));
	chart = chart_of(series, 1, COLUMNS);
	zeros = drawn(&chart);
	assert_int_equal(markup_count(zeros, "<rect class=\"part "), 0);
	assert_non_null(strstr(zeros, ">Jul<"));
}

static void test_figures_beyond_all_measure(void **state)
{
	const __int128 most[] = {MARKUP_MOST, MARKUP_LEAST};
	const struct chart_series series[] = {{"a", most}, {"b", most}, {"c", most}};
	struct chart_stack chart = chart_of(series, 3, 2);
	hm_cleanup(hm_freep) char *text = drawn(&chart);
	int64_t y, height;

	(void)state;
	for (const char *at = text; (at = next_part(at, &y, &height));) {
		assert_in_range(y, TOP, TOP + HEIGHT);
		assert_in_range(height, 0, HEIGHT);
	}
}

static void test_description_names_the_most(void **state)
{
	const __int128 a[] = {UNIT, 1500 * UNIT, 2 * UNIT};
	const struct chart_series series[] = {{"a", a}};
	struct chart_stack chart = chart_of(series, 1, 3);
	hm_cleanup(hm_freep) char *text = drawn(&chart);

	(void)state;
	assert_non_null(strstr(text, "<desc>2025-07 to 2025-09 in USD; the most is 1,500.00 in "
				     "2025-08.</desc>"));
	assert_non_null(strstr(text, "role=\"img\""));
	assert_non_null(strstr(text, "<title>Cost by department</title>"));
}

static void test_bars_stay_side_by_side(void **state)
{
	__int128 value[COLUMNS];
	const struct chart_series series[] = {{"a", value}};

	(void)state;
	for (size_t i = 0; i < COLUMNS; i++)
		value[i] = UNIT;
	for (size_t n = 1; n <= COLUMNS; n++) {
		struct chart_stack chart = chart_of(series, 1, n);
		hm_cleanup(hm_freep) char *text = drawn(&chart);
		int64_t end = 0;

		for (const char *at = text; (at = strstr(at, "<rect class=\"part ")); at++) {
			assert_true(markup_hundredths(at, "x") > end);
			end = markup_hundredths(at, "x") + markup_hundredths(at, "width");
		}
		assert_in_range(end, 1, 10000);
	}
}

static void test_totals_where_there_is_room(void **state)
{
	const __int128 a[] = {3000 * UNIT, 0}, b[] = {-500 * UNIT, 0};
	const struct chart_series series[] = {{"a", a}, {"b", b}};
	struct chart_stack chart = chart_of(series, 2, 2);
	hm_cleanup(hm_freep) char *text = drawn(&chart);

	(void)state;
	assert_int_equal(markup_count(text, "class=\"total roomy\""), 1);
	/* over the middle of the bar, and above its upper end */
	assert_non_null(strstr(text, "x=\"8.33%\" y=\"27.00\">2,500<"));
	assert_non_null(strstr(text, "text-anchor=\"middle\" x=\"8.33%\" y=\"291.00\">Jul<"));
	assert_int_equal(markup_count(text, "class=\"grid\""), 4);
	assert_non_null(strstr(text, ">3,000<"));
	assert_non_null(strstr(text, "class=\"y unit\""));
	assert_int_equal(markup_count(text, "class=\"swatch\""), 2);
	assert_int_equal(markup_count(text, "height=\"314.00\""), 1);
}

static void test_no_totals_where_there_is_none(void **state)
{
	__int128 value[COLUMNS];
	const struct chart_series series[] = {{"a", value}};
	struct chart_stack chart = chart_of(series, 1, COLUMNS);
	hm_cleanup(hm_freep) char *text = NULL;

	(void)state;
	for (size_t i = 0; i < COLUMNS; i++)
		value[i] = 1000 * UNIT;
	text = drawn(&chart);
	assert_int_equal(markup_count(text, "class=\"total roomy\""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heights_add_up),
		cmocka_unit_test(test_credits_hang_below_the_line),
		cmocka_unit_test(test_many_series_become_other),
		cmocka_unit_test(test_as_many_series_as_colours_have_their_own),
		cmocka_unit_test(test_names_are_anybodys),
		cmocka_unit_test(test_nothing_to_draw),
		cmocka_unit_test(test_figures_beyond_all_measure),
		cmocka_unit_test(test_description_names_the_most),
		cmocka_unit_test(test_bars_stay_side_by_side),
		cmocka_unit_test(test_totals_where_there_is_room),
		cmocka_unit_test(test_no_totals_where_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
