/* Who knows the secret, and who nearly does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/admission/token.h"

static void test_matches(void **state)
{
	(void)state;
	assert_true(token_matches("secret", "Bearer secret"));
	assert_true(token_matches("secret", "bearer secret"));
}

static void test_refused(void **state)
{
	static const char *const headers[] = {NULL, "", "Bearer", "Bearer ", "Bearer secre",
		"Bearer secrets", "Bearer Secret", "Bearer  secret", "Basic secret", "secret"};

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		assert_false(token_matches("secret", headers[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
