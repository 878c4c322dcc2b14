/* The first line's target: what it is, and what is none. */
#include "dashboard/server/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HUB "/services/hubmeter/"

static enum target parse(const char *text, const char *prefix, char *storage, struct request *ret)
{
	(void)strcpy(storage, text);
	*ret = (struct request){.n_arguments = 7}; /* of what was there before */
	return target_parse(storage, prefix, ret);
}

static void test_targets(void **state)
{
	static const struct {
		const char *text, *prefix;
		enum target expected;
		const char *path; /* NULL: not looked at */
	} cases[] = {
		{"/", "/", TARGET_PAGE, ""},
		{"/?", "/", TARGET_PAGE, ""},
		{"/department", "/", TARGET_PAGE, "department"},
		{"/csv%2Fpeople", "/", TARGET_PAGE, "csv/people"},
		{"/a+b%20c", "/", TARGET_PAGE, "a+b c"},
		{"/%c3%A9", "/", TARGET_PAGE, "\xc3\xa9"},
		{"/\xc3\xa9", "/", TARGET_PAGE, "\xc3\xa9"},
		{"/../x", "/", TARGET_PAGE, "../x"},
		{HUB, HUB, TARGET_PAGE, ""},
		{HUB "csv/people?x", HUB, TARGET_PAGE, "csv/people"},
		{"/services%2fhubmeter/x", HUB, TARGET_PAGE, "x"},
		{"/services/hubmeter", HUB, TARGET_PREFIX, NULL},
		{"/services/hubmeter?next=x", HUB, TARGET_PREFIX, NULL},
		{"/services/hubmete", HUB, TARGET_FOREIGN, NULL},
		{"/services/hubmeterx", HUB, TARGET_FOREIGN, NULL},
		{"/services/hubmetes", HUB, TARGET_FOREIGN, NULL},
		{"/", HUB, TARGET_FOREIGN, NULL},
		{"//services/hubmeter/", HUB, TARGET_FOREIGN, NULL},
		{"", "/", TARGET_BAD, NULL},
		{"*", "/", TARGET_BAD, NULL},
		{"?a=b", "/", TARGET_BAD, NULL},
		{"http://example.org/", "/", TARGET_BAD, NULL},
		{"%2f", "/", TARGET_BAD, NULL},
		{"/%", "/", TARGET_BAD, NULL},
		{"/%4", "/", TARGET_BAD, NULL},
		{"/%4g", "/", TARGET_BAD, NULL},
		{"/%g4", "/", TARGET_BAD, NULL},
		{"/%%41", "/", TARGET_BAD, NULL},
		{"/%00", "/", TARGET_BAD, NULL},
		{"/%10", "/", TARGET_BAD, NULL},
		{"/%0a", "/", TARGET_BAD, NULL},
		{"/%7f", "/", TARGET_BAD, NULL},
		{"/%c2%85", "/", TARGET_BAD, NULL},
		{"/%c2%9f", "/", TARGET_BAD, NULL},
		{"/%c2%a0", "/", TARGET_PAGE, "\xc2\xa0"},
		{"/\t", "/", TARGET_BAD, NULL},
		{"/%ff", "/", TARGET_BAD, NULL},
		{"/%c0%af", "/", TARGET_BAD, NULL},
		{"/%ed%a0%80", "/", TARGET_BAD, NULL},
		{"/%c3", "/", TARGET_BAD, NULL},
		{"/?%00=1", "/", TARGET_BAD, NULL},
		{"/?a=%00", "/", TARGET_BAD, NULL},
		{"/?a=%zz", "/", TARGET_BAD, NULL},
		{"/?a=%ff", "/", TARGET_BAD, NULL},
	};
	char storage[64];
	struct request request;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(parse(cases[i].text, cases[i].prefix, storage, &request),
			cases[i].expected);
		if (cases[i].path)
			assert_string_equal(request.path, cases[i].path);
	}
}

static void test_arguments(void **state)
{
	char storage[128];
	struct request request;

	(void)state;
	assert_int_equal(parse("/x?unit=physics+1%2b&&month=2026-09&b&=c&a=b=c%26d&", "/", storage,
				 &request),
		TARGET_PAGE);
	assert_int_equal(request.n_arguments, 5);
	assert_string_equal(request.argument[0].name, "unit");
	assert_string_equal(request.argument[0].value, "physics 1+");
	assert_string_equal(request.argument[1].name, "month");
	assert_string_equal(request.argument[1].value, "2026-09");
	assert_string_equal(request.argument[2].name, "b");
	assert_string_equal(request.argument[2].value, "");
	assert_string_equal(request.argument[3].name, "");
	assert_string_equal(request.argument[3].value, "c");
	assert_string_equal(request.argument[4].name, "a");
	assert_string_equal(request.argument[4].value, "b=c&d");
}

static void test_how_many_arguments(void **state)
{
	char text[64] = "/?", storage[64];
	struct request request;

	(void)state;
	for (size_t i = 0; i < REQUEST_ARGUMENTS_MAX; i++)
		(void)strcat(text, "a&");
	assert_int_equal(parse(text, "/", storage, &request), TARGET_PAGE);
	assert_int_equal(request.n_arguments, REQUEST_ARGUMENTS_MAX);
	(void)strcat(text, "a");
	assert_int_equal(parse(text, "/", storage, &request), TARGET_BAD);
}

static void test_length(void **state)
{
	char text[TARGET_MAX + 2], storage[TARGET_MAX + 2];
	struct request request;

	(void)state;
	memset(text, 'a', sizeof(text));
	text[0] = '/';
	text[TARGET_MAX] = '\0';
	assert_int_equal(parse(text, "/", storage, &request), TARGET_PAGE);
	assert_int_equal(strlen(request.path), TARGET_MAX - 1);
	text[TARGET_MAX] = 'a';
	text[TARGET_MAX + 1] = '\0';
	assert_int_equal(parse(text, "/", storage, &request), TARGET_TOO_LONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_how_many_arguments),
		cmocka_unit_test(test_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
