/* Cells that say by their shape what their colour says. */
#include "dashboard/chart/chart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hubmeter/cleanup.h"
#include "tests/support/markup.h"

static const char *const hubs[] = {"hub-1", "a-very-long-name-of-a-hub-that-goes-on", "<script>&"};
static const char *const days[] = {"2026-03-30", "2026-03-31", "2026-04-01"};

static char *drawn(const struct chart_heat *chart)
{
	struct html html = HTML_INIT(1 << 20);
	char *text;

	chart_heat(&html, chart);
	text = markup_of(&html);
	assert_true(markup_is_well_formed(text));
	assert_int_equal(markup_count(text, "style="), 0);
	return text;
}

static struct chart_heat chart_of(const int *percent)
{
	return (struct chart_heat){.title = "Observed",
		.row = hubs,
		.n_rows = 3,
		.column = days,
		.n_columns = 3,
		.percent = percent};
}

/* The first element with @class in the cell that says @title. */
static const char *mark_of(const char *text, const char *title, const char *class)
{
	const char *cell = strstr(text, title);
	const char *mark;

	assert_non_null(cell);
	mark = strstr(cell, class);
	assert_non_null(mark);
	assert_true(mark < strstr(cell, "</g>"));
	return mark;
}

static void test_each_state_has_its_shape(void **state)
{
	const int percent[] = {100, 99, 90, 89, 50, 49, 1, 0, -1};
	struct chart_heat chart = chart_of(percent);
	hm_cleanup(hm_freep) char *text = drawn(&chart);
	int64_t whole, most, least;

	(void)state;
	whole = markup_hundredths(mark_of(text, "hub-1, 2026-03-30: 100 %", "h4"), "height");
	most = markup_hundredths(mark_of(text, "hub-1, 2026-03-31: 99 %", "h3"), "height");
	least = markup_hundredths(mark_of(text, "2026-03-30: 1 %", "h1"), "height");
	assert_true(least > 0);
	assert_true(least < most);
	assert_true(most < whole - 300);
	(void)mark_of(text, ": 90 %", "h3");
	(void)mark_of(text, ": 89 %", "h2");
	(void)mark_of(text, ": 50 %", "h2");
	(void)mark_of(text, ": 49 %", "h1");
	(void)mark_of(text, "2026-03-31: 0 %", "<rect class=\"h0\"");
	(void)mark_of(text, "2026-03-31: 0 %", "strike");
	(void)mark_of(text, "nothing expected", "<circle class=\"none\"");
}

static void test_description_counts(void **state)
{
	const int percent[] = {100, 99, 90, 89, 50, 49, 1, 0, -1};
	struct chart_heat chart = chart_of(percent);
	hm_cleanup(hm_freep) char *text = drawn(&chart);

	(void)state;
	assert_non_null(strstr(text, "<desc>Of 8 days, 1 were observed whole, 6 in part, 1 not at "
				     "all.</desc>"));
}

/* Days stand above their columns, each kind of cell in the legend. */
static void test_what_explains_it(void **state)
{
	const int percent[9] = {0};
	struct chart_heat chart = chart_of(percent);
	hm_cleanup(hm_freep) char *text = drawn(&chart);

	(void)state;
	assert_non_null(strstr(text, "text-anchor=\"start\" x=\"0.00%\" y=\"13.00\">30 Mar<"));
	assert_non_null(strstr(text, "text-anchor=\"start\" x=\"14.28%\" y=\"13.00\">1 Apr<"));
	assert_int_equal(markup_count(text, "class=\"swatch\""), 6);
	assert_non_null(strstr(text, "</svg>whole day</li>"));
	assert_non_null(strstr(text, "</svg>nothing expected</li>"));
	assert_non_null(strstr(text, " height=\"120.00\""));
}

static void test_names_are_anybodys_and_cut(void **state)
{
	const int percent[9] = {0};
	struct chart_heat chart = chart_of(percent);
	hm_cleanup(hm_freep) char *text = drawn(&chart);

	(void)state;
	assert_null(strstr(text, "<script>"));
	assert_non_null(strstr(text, ">&lt;script&gt;&amp;<"));
	assert_non_null(strstr(text, "</title>a-very-long-name-of-a-hub\xe2\x80\xa6<"));
	assert_non_null(strstr(text, "</title>a-very-long-\xe2\x80\xa6<"));
	assert_int_equal(markup_count(text, "y tight"), 1);
}

static void test_percentages_outside_are_at_the_ends(void **state)
{
	const int percent[] = {101, 2147483647, -2, -2147483647 - 1, 0, 0, 0, 0, 0};
	struct chart_heat chart = chart_of(percent);
	hm_cleanup(hm_freep) char *text = drawn(&chart);

	(void)state;
	(void)mark_of(text, "hub-1, 2026-03-31", "h4");
	(void)mark_of(text, "2026-04-01: nothing expected", "none");
}

static void test_nothing_to_draw(void **state)
{
	struct chart_heat chart = chart_of(NULL);
	hm_cleanup(hm_freep) char *no_rows = NULL, *no_columns = NULL;

	(void)state;
	chart.n_rows = 0;
	no_rows = drawn(&chart);
	chart.n_rows = 3;
	chart.n_columns = 0;
	no_columns = drawn(&chart);
	assert_non_null(strstr(no_rows, "<desc>Of 0 days"));
	assert_non_null(strstr(no_columns, ">hub-1<"));
}

static void test_cells_stay_side_by_side(void **state)
{
	static const char *many[400];
	static int percent[400];
	struct chart_heat chart = chart_of(percent);

	(void)state;
	for (size_t i = 0; i < 400; i++) {
		many[i] = days[i % 3];
		percent[i] = 100;
	}
	chart.column = many;
	chart.n_rows = 1;
	for (chart.n_columns = 1; chart.n_columns <= 400; chart.n_columns += 57) {
		hm_cleanup(hm_freep) char *text = drawn(&chart);
		int64_t end = -1;

		text[strstr(text, "<figcaption>") - text] = '\0';
		assert_int_equal(markup_count(text, "\"h4\""), chart.n_columns);
		for (const char *at = text; (at = strstr(at, "<rect class=\"h4\"")); at++) {
			assert_true(markup_hundredths(at, "x") > end);
			end = markup_hundredths(at, "x") + markup_hundredths(at, "width") - 1;
		}
		assert_in_range(end, 1, 10000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_state_has_its_shape),
		cmocka_unit_test(test_description_counts),
		cmocka_unit_test(test_what_explains_it),
		cmocka_unit_test(test_names_are_anybodys_and_cut),
		cmocka_unit_test(test_percentages_outside_are_at_the_ends),
		cmocka_unit_test(test_nothing_to_draw),
		cmocka_unit_test(test_cells_stay_side_by_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
