#include "dashboard/sign_in/notice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/dashboard/sign_in/browser.h"

static void test_a_page(void **state)
{
	static const struct notice notice = {.status = 403,
		.title = "No <entry>",
		.text = "Read \"this\":",
		.code = "/run/a&b",
		.link = "/services/hubmeter/x?a=1&b=2",
		.link_text = "Try again"};
	struct response response = {.body = BUFFER_INIT(RESPONSE_LIMIT)};

	(void)state;
	notice_answer(&notice, "/services/hubmeter/", &response);
	assert_int_equal(response.status, 403);
	assert_string_equal(response.type, "text/html; charset=utf-8");
	assert_false(response.may_be_cached);
	assert_true(response_says(
		&response, "<link rel=\"stylesheet\" href=\"/services/hubmeter/style.css\">"));
	assert_true(response_says(&response,
		"<body>\n<main class=\"card sign-in\">\n<h1>No &lt;entry&gt;</h1>\n"
		"<p>Read &quot;this&quot;:</p>\n<p><code>/run/a&amp;b</code></p>\n"
		"<p><a href=\"/services/hubmeter/x?a=1&amp;b=2\">Try again</a></p>\n"
		"</main>\n</body>\n</html>\n"));
	response_release(&response);
}

static void test_what_may_be_left_out(void **state)
{
	static const struct notice notice = {.status = 200, .title = "a", .text = "b"};
	struct response response = {.body = BUFFER_INIT(RESPONSE_LIMIT)};

	(void)state;
	notice_answer(&notice, "/", &response);
	assert_true(response_says(&response, "<h1>a</h1>\n<p>b</p>\n</main>"));
	response_release(&response);
}

static void test_a_redirect(void **state)
{
	struct response response = {.body = BUFFER_INIT(RESPONSE_LIMIT)};

	(void)state;
	notice_redirect(strdup("/x"), &response);
	assert_int_equal(response.status, 302);
	assert_string_equal(response.location, "/x");
	assert_string_equal(response.type, "text/html; charset=utf-8");
	assert_int_equal(response.body.size, 0);
	response_release(&response);
}

static void test_a_fault(void **state)
{
	struct response response = {.body = BUFFER_INIT(RESPONSE_LIMIT)};

	(void)state;
	notice_fault("/services/hubmeter/", &response);
	assert_int_equal(response.status, 500);
	assert_true(response_says(&response, "<a href=\"/services/hubmeter/\">Try again</a>"));
	response_release(&response);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_page),
		cmocka_unit_test(test_what_may_be_left_out),
		cmocka_unit_test(test_a_redirect),
		cmocka_unit_test(test_a_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
