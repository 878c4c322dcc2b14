/* What a hub may say, and what is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/admission/request.h"

static int parse(
	enum admission_act act, const char *text, struct admission_request *ret, char error[128])
{
	error[0] = '\0';
	return admission_request_parse(act, text, strlen(text), ret, error, 128);
}

static void test_spawn(void **state)
{
	struct admission_request request;
	char error[128];

	(void)state;
	assert_int_equal(parse(ADMISSION_ACT_SPAWN,
				 "{\"hub\": \"h\", \"user\": \"zo\\u00eb\", \"class\": \"a100\", "
				 "\"cpu_milli\": 4000, \"memory_mib\": 8192, \"gpu_milli\": 1000, "
				 "\"max_seconds\": 28800, \"tag\": null, \"hold\": false}",
				 &request, error),
		0);
	assert_string_equal(request.hub, "h");
	assert_string_equal(request.user, "zo\xc3\xab");
	assert_string_equal(request.server, "");
	assert_string_equal(request.class, "a100");
	assert_string_equal(request.tag, "");
	assert_int_equal(request.cpu_milli, 4000);
	assert_int_equal(request.memory_mib, 8192);
	assert_int_equal(request.gpu_milli, 1000);
	assert_int_equal(request.max_seconds, 28800);
	assert_false(request.hold);
	admission_request_release(&request);
}

static void test_release(void **state)
{
	struct admission_request request;
	char error[128];

	(void)state;
	assert_int_equal(
		parse(ADMISSION_ACT_RELEASE, "{\"hub\": \"h\", \"lien\": 7}", &request, error), 0);
	assert_int_equal(request.lien, 7);
	assert_string_equal(request.user, "");
	assert_string_equal(request.reason, "stopped");
	admission_request_release(&request);
}

static void test_refused(void **state)
{
	static const struct {
		enum admission_act act;
		const char *text, *error;
	} cases[] = {
		{ADMISSION_ACT_SPAWN, "", "the body is not JSON"},
		{ADMISSION_ACT_SPAWN, "{\"hub\": \"\xff\"}", "the body is not JSON"},
		{ADMISSION_ACT_SPAWN, "{\"hub\": \"a\\u0000b\"}", "the body is not JSON"},
		{ADMISSION_ACT_SPAWN, "{} x", "the body is not JSON"},
		{ADMISSION_ACT_SPAWN, "{\"hub\": \"h\", \"hub\": \"i\"}", "the body is not JSON"},
		{ADMISSION_ACT_SPAWN, "7", "the body is not JSON"},
		{ADMISSION_ACT_SPAWN, "[]", "the body is no object"},
		{ADMISSION_ACT_SPAWN, "{}", "hub is required"},
		{ADMISSION_ACT_SPAWN, "{\"hub\": null, \"max_seconds\": 1}", "hub is required"},
		{ADMISSION_ACT_SPAWN, "{\"hub\": \"h\"}", "max_seconds is required"},
		{ADMISSION_ACT_SPAWN, "{\"hub\": \"h\", \"max_seconds\": 1}", "user is required"},
		{ADMISSION_ACT_SPAWN, "{\"hub\": 1}", "hub is not a text"},
		{ADMISSION_ACT_SPAWN, "{\"cpu_milli\": 1.0}",
			"cpu_milli is not a whole number from 0 on"},
		{ADMISSION_ACT_SPAWN, "{\"cpu_milli\": -1}",
			"cpu_milli is not a whole number from 0 on"},
		{ADMISSION_ACT_SPAWN, "{\"cpu_milli\": \"1\"}",
			"cpu_milli is not a whole number from 0 on"},
		{ADMISSION_ACT_SPAWN, "{\"hold\": 0}", "hold is not true or false"},
		{ADMISSION_ACT_SPAWN, "{\"lien\": 1}", "\"lien\" is not known"},
		{ADMISSION_ACT_RELEASE, "{\"class\": \"x\"}", "\"class\" is not known"},
		{ADMISSION_ACT_RELEASE, "{\"hub\": \"h\"}", "user is required"},
		{ADMISSION_ACT_RELEASE, "{\"hub\": \"h\", \"lien\": 0}", "user is required"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct admission_request request;
		char error[128];

		assert_int_equal(parse(cases[i].act, cases[i].text, &request, error), -EBADMSG);
		assert_string_equal(error, cases[i].error);
	}
}

static void test_serves(void **state)
{
	(void)state;
	assert_true(admission_serves("", "h"));
	assert_true(admission_serves("h", "h"));
	assert_true(admission_serves("g,h", "h"));
	assert_true(admission_serves("h,g", "h"));
	assert_false(admission_serves("hh,gh", "h"));
	assert_false(admission_serves("h", "hh"));
	assert_false(admission_serves("h,g", "h,g"));
	assert_false(admission_serves("h", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spawn),
		cmocka_unit_test(test_release),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_serves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
