/* Against RFC 4231 (HMAC) and RFC 7636, appendix B (PKCE). */
#include "dashboard/sign_in/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_hmac(void **state)
{
	uint8_t key[CRYPTO_SIZE] = {0}, mac[CRYPTO_SIZE];
	static const uint8_t wanted[] = {0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04,
		0x24, 0x26, 0x08, 0x95, 0x75, 0xc7, 0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27, 0x39, 0x83,
		0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43};

	(void)state;
	memcpy(key, "Jefe", 4); /* a key is filled up with zeros */
	assert_int_equal(crypto_mac(key, "what do ya want for nothing?", 28, mac), 0);
	assert_memory_equal(mac, wanted, sizeof(mac));
}

static void test_the_challenge(void **state)
{
	char challenge[CRYPTO_TEXT_SIZE];

	(void)state;
	assert_int_equal(
		crypto_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", challenge), 0);
	assert_string_equal(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

static void test_secrets_differ_and_fill_their_size(void **state)
{
	char one[CRYPTO_TEXT_SIZE], other[CRYPTO_TEXT_SIZE];

	(void)state;
	assert_int_equal(crypto_secret(one), 0);
	assert_int_equal(crypto_secret(other), 0);
	assert_int_equal(strlen(one), CRYPTO_TEXT_SIZE - 1);
	assert_int_equal(CRYPTO_TEXT_SIZE - 1, 43);
	assert_string_not_equal(one, other);
}

static void test_equal(void **state)
{
	(void)state;
	assert_true(crypto_equal("abc", "abd", 2));
	assert_false(crypto_equal("abc", "abd", 3));
	assert_int_equal(strncmp(crypto_library(), "libcrypto 3.", 12), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hmac),
		cmocka_unit_test(test_the_challenge),
		cmocka_unit_test(test_secrets_differ_and_fill_their_size),
		cmocka_unit_test(test_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
