/* Round steps, exact places: what all charts are measured by. */
#include "dashboard/chart/private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hubmeter/cleanup.h"
#include "tests/support/markup.h"

#define UNIT ((__int128)CHART_UNIT)

static __int128 power_of_10(unsigned exponent)
{
	return exponent ? 10 * power_of_10(exponent - 1) : 1;
}

static void assert_figure(__int128 figure, const char *expected)
{
	assert_string_equal(chart_figure(figure, 0).text, expected);
}

static void test_steps_are_round(void **state)
{
	static const struct {
		int low, high, scale_low, scale_high, step; /* thousandths */
	} cases[] = {
		{0, 34000000, 0, 40000000, 10000000},
		{0, 5000, 0, 5000, 1000},
		{0, 5001, 0, 6000, 2000},
		{-4200, 38000, -10000, 40000, 10000},
		{-7000, 0, -8000, 0, 2000},
		{0, 7, 0, 8, 2},
		{5000, 9000, 0, 10000, 2000},
		{0, 0, 0, 1000, 1000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct chart_scale scale;

		chart_scale_init(
			&scale, cases[i].low * UNIT / 1000, cases[i].high * UNIT / 1000, 0, 24000);
		assert_true(scale.low == cases[i].scale_low * UNIT / 1000);
		assert_true(scale.high == cases[i].scale_high * UNIT / 1000);
		assert_true(scale.step == cases[i].step * UNIT / 1000);
	}
}

static void test_places_are_exact(void **state)
{
	struct chart_scale scale;

	(void)state;
	chart_scale_init(&scale, -10 * UNIT, 40 * UNIT, 3200, 25000);
	assert_int_equal(chart_scale_y(&scale, 40 * UNIT), 3200);
	assert_int_equal(chart_scale_y(&scale, 0), 23200);
	assert_int_equal(chart_scale_y(&scale, -10 * UNIT), 28200);
	assert_int_equal(chart_scale_y(&scale, 41 * UNIT), 3200);
	assert_int_equal(chart_scale_y(&scale, -11 * UNIT), 28200);
	assert_int_equal(chart_scale_y(&scale, UNIT / 1000), 23200);
}

static void test_every_size_has_a_scale(void **state)
{
	(void)state;
	for (unsigned digits = 0; digits < 38; digits++) {
		for (int sign = -1; sign <= 1; sign += 2) {
			__int128 value = sign * 7 * (power_of_10(digits) / 7 + 1);
			struct chart_scale scale;

			chart_scale_init(&scale, value, value, 0, 24000);
			assert_true(scale.low < scale.high);
			assert_true((scale.high - scale.low) / scale.step <= 6);
			assert_in_range(chart_scale_y(&scale, value), 0, 24000);
			assert_int_equal(chart_scale_y(&scale, scale.high), 0);
			assert_int_equal(chart_scale_y(&scale, scale.low), 24000);
		}
	}
}

static void test_sums_end_where_drawing_ends(void **state)
{
	__int128 most = MARKUP_MOST;

	(void)state;
	assert_true(chart_add(most, most) == power_of_10(36));
	assert_true(chart_add(-most - 1, -most) == -power_of_10(36));
	assert_true(chart_add(3, -5) == -2);
}

static void test_lines_and_labels(void **state)
{
	struct html html = HTML_INIT(1 << 16);
	hm_cleanup(hm_freep) char *text = NULL;
	struct chart_scale scale;

	(void)state;
	chart_scale_init(&scale, -1000 * UNIT, 3000 * UNIT, 1000, 10000);
	chart_scale_draw(&html, &scale, "<USD>");
	chart_scale_draw_zero(&html, &scale);
	text = markup_of(&html);
	assert_true(markup_is_well_formed(text));
	assert_int_equal(markup_count(text, "class=\"grid\""), 4);
	assert_int_equal(markup_count(text, "class=\"zero\""), 1);
	assert_non_null(strstr(text, ">-1,000<"));
	assert_non_null(strstr(text, ">3,000<"));
	assert_non_null(strstr(text, ">&lt;USD&gt;<"));
	assert_int_equal(chart_scale_label_size(&scale, "USD"), strlen("-1,000"));
	assert_int_equal(chart_scale_label_size(&scale, "core-hours"), strlen("core-hours"));
}

static void test_small_steps_have_decimals(void **state)
{
	struct html html = HTML_INIT(1 << 16);
	hm_cleanup(hm_freep) char *text = NULL;
	struct chart_scale scale;

	(void)state;
	chart_scale_init(&scale, 0, UNIT / 100, 0, 10000);
	chart_scale_draw(&html, &scale, "");
	text = markup_of(&html);
	assert_non_null(strstr(text, ">0.000<"));
	assert_non_null(strstr(text, ">0.002<"));
	assert_non_null(strstr(text, ">0.010<"));
}

static void test_figures_are_grouped(void **state)
{
	(void)state;
	assert_figure(0, "0");
	assert_figure(999 * UNIT, "999");
	assert_figure(1000 * UNIT, "1,000");
	assert_figure(-100 * UNIT, "-100");
	assert_figure(-100000 * UNIT, "-100,000");
	assert_string_equal(chart_figure(1234567 * UNIT + UNIT / 8, 2).text, "1,234,567.13");
	assert_string_equal(chart_figure(1, 2).text, "0.000000001");
	assert_string_equal(
		chart_figure(power_of_10(36), 2).text, "1,000,000,000,000,000,000,000,000,000.00");
}

static void test_hundredths(void **state)
{
	(void)state;
	assert_string_equal(chart_fixed(0).text, "0.00");
	assert_string_equal(chart_fixed(1205).text, "12.05");
	assert_string_equal(chart_fixed(-5).text, "-0.05");
	assert_string_equal(chart_fixed(INT64_MIN).text, "-92233720368547758.08");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps_are_round),
		cmocka_unit_test(test_places_are_exact),
		cmocka_unit_test(test_every_size_has_a_scale),
		cmocka_unit_test(test_sums_end_where_drawing_ends),
		cmocka_unit_test(test_lines_and_labels),
		cmocka_unit_test(test_small_steps_have_decimals),
		cmocka_unit_test(test_figures_are_grouped),
		cmocka_unit_test(test_hundredths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
