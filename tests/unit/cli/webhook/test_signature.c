/* Against RFC 4231, test cases 2 and 6. */
#include "cli/webhook/signature.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_a_short_secret(void **state)
{
	char text[SIGNATURE_SIZE];

	(void)state;
	assert_int_equal(signature_make("Jefe", "what do ya want for nothing?", text), 0);
	assert_string_equal(
		text, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void test_a_secret_longer_than_a_block(void **state)
{
	char secret[132], text[SIGNATURE_SIZE];

	(void)state;
	memset(secret, 0xaa, 131);
	secret[131] = '\0';
	assert_int_equal(signature_make(secret,
				 "Test Using Larger Than Block-Size Key - Hash Key First", text),
		0);
	assert_string_equal(
		text, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void test_the_library_is_named(void **state)
{
	(void)state;
	assert_int_equal(strncmp(signature_library(), "libcrypto 3.", 12), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_short_secret),
		cmocka_unit_test(test_a_secret_longer_than_a_block),
		cmocka_unit_test(test_the_library_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
