#include "dashboard/sign_in/hub_answer.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct buffer answer_of(const char *text)
{
	struct buffer answer = BUFFER_INIT(4096);

	assert_int_equal(buffer_append(&answer, text, strlen(text)), 0);
	return answer;
}

static int token_of(const char *text, char ret[HUB_ANSWER_TOKEN_SIZE])
{
	struct buffer answer = answer_of(text);
	int r = hub_answer_token(&answer, ret);

	buffer_release(&answer);
	return r;
}

static int user_of(const char *text, char ret[HUB_ANSWER_NAME_SIZE])
{
	struct buffer answer = answer_of(text);
	int r = hub_answer_user(&answer, ret);

	buffer_release(&answer);
	return r;
}

/* As JupyterHub 6.1.1 answers. */
static void test_what_a_hub_answers(void **state)
{
	char token[HUB_ANSWER_TOKEN_SIZE], name[HUB_ANSWER_NAME_SIZE];

	(void)state;
	assert_int_equal(
		token_of("{\"access_token\": \"aBc-0_1.~+/=\", \"expires_in\": 1209600, "
			 "\"token_type\": \"Bearer\", \"scope\": \"access:services!service="
			 "hubmeter read:users:name!user\"}",
			token),
		0);
	assert_string_equal(token, "aBc-0_1.~+/=");
	assert_int_equal(
		user_of("{\"kind\": \"user\", \"name\": \"bob\", \"admin\": false, \"groups\": "
			"[\"physics\"], \"session_id\": \"f00\", \"scopes\": []}",
			name),
		0);
	assert_string_equal(name, "bob");
}

static void test_tokens_that_are_none(void **state)
{
	static const char *const texts[] = {"", "{", "[]", "null", "\"x\"", "<html>", "{}",
		"{\"access_token\": \"a\"}", "{\"access_token\": \"a\", \"token_type\": \"mac\"}",
		"{\"access_token\": \"\", \"token_type\": \"Bearer\"}",
		"{\"access_token\": 1, \"token_type\": \"Bearer\"}",
		"{\"access_token\": null, \"token_type\": \"Bearer\"}",
		"{\"access_token\": \"a b\", \"token_type\": \"Bearer\"}",
		"{\"access_token\": \"a\\r\\nX: y\", \"token_type\": \"Bearer\"}",
		"{\"access_token\": \"a\\u0000b\", \"token_type\": \"Bearer\"}",
		"{\"access_token\": \"a\", \"access_token\": \"b\", \"token_type\": \"Bearer\"}",
		"{\"access_token\": \"a\", \"token_type\": \"Bearer\"} x"};
	char token[HUB_ANSWER_TOKEN_SIZE] = "untouched";

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (token_of(texts[i], token) != -EBADMSG)
			fail_msg("%s", texts[i]);
	}
	assert_string_equal(token, "untouched");
}

static void test_a_token_that_does_not_fit(void **state)
{
	char text[2 * HUB_ANSWER_TOKEN_SIZE], token[HUB_ANSWER_TOKEN_SIZE];

	(void)state;
	for (int size = HUB_ANSWER_TOKEN_SIZE - 1; size <= HUB_ANSWER_TOKEN_SIZE; size++) {
		(void)snprintf(text, sizeof(text),
			"{\"token_type\": \"bearer\", \"access_token\": \"%0*d\"}", size, 0);
		assert_int_equal(
			token_of(text, token), size < HUB_ANSWER_TOKEN_SIZE ? 0 : -EBADMSG);
	}
}

static void test_users_that_are_none(void **state)
{
	static const char *const texts[] = {"", "[{\"kind\": \"user\", \"name\": \"bob\"}]",
		"{\"name\": \"bob\"}", "{\"kind\": \"service\", \"name\": \"bob\"}",
		"{\"kind\": \"user\"}", "{\"kind\": \"user\", \"name\": \"\"}",
		"{\"kind\": \"user\", \"name\": [\"bob\"]}",
		"{\"kind\": \"user\", \"name\": \"bob\\u0000eve\"}",
		"{\"kind\": \"user\", \"name\": \"bob\", \"name\": \"eve\"}",
		"{\"kind\": \"user\", \"name\": \"b\xff\"}"};
	char name[HUB_ANSWER_NAME_SIZE] = "untouched";

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (user_of(texts[i], name) != -EBADMSG)
			fail_msg("%s", texts[i]);
	}
	assert_string_equal(name, "untouched");
}

static void test_refusals(void **state)
{
	static const char *const pairs[][2] = {{"{\"error\": \"invalid_grant\"}", "invalid_grant"},
		{"{\"error\": \"invalid_client\", \"x\": 1}", "invalid_client"}, {"{}", ""},
		{"", ""}, {"{\"status\": 403, \"message\": \"Forbidden\"}", ""},
		{"{\"error\": \"Drop Table\"}", ""}, {"{\"error\": 7}", ""},
		{"{\"error\": \"an_error_with_a_name_longer_than_any\"}", ""}};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct buffer answer = answer_of(pairs[i][0]);
		char error[HUB_ANSWER_ERROR_SIZE];

		hub_answer_error(&answer, error);
		assert_string_equal(error, pairs[i][1]);
		buffer_release(&answer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_a_hub_answers),
		cmocka_unit_test(test_tokens_that_are_none),
		cmocka_unit_test(test_a_token_that_does_not_fit),
		cmocka_unit_test(test_users_that_are_none),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
