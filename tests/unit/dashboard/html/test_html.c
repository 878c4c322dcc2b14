/* What others wrote, between markup that we wrote. */
#include "dashboard/html/html.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_markup(struct html *html, const char *expected)
{
	struct buffer body;

	assert_int_equal(html_finish(html, &body), 0);
	assert_int_equal(body.size, strlen(expected));
	assert_memory_equal(body.data, expected, body.size);
	buffer_release(&body);
}

static void test_text_is_escaped(void **state)
{
	struct html html = HTML_INIT(4096);

	(void)state;
	html_print(&html, "<td title=\"%s\">%s</td>", "\"><script>alert('x')</script>", "a&b <b>");
	assert_markup(&html,
		"<td title=\"&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;\">"
		"a&amp;b &lt;b&gt;</td>");
}

static void test_what_is_not_seen_is_shown(void **state)
{
	struct html html = HTML_INIT(4096);

	(void)state;
	html_print(&html, "%s|%s|%s|%s", "ada\x1b[2J",
		"a\xe2\x80\xae"
		"b",
		"Zo\xc3\xab", "\xff<");
	assert_markup(&html, "ada\\u001b[2J|a\\u202eb|Zo\xc3\xab|\\xff&lt;");
}

static void test_numbers(void **state)
{
	struct html html = HTML_INIT(4096);

	(void)state;
	html_print(&html, "%d %u %zu %lld 100%%", -7, 7U, (size_t)8, -9LL);
	assert_markup(&html, "-7 7 8 -9 100%");
}

static void test_arguments_are_encoded(void **state)
{
	struct html html = HTML_INIT(4096);

	(void)state;
	html_print(&html, "people?");
	html_argument(&html, "unit", "a&b=c d");
	html_argument(&html, "person", "zo\xc3\xab<\">'");
	assert_markup(&html, "people?unit=a%26b%3Dc%20d&amp;person=zo%C3%AB%3C%22%3E%27");
}

static void test_the_first_failure_is_kept(void **state)
{
	struct html html = HTML_INIT(8);
	struct buffer body = BUFFER_INIT(0);

	(void)state;
	html_print(&html, "<p>%s", "too long for it");
	html_print(&html, "x");
	assert_int_equal(html_finish(&html, &body), -E2BIG);
	assert_null(body.data);
	html_print(&html, "x");
	html_release(&html);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_is_escaped),
		cmocka_unit_test(test_what_is_not_seen_is_shown),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_arguments_are_encoded),
		cmocka_unit_test(test_the_first_failure_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
