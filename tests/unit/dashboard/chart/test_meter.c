/* A bar in a cell, within its limit and past it. */
#include "dashboard/chart/chart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hubmeter/cleanup.h"
#include "tests/support/markup.h"

static char *drawn(__int128 value, __int128 limit)
{
	struct html html = HTML_INIT(4096);
	char *text;

	chart_meter(&html, value, limit, "<90 % of a budget");
	text = markup_of(&html);
	assert_true(markup_is_well_formed(text));
	return text;
}

static int64_t width_of(const char *text, const char *class)
{
	const char *at = strstr(text, class);

	return at ? markup_hundredths(at, "width") : -1;
}

static void assert_meter(__int128 value, __int128 limit, int64_t fill, int64_t over)
{
	hm_cleanup(hm_freep) char *text = drawn(value, limit);

	assert_int_equal(width_of(text, "\"fill\""), fill);
	assert_int_equal(width_of(text, "\"over\""), over);
	assert_int_equal(markup_count(text, "class=\"limit\""), over >= 0);
	assert_non_null(strstr(text, "<title>&lt;90 % of a budget</title>"));
}

static void test_share_of_the_limit(void **state)
{
	__int128 most = MARKUP_MOST;

	(void)state;
	assert_meter(0, 100, 0, -1);
	assert_meter(25, 100, 2400, -1);
	assert_meter(100, 100, 9600, -1);
	assert_meter(200, 100, 4800, 4800);
	assert_meter(101, 100, 9505, 95);
	assert_meter(-5, 100, 0, -1);
	assert_meter(most, 1, 0, 9600);
	assert_meter(1, most, 0, -1);
	assert_meter(most / 1000000, most / 1000000, 9600, -1);
}

static void test_no_limit_no_meter(void **state)
{
	hm_cleanup(hm_freep) char *none = drawn(5, 0);
	hm_cleanup(hm_freep) char *negative = drawn(5, -1);

	(void)state;
	assert_string_equal(none, "");
	assert_string_equal(negative, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_share_of_the_limit),
		cmocka_unit_test(test_no_limit_no_meter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
