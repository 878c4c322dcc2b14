#include "dashboard/sign_in/cookie.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct cookie_scope plain = {.prefix = "/"};
static const struct cookie_scope secure = {.prefix = "/services/hubmeter/", .is_secure = true};

static void test_attributes(void **state)
{
	char *line;

	(void)state;
	assert_int_equal(cookie_set(&plain, "a", "b.c", 600, &line), 0);
	assert_string_equal(line, "a=b.c; Path=/; Max-Age=600; HttpOnly; SameSite=Lax");
	free(line);
	assert_int_equal(cookie_set(&secure, "a", "b.c", 600, &line), 0);
	assert_string_equal(line,
		"__Secure-a=b.c; Path=/services/hubmeter/; Max-Age=600; HttpOnly; SameSite=Lax; "
		"Secure");
	free(line);
	assert_int_equal(cookie_delete(&secure, "a", &line), 0);
	assert_string_equal(line,
		"__Secure-a=; Path=/services/hubmeter/; Max-Age=0; HttpOnly; SameSite=Lax; Secure");
	free(line);
}

/* One without the prefix may have been planted by somebody without TLS. */
static void test_a_secure_cookie_is_found_by_its_whole_name(void **state)
{
	const struct request request = {.cookies = "a=planted; __Secure-a=ours"};
	const struct request planted = {.cookies = "a=planted"};
	char value[16];

	(void)state;
	assert_true(cookie_get(&secure, &request, "a", 0, value, sizeof(value)));
	assert_string_equal(value, "ours");
	assert_false(cookie_get(&secure, &planted, "a", 0, value, sizeof(value)));
	assert_true(cookie_get(&plain, &request, "a", 0, value, sizeof(value)));
	assert_string_equal(value, "planted");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_a_secure_cookie_is_found_by_its_whole_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
