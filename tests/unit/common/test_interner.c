#include "common/interner.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static uint32_t add(struct interner *interner, const char *text)
{
	assert_int_equal(interner_reserve(interner, 1, strlen(text) + 1), 0);
	return interner_add(interner, text, strlen(text));
}

static void test_each_text_once(void **state)
{
	struct interner interner;
	char text[16];
	size_t size;

	(void)state;
	assert_int_equal(interner_init(&interner, 7), 0);
	assert_int_equal(add(&interner, ""), INTERNER_EMPTY);
	for (int round = 0; round < 2; round++)
		for (uint32_t i = 1; i <= 3000; i++) {
			snprintf(text, sizeof(text), "name-%u", i);
			assert_int_equal(add(&interner, text), i);
		}
	assert_string_equal(interner_text(&interner, 42, &size), "name-42");
	assert_int_equal(size, 7);
	interner_release(&interner);
}

/* It is filled and cleared for ever: neither text nor memory piles up. */
static void test_clear(void **state)
{
	struct interner interner;
	size_t empty;

	(void)state;
	assert_int_equal(interner_init(&interner, 7), 0);
	empty = interner_used_bytes(&interner);
	assert_int_equal(add(&interner, "ada"), 1);
	assert_true(interner_used_bytes(&interner) > empty);
	interner_clear(&interner);
	assert_int_equal(interner_used_bytes(&interner), empty);
	assert_int_equal(add(&interner, "ben"), 1);
	assert_int_equal(add(&interner, ""), INTERNER_EMPTY);
	interner_release(&interner);
}

static void test_limit(void **state)
{
	struct interner interner;

	(void)state;
	assert_int_equal(interner_init(&interner, 7), 0);
	assert_int_equal(interner_reserve(&interner, 1, INTERNER_MAX_BYTES), -ENOSPC);
	assert_int_equal(add(&interner, "still usable"), 1);
	interner_release(&interner);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_text_once),
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
