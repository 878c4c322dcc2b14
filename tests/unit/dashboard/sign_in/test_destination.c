#include "dashboard/sign_in/destination.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_what_is_ours(void **state)
{
	static const struct {
		const char *text, *prefix;
		bool is_ours;
	} cases[] = {
		{"/", "/", true},
		{"/department?unit=7&month=2026-09", "/", true},
		{"/department?back=../..", "/", true},
		{"/a..b/.c", "/", true},
		{"/services/hubmeter/", "/services/hubmeter/", true},
		{"/services/hubmeter/csv/people", "/services/hubmeter/", true},
		{"", "/", false},
		{"department", "/", false},
		{"//evil.example", "/", false},
		{"///evil.example", "/", false},
		{"/\\evil.example", "/", false},
		{"\\\\evil.example", "/", false},
		{"/x\\..\\y", "/", false},
		{"/\t/evil.example", "/", false},
		{"/\n//evil.example", "/", false},
		{" /", "/", false},
		{"https://evil.example/", "/", false},
		{"javascript:alert(1)", "/", false},
		{"/a\xc3\xa4", "/", false},
		{"/hub/logout", "/services/hubmeter/", false},
		{"/services/hubmeter", "/services/hubmeter/", false},
		{"/services/hubmeter.evil/", "/services/hubmeter/", false},
		{"/services/hubmeter/../../hub/logout", "/services/hubmeter/", false},
		{"/services/hubmeter/..", "/services/hubmeter/", false},
		{"/services/hubmeter/..?x", "/services/hubmeter/", false},
		{"/services/hubmeter/.", "/services/hubmeter/", false},
		{"/services/hubmeter/%2e%2E/x", "/services/hubmeter/", false},
		{"/services/hubmeter/.%2e/x", "/services/hubmeter/", false},
		{"/services/hubmeter/%2f/x", "/services/hubmeter/", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (destination_is_ours(cases[i].text, cases[i].prefix) != cases[i].is_ours)
			fail_msg("%s below %s", cases[i].text, cases[i].prefix);
	}
}

static void check(const struct request *request, const char *prefix, const char *wanted)
{
	char destination[DESTINATION_SIZE];

	destination_of(request, prefix, destination);
	assert_string_equal(destination, wanted);
	assert_true(destination_is_ours(destination, prefix));
}

static void test_of_a_request(void **state)
{
	struct request request = {.path = "csv/people", .n_arguments = 2};

	(void)state;
	request.argument[0] = (struct request_argument){"month", "2026-09"};
	request.argument[1] = (struct request_argument){"q", "a&b=\xc3\xa4 #?"};
	check(&request, "/", "/csv/people?month=2026-09&q=a%26b%3D%C3%A4%20%23%3F");
	check(&request, "/services/hubmeter/",
		"/services/hubmeter/csv/people?month=2026-09&q=a%26b%3D%C3%A4%20%23%3F");
	request.is_post = true;
	check(&request, "/services/hubmeter/", "/services/hubmeter/");
}

static void test_of_a_request_that_leads_elsewhere(void **state)
{
	static const struct {
		const char *path, *wanted;
	} cases[] = {{"", "/"}, {"/evil.example", "/"}, {"/evil.example/x", "/"},
		{"\\evil.example", "/%5Cevil.example"}, {"a/../b", "/"}, {"..", "/"}, {"./a", "/"},
		{"%2e%2e/x", "/%252e%252e/x"}, {"https://evil.example", "/https%3A//evil.example"},
		{"a\r\nSet-Cookie: x", "/a%0D%0ASet-Cookie%3A%20x"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct request request = {.path = cases[i].path};

		check(&request, "/", cases[i].wanted);
	}
}

static void test_too_long(void **state)
{
	char path[DESTINATION_SIZE];
	struct request request = {.path = path};

	(void)state;
	memset(path, 'a', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	check(&request, "/", "/");
	path[sizeof(path) - 2] = '\0';
	request.path = path;
	{
		char destination[DESTINATION_SIZE];

		destination_of(&request, "/", destination);
		assert_int_equal(strlen(destination), DESTINATION_SIZE - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_ours),
		cmocka_unit_test(test_of_a_request),
		cmocka_unit_test(test_of_a_request_that_leads_elsewhere),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
