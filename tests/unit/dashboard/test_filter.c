/* What an address may choose, and the addresses that choose it. */
#include "dashboard/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool reads(const char *name, const char *value)
{
	const struct request request = {.argument = {{name, value}}, .n_arguments = 1};
	struct filter filter;
	const char *wrong = NULL;
	bool is_right = filter_read(&request, &filter, &wrong);

	assert_true(is_right || strcmp(wrong, name) == 0);
	return is_right;
}

static void test_shapes(void **state)
{
	static const struct {
		const char *name, *value;
		bool is_right;
	} cases[] = {
		{"month", "2026-09", true},
		{"month", "2026-13", false},
		{"month", "2026-00", false},
		{"month", "0000-01", false},
		{"month", "2026-9", false},
		{"month", "2026-09-01", false},
		{"month", "2026-09'", false},
		{"month", "", true},
		{"day", "2026-09-30", true},
		{"day", "2026-09-32", false},
		{"day", "2026-09-00", false},
		{"day", "now", false},
		{"line", "17", true},
		{"line", "999999999999999999", true},
		{"line", "9999999999999999999", false},
		{"line", "-1", false},
		{"line", "1 OR 1=1", false},
		{"unit", "'; DROP TABLE x; --", true},
		{"person", "zo\xc3\xab", true},
	};
	char *long_text = calloc(1, 600);

	(void)state;
	assert_non_null(long_text);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(reads(cases[i].name, cases[i].value), cases[i].is_right);
	memset(long_text, 'x', 599);
	assert_false(reads("unit", long_text));
	free(long_text);
}

static void test_subject_is_not_of_the_address(void **state)
{
	const struct request request = {
		.argument = {{"subject", "{}"}, {"unit", "physics"}}, .n_arguments = 2};
	struct filter filter;
	const char *wrong;

	(void)state;
	assert_true(filter_read(&request, &filter, &wrong));
	assert_string_equal(filter.value[FILTER_SUBJECT], "");
	assert_string_equal(filter.value[FILTER_UNIT], "physics");
}

static void assert_link(const char *page, const struct filter *filter, const char *expected)
{
	struct html html = HTML_INIT(4096);
	struct buffer link;

	filter_print_link(&html, page, filter);
	assert_int_equal(html_finish(&html, &link), 0);
	assert_int_equal(link.size, strlen(expected));
	assert_memory_equal(link.data, expected, link.size);
	buffer_release(&link);
}

static void test_links_keep_what_is_chosen(void **state)
{
	const struct filter filter = {.value = {[FILTER_INSTITUTION] = "north & west",
					      [FILTER_MONTH] = "2026-09",
					      [FILTER_UNIT] = "",
					      [FILTER_SUBJECT] = "{}"}};

	(void)state;
	assert_link("people", &filter, "people?institution=north%20%26%20west&amp;month=2026-09");
	assert_link("", &filter, "./?institution=north%20%26%20west&amp;month=2026-09");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_subject_is_not_of_the_address),
		cmocka_unit_test(test_links_keep_what_is_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
