#include "dashboard/sign_in/base64url.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_the_vectors_of_rfc_4648(void **state)
{
	static const char *const pairs[][2] = {{"", ""}, {"f", "Zg"}, {"fo", "Zm8"},
		{"foo", "Zm9v"}, {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"},
		{"\xfb\xff\xfe", "-__-"}};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		char text[16];
		uint8_t bytes[16];
		size_t size;

		base64url_encode(pairs[i][0], strlen(pairs[i][0]), text);
		assert_string_equal(text, pairs[i][1]);
		assert_true(strlen(text) < BASE64URL_SIZE(strlen(pairs[i][0])));
		assert_int_equal(
			base64url_decode(text, strlen(text), bytes, sizeof(bytes), &size), 0);
		assert_int_equal(size, strlen(pairs[i][0]));
		assert_memory_equal(bytes, pairs[i][0], size);
	}
}

static void test_what_is_written_otherwise_is_refused(void **state)
{
	static const char *const refused[] = {"Z", "Zg==", "Zg=", "Zm9v\n", " Zg", "Zh", "Zm9",
		"+/+/", "Zm9vY", "Zm8.", "Z\xc3\xa4"};
	uint8_t bytes[16];
	size_t size = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_int_equal(base64url_decode(refused[i], strlen(refused[i]), bytes,
					 sizeof(bytes), &size),
			-EBADMSG);
	assert_int_equal(base64url_decode("Zg\0Z", 4, bytes, sizeof(bytes), &size), -EBADMSG);
	assert_int_equal(size, 77);
}

static void test_no_more_than_fits(void **state)
{
	uint8_t bytes[3];
	size_t size;

	(void)state;
	assert_int_equal(base64url_decode("Zm9v", 4, bytes, 3, &size), 0);
	assert_int_equal(base64url_decode("Zm9v", 4, bytes, 2, &size), -E2BIG);
	assert_int_equal(base64url_decode("Zm9vYg", 6, bytes, 3, &size), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_vectors_of_rfc_4648),
		cmocka_unit_test(test_what_is_written_otherwise_is_refused),
		cmocka_unit_test(test_no_more_than_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
