/* What stands in a URL as it is, and what does not. */
#include "common/percent.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_encoded(const char *text, const char *keep, const char *expected)
{
	struct buffer buffer = BUFFER_INIT(256);

	assert_int_equal(percent_encode(&buffer, text, keep), 0);
	assert_int_equal(buffer.size, strlen(expected));
	assert_memory_equal(buffer.data, expected, buffer.size);
	buffer_release(&buffer);
}

static void test_what_is_to_be_kept(void **state)
{
	(void)state;
	assert_encoded("a/b:c~d", "/", "a/b%3Ac~d");
	assert_encoded("a/b:c~d", "", "a%2Fb%3Ac~d");
}

static void test_all_else_is_encoded(void **state)
{
	(void)state;
	assert_encoded("Az09-._~", "", "Az09-._~");
	assert_encoded("\xc3\xa4%\r\n\x7f+&=", "", "%C3%A4%25%0D%0A%7F%2B%26%3D");
}

static void test_limit(void **state)
{
	struct buffer buffer = BUFFER_INIT(2);

	(void)state;
	assert_int_equal(percent_encode(&buffer, "&", ""), -E2BIG);
	buffer_release(&buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_to_be_kept),
		cmocka_unit_test(test_all_else_is_encoded),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
