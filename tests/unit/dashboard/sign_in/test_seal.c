#include "dashboard/sign_in/seal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct seal_key key = {.bytes = "0123456789abcdef0123456789abcde"};
static const struct seal_key other_key = {.bytes = "0123456789abcdef0123456789abcdf"};

static int open_as(const char *purpose, const char *text, int64_t now_sec)
{
	char payload[SEAL_PAYLOAD_MAX + 1] = "untouched";
	int r = seal_open(&key, purpose, text, now_sec, payload, sizeof(payload));

	assert_int_equal(strcmp(payload, "untouched") == 0, r < 0);
	return r;
}

static void test_what_was_sealed_opens_until_its_time(void **state)
{
	char sealed[SEAL_SIZE], payload[64];

	(void)state;
	assert_int_equal(seal_make(&key, "session", "hub:ada l\xc3\xb6v", 1000, sealed), 0);
	assert_int_equal(seal_open(&key, "session", sealed, 999, payload, sizeof(payload)), 0);
	assert_string_equal(payload, "hub:ada l\xc3\xb6v");
	assert_int_equal(open_as("session", sealed, 0), 0);
	assert_int_equal(open_as("session", sealed, 1000), -ETIMEDOUT);
	assert_int_equal(open_as("session", sealed, INT64_MAX), -ETIMEDOUT);
}

static void test_only_for_its_purpose_and_by_its_key(void **state)
{
	char sealed[SEAL_SIZE], payload[64];

	(void)state;
	assert_int_equal(seal_make(&key, "state", "x", 1000, sealed), 0);
	assert_int_equal(open_as("state", sealed, 1), 0);
	assert_int_equal(open_as("session", sealed, 1), -EBADMSG);
	assert_int_equal(open_as("stat", sealed, 1), -EBADMSG);
	assert_int_equal(
		seal_open(&other_key, "state", sealed, 1, payload, sizeof(payload)), -EBADMSG);
}

static void test_malformed(void **state)
{
	static const char *const texts[] = {"", ".", "..", "...", "x", "aHVi", "aHVi.1000",
		"aHVi.1000.", "aHVi..", ".1000.", "aHVi.1000.AAAA", "aHVi.1000.AAAA.AAAA",
		"aHVi.1000.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"aHVi.99999999999999999999999999.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"aHVi.1000.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"aHVi.1000.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(open_as("session", texts[i], 1), -EBADMSG);
}

/* Every letter of a sealed text counts. */
static void test_tampered(void **state)
{
	static const char letters[] = "AQ0.-_=z ;";
	char sealed[SEAL_SIZE], changed[SEAL_SIZE + 1];

	(void)state;
	assert_int_equal(seal_make(&key, "session", "hub:ada", 1000, sealed), 0);
	for (size_t at = 0; sealed[at]; at++) {
		for (const char *letter = letters; *letter; letter++) {
			memcpy(changed, sealed, sizeof(sealed));
			changed[at] = *letter;
			if (sealed[at] != *letter)
				assert_int_equal(open_as("session", changed, 1), -EBADMSG);
		}
		(void)snprintf(
			changed, sizeof(changed), "%.*s%s", (int)at, sealed, sealed + at + 1);
		assert_int_equal(open_as("session", changed, 1), -EBADMSG);
		(void)snprintf(changed, sizeof(changed), "%.*s", (int)at, sealed);
		assert_int_equal(open_as("session", changed, 1), -EBADMSG);
	}
	(void)snprintf(changed, sizeof(changed), "%sA", sealed);
	assert_int_equal(open_as("session", changed, 1), -EBADMSG);
}

static void test_sizes(void **state)
{
	char payload[SEAL_PAYLOAD_MAX + 2], sealed[SEAL_SIZE], back[SEAL_PAYLOAD_MAX + 1];
	char huge[2 * SEAL_SIZE];

	(void)state;
	memset(payload, 'p', sizeof(payload));
	payload[SEAL_PAYLOAD_MAX + 1] = '\0';
	assert_int_equal(seal_make(&key, "session", payload, 1, sealed), -E2BIG);
	payload[SEAL_PAYLOAD_MAX] = '\0';
	assert_int_equal(seal_make(&key, "session", payload, INT64_MAX, sealed), 0);
	assert_true(strlen(sealed) < SEAL_SIZE);
	assert_int_equal(seal_open(&key, "session", sealed, 1, back, sizeof(back)), 0);
	assert_string_equal(back, payload);
	assert_int_equal(seal_open(&key, "session", sealed, 1, back, sizeof(back) - 1), -E2BIG);
	memset(huge, 'A', sizeof(huge));
	huge[sizeof(huge) - 1] = '\0';
	assert_int_equal(open_as("session", huge, 1), -EBADMSG);
	assert_int_equal(seal_make(&key, "session", "", 1000, sealed), 0);
	assert_int_equal(open_as("session", sealed, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_sealed_opens_until_its_time),
		cmocka_unit_test(test_only_for_its_purpose_and_by_its_key),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_tampered),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
