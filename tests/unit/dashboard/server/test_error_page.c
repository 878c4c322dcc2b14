/* Pages for requests that nobody answers. */
#include "dashboard/server/error_page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_pages(void **state)
{
	static const struct {
		unsigned status;
		const char *title;
	} cases[] = {
		{400, "Not understood"},
		{404, "Not found"},
		{405, "Not allowed"},
		{413, "Too large"},
		{414, "Address too long"},
		{429, "Too many requests"},
		{500, "Failed"},
		{503, "Busy"},
		{599, "Failed"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct response response;

		error_page_make(cases[i].status, "/services/a&b/", &response);
		assert_int_equal(response.status, cases[i].status);
		assert_string_equal(response.type, "text/html; charset=utf-8");
		assert_int_equal(buffer_append(&response.body, "", 1), 0);
		assert_non_null(strstr((char *)response.body.data, cases[i].title));
		assert_non_null(
			strstr((char *)response.body.data, "<a href=\"/services/a&amp;b/\">"));
		response_release(&response);
		assert_null(response.body.data);
	}
}

static void test_redirect(void **state)
{
	struct response response;

	(void)state;
	error_page_redirect("/services/hubmeter/", &response);
	assert_int_equal(response.status, 302);
	assert_string_equal(response.location, "/services/hubmeter/");
	assert_int_equal(response.body.size, 0);
	response_release(&response);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_redirect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
