/* What a browser sent along. */
#include "dashboard/server/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_the_first_argument_counts(void **state)
{
	const struct request request = {
		.argument = {{"unit", "physics"}, {"unit", "history"}, {"month", ""}},
		.n_arguments = 3};

	(void)state;
	assert_string_equal(request_argument(&request, "unit", "none"), "physics");
	assert_string_equal(request_argument(&request, "month", "none"), "");
	assert_string_equal(request_argument(&request, "person", "none"), "none");
}

static void test_cookies(void **state)
{
	static const struct {
		const char *cookies, *expected; /* of "session" in 8 bytes; NULL: none */
	} cases[] = {
		{"", NULL},
		{"session=abc", "abc"},
		{"session=", ""},
		{"a=1; session=abc; b=2", "abc"},
		{"a=session=x;session=abc", "abc"},
		{"my_session=x; session=abc", "abc"},
		{"session", NULL},
		{"sessions=abc", NULL},
		{"session=1234567", "1234567"},
		{"session=12345678", NULL},
		{"session=12345678; session=abc", "abc"},
		{"; ;; session=a=b", "a=b"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct request request = {.cookies = cases[i].cookies};
		char value[8] = "untouch";
		bool is_there = request_cookie(&request, "session", 0, value, sizeof(value));

		assert_int_equal(is_there, cases[i].expected != NULL);
		assert_string_equal(value, cases[i].expected ? cases[i].expected : "untouch");
	}
}

static void test_cookies_of_one_name(void **state)
{
	const struct request request = {.cookies = "a=1; b=2; a=too-long-for-us; a=3"};
	char value[8];

	(void)state;
	assert_true(request_cookie(&request, "a", 0, value, sizeof(value)));
	assert_string_equal(value, "1");
	assert_true(request_cookie(&request, "a", 1, value, sizeof(value)));
	assert_string_equal(value, "3");
	assert_false(request_cookie(&request, "a", 2, value, sizeof(value)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_argument_counts),
		cmocka_unit_test(test_cookies),
		cmocka_unit_test(test_cookies_of_one_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
