/* A budget's course, from before its first day to after its last. */
#include "dashboard/chart/chart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hubmeter/cleanup.h"
#include "tests/support/markup.h"

#define UNIT   ((__int128)1000000000)
#define TOP    4400
#define HEIGHT 24000

static const char *const days[] = {"2025-07-01", "2025-07-02", "2025-12-31"};
static const __int128 spent[] = {10 * UNIT, 20 * UNIT, 500 * UNIT};

static char *drawn(const struct chart_burn *chart)
{
	struct html html = HTML_INIT(1 << 20);
	char *text;

	chart_burn(&html, chart);
	text = markup_of(&html);
	assert_true(markup_is_well_formed(text));
	assert_int_equal(markup_count(text, "style="), 0);
	return text;
}

static struct chart_burn half_a_year(void)
{
	return (struct chart_burn){.title = "Budget",
		.unit = "USD",
		.first_day = "2025-07-01",
		.last_day = "2026-06-30",
		.day = days,
		.spent = spent,
		.n_days = 3,
		.has_limit = true,
		.limit = 800 * UNIT,
		.has_forecast = true,
		.forecast = 900 * UNIT,
		.low = 850 * UNIT,
		.high = 1000 * UNIT,
		.run_out_day = "2026-05-01"};
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no %s in %s", part, text);
}

static void test_what_is_drawn(void **state)
{
	struct chart_burn chart = half_a_year();
	hm_cleanup(hm_freep) char *text = drawn(&chart);

	(void)state;
	/* 184 of 365 days; 500 of 1000 is half of the height */
	assert_has(text,
		"<polyline class=\"spent\" points=\"0,28400 27,28160 54,27920 5041,16400 \"/>");
	assert_has(text, "<polyline class=\"forecast\" points=\"5041,16400 10000,6800 \"/>");
	assert_has(text, "<polygon class=\"band\" points=\"5041,16400 10000,4400 10000,8000 \"/>");
	assert_has(text, "<line class=\"limit\" x1=\"0\" x2=\"100%\" y1=\"92.00\" y2=\"92.00\"/>");
	assert_has(text, "cx=\"50.41%\" cy=\"164.00\"");
	assert_has(text, "<line class=\"run-out\" x1=\"83.56%\" x2=\"83.56%\" y1=\"92.00\"");
	assert_has(text, "dx=\"-6\" x=\"83.56%\" y=\"275.00\">used up on 1 May 2026<");
	assert_has(text,
		"<line class=\"tick\" x1=\"0.00%\" x2=\"0.00%\" y1=\"284.00\" y2=\"290.00\"/>");
	assert_has(text, "y=\"303.00\">Jul<");
	assert_has(text, ">budget: <b>800.00</b>");
	assert_has(text, ">spent by 31 Dec 2025: <b>500.00</b>");
	assert_has(text, ">forecast for 30 Jun 2026: <b>900.00</b> (850.00 to 1,000.00)");
	assert_int_equal(markup_count(text, "<rect class=\"band\""), 1);
	assert_int_equal(markup_count(text, "class=\"swatch\""), 3);
	assert_has(text,
		"<rect class=\"hit\" x=\"0.54%\" y=\"44.00\" width=\"49.87%\" height=\"240.00\">");
	assert_has(text, ">31 Dec 2025<");
	assert_has(text, "<desc>500.00 USD spent by 2025-12-31 of 800.00; 900.00 expected by "
			 "2026-06-30; used up on 2026-05-01.</desc>");
	assert_int_equal(markup_count(text, "class=\"hit\""), 3);
	assert_int_equal(
		markup_count(text, "class=\"tick\"") + markup_count(text, "class=\"tick roomy\""),
		12);
}

static void test_what_is_not_known_is_not_drawn(void **state)
{
	struct chart_burn chart = half_a_year();
	hm_cleanup(hm_freep) char *text = NULL;

	(void)state;
	chart.n_days = 0;
	chart.has_limit = chart.has_forecast = false;
	chart.run_out_day = NULL;
	text = drawn(&chart);
	assert_null(strstr(text, "class=\"spent\""));
	assert_null(strstr(text, "class=\"limit\""));
	assert_null(strstr(text, "class=\"forecast\""));
	assert_null(strstr(text, "class=\"now\""));
	assert_null(strstr(text, "class=\"run-out\""));
	assert_has(text, "<desc>Nothing spent yet.</desc>");
}

static void test_no_forecast_behind_the_last_day(void **state)
{
	struct chart_burn chart = half_a_year();
	hm_cleanup(hm_freep) char *text = NULL;

	(void)state;
	chart.last_day = "2025-12-31";
	text = drawn(&chart);
	assert_null(strstr(text, "<polyline class=\"forecast\""));
	assert_has(text, "cx=\"100.00%\"");
}

/* Everything stays within the plot. */
static void assert_within(const char *text)
{
	for (const char *at = text; (at = strstr(at, "points=\"")); at++) {
		const char *end = strchr(at + 8, '"');

		for (const char *point = at + 8; point < end;) {
			char *next;
			int64_t x = strtoll(point, &next, 10);
			int64_t y = strtoll(next + 1, &next, 10);

			assert_in_range(x, 0, 10000);
			assert_in_range(y, TOP, TOP + HEIGHT);
			point = next + 1;
		}
	}
	for (const char *at = text; (at = strstr(at, "<rect class=\"hit\"")); at++) {
		int64_t x = markup_hundredths(at, "x"), width = markup_hundredths(at, "width");

		assert_in_range(x, 0, 10000);
		assert_in_range(x + width, 0, 10000);
	}
}

static void test_days_that_are_none_or_elsewhere(void **state)
{
	static const char *const odd[] = {"2024-01-01", "never", "9999-12-31"};
	static const char *const ends[][2] = {{"2025-07-01", "2025-07-01"},
		{"2026-07-01", "2025-07-01"}, {"never", "never"}, {"0000-01-01", "9999-12-31"},
		{"2025-07-01", "2025-08-15"}, {"9999-12-01", "9999-12-31"},
		{"9999-01-01", "9999-12-31"}};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		for (size_t run_out = 0; run_out < 3; run_out++) {
			struct chart_burn chart = half_a_year();
			hm_cleanup(hm_freep) char *text = NULL;

			chart.first_day = ends[i][0];
			chart.last_day = ends[i][1];
			chart.day = odd;
			chart.run_out_day = odd[run_out];
			text = drawn(&chart);
			assert_within(text);
		}
	}
}

static void test_figures_of_any_size(void **state)
{
	static const __int128 odd[] = {MARKUP_MOST, MARKUP_LEAST, 0, 1, -1, -5 * UNIT};
	struct chart_burn chart = half_a_year();
	size_t n = sizeof(odd) / sizeof(odd[0]);

	(void)state;
	for (size_t i = 0; i < n * n * n; i++) {
		const __int128 values[] = {odd[i % n], odd[i / n % n], odd[i / n / n % n]};
		hm_cleanup(hm_freep) char *text = NULL;

		chart.spent = values;
		chart.limit = odd[(i + 1) % n];
		chart.forecast = odd[(i / n + 2) % n];
		chart.low = odd[(i / n + 3) % n];
		chart.high = odd[(i / n / n + 4) % n];
		text = drawn(&chart);
		assert_within(text);
	}
}

/* Labels stand where there is room: behind their line in the first half, before it in the second.
 */
static void test_labels_change_sides(void **state)
{
	struct chart_burn chart = half_a_year();
	hm_cleanup(hm_freep) char *text = NULL;

	(void)state;
	chart.n_days = 2;
	chart.run_out_day = "2025-07-10";
	text = drawn(&chart);
	assert_has(text, "text-anchor=\"start\" dx=\"6\" x=\"2.73%\"");
	assert_has(text, "text-anchor=\"start\" x=\"0.54%\" y=\"13.00\">2 Jul 2025<");
}

static void test_short_lives_have_days_below(void **state)
{
	struct chart_burn chart = half_a_year();
	hm_cleanup(hm_freep) char *text = NULL;

	(void)state;
	chart.last_day = "2025-07-31";
	text = drawn(&chart);
	assert_has(text, ">1 Jul<");
	assert_has(text, ">8 Jul<");
	assert_has(text, ">29 Jul<");
	assert_int_equal(markup_count(text, "class=\"tick\""), 5);
}

static void test_an_open_ended_forecast_does_not_flatten_the_rest(void **state)
{
	struct chart_burn chart = half_a_year();
	hm_cleanup(hm_freep) char *text = NULL;

	(void)state;
	chart.high = 1000000 * UNIT;
	text = drawn(&chart);
	assert_null(strstr(text, ">1,000,000<"));
	assert_has(text, ">1,500<");
	assert_has(text, "(850.00 to 1,000,000.00)");
}

static void test_names_are_anybodys(void **state)
{
	struct chart_burn chart = half_a_year();
	static const char *const odd[] = {"<b>", "<i>", "<u>"};
	hm_cleanup(hm_freep) char *text = NULL;

	(void)state;
	chart.title = "</title><script>";
	chart.unit = "\"<s>";
	chart.day = odd;
	chart.run_out_day = chart.last_day = "<script>";
	text = drawn(&chart);
	assert_null(strstr(text, "<script"));
	assert_null(strstr(text, "<u>"));
}

static void test_long_lives_have_few_marks(void **state)
{
	static char text_of[2000][16];
	static const char *many[2000];
	static __int128 values[2000];
	struct chart_burn chart = half_a_year();
	hm_cleanup(hm_freep) char *text = NULL;

	(void)state;
	for (size_t i = 0; i < 2000; i++) {
		(void)snprintf(text_of[i], sizeof(text_of[i]), "%04u-%02u-%02u",
			(unsigned)(2020 + i / 336), (unsigned)(i / 28 % 12 + 1),
			(unsigned)(i % 28 + 1));
		many[i] = text_of[i];
		values[i] = (__int128)i * UNIT;
	}
	chart.first_day = "2020-01-01";
	chart.last_day = "2029-12-31";
	chart.day = many;
	chart.spent = values;
	chart.n_days = 2000;
	text = drawn(&chart);
	assert_within(text);
	assert_in_range(markup_count(text, "class=\"hit\""), 100, 120);
	assert_in_range(markup_count(text, "class=\"tick"), 8, 13);
	assert_has(text, ": 1,999.00 USD<");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_drawn),
		cmocka_unit_test(test_what_is_not_known_is_not_drawn),
		cmocka_unit_test(test_no_forecast_behind_the_last_day),
		cmocka_unit_test(test_days_that_are_none_or_elsewhere),
		cmocka_unit_test(test_figures_of_any_size),
		cmocka_unit_test(test_labels_change_sides),
		cmocka_unit_test(test_short_lives_have_days_below),
		cmocka_unit_test(test_an_open_ended_forecast_does_not_flatten_the_rest),
		cmocka_unit_test(test_names_are_anybodys),
		cmocka_unit_test(test_long_lives_have_few_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
