#include "dashboard/sign_in/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/dashboard/sign_in/browser.h"
#include "tests/unit/dashboard/sign_in/fake_clock.h"

static int64_t now_usec = 5000000;
static const struct clock test_clock = FAKE_CLOCK(&now_usec);

static void test_a_session_ends_by_itself(void **state)
{
	const struct session_rules rules = {
		.scope = {.prefix = "/", .is_secure = true}, .seconds = 60, .clock = &test_clock};
	struct browser browser = {0};
	struct response response = {.status = 0};
	struct request request = {.cookies = ""};
	char identity[IDENTITY_SIZE];

	(void)state;
	assert_false(session_identify(&rules, &request, identity));
	assert_int_equal(session_begin(&rules, "hub:ada", &response.cookie[0]), 0);
	assert_non_null(
		strstr(response.cookie[0], "; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"));
	assert_int_equal(strncmp(response.cookie[0], "__Secure-hubmeter_session=", 26), 0);
	browser_take(&browser, &response);
	response_release(&response);
	request.cookies = browser_cookies(&browser);
	assert_true(session_identify(&rules, &request, identity));
	assert_string_equal(identity, "hub:ada");
	now_usec += 59999999;
	assert_true(session_identify(&rules, &request, identity));
	now_usec++;
	assert_false(session_identify(&rules, &request, identity));
}

/* A page on our host, or on one beside it, can add cookies before ours, and must not sign anybody
 * out. */
static void test_cookies_that_others_planted(void **state)
{
	const struct session_rules rules = {
		.scope = {.prefix = "/"}, .seconds = 60, .clock = &test_clock};
	char identity[IDENTITY_SIZE], cookies[4096];
	const struct request request = {.cookies = cookies};
	char *line;

	(void)state;
	assert_int_equal(session_begin(&rules, "hub:ada", &line), 0);
	*strchr(line, ';') = '\0';
	(void)snprintf(cookies, sizeof(cookies),
		"hubmeter_session=x; hubmeter_session=a.1.b; %s; hubmeter_session=", line);
	assert_true(session_identify(&rules, &request, identity));
	assert_string_equal(identity, "hub:ada");
	free(line);
}

static void test_the_longest_identity(void **state)
{
	const struct session_rules rules = {
		.scope = {.prefix = "/"}, .seconds = 60, .clock = &test_clock};
	char longest[IDENTITY_SIZE], identity[IDENTITY_SIZE];
	struct request request = {.cookies = ""};
	char *line;

	(void)state;
	memset(longest, 'n', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(session_begin(&rules, longest, &line), 0);
	*strchr(line, ';') = '\0';
	request.cookies = line;
	assert_true(session_identify(&rules, &request, identity));
	assert_string_equal(identity, longest);
	free(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_session_ends_by_itself),
		cmocka_unit_test(test_cookies_that_others_planted),
		cmocka_unit_test(test_the_longest_identity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
