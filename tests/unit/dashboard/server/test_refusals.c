/* What was refused, for the log. */
#include "dashboard/server/refusals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_at_once_then_once_a_minute(void **state)
{
	const int64_t noon = 43200000000, minute = REFUSALS_PAUSE_USEC;
	struct refusals refusals = {0};

	(void)state;
	assert_int_equal(refusals_add(&refusals, REFUSAL_METHOD, 0, noon), 0);
	assert_int_equal(refusals_add(&refusals, REFUSAL_METHOD, 1, noon), 1);
	assert_int_equal(refusals_add(&refusals, REFUSAL_METHOD, 1, noon), 0);
	assert_int_equal(refusals_add(&refusals, REFUSAL_TOO_SLOW, 3, noon), 3);
	assert_int_equal(refusals_add(&refusals, REFUSAL_METHOD, 5, noon + minute - 1), 0);
	assert_int_equal(refusals_add(&refusals, REFUSAL_METHOD, 0, noon + minute), 6);
	assert_int_equal(refusals_add(&refusals, REFUSAL_METHOD, 0, noon + 2 * minute), 0);
	assert_int_equal(refusals_add(&refusals, REFUSAL_METHOD, 1, noon + 2 * minute), 1);
}

static void test_names(void **state)
{
	(void)state;
	for (enum refusal a = 0; a < REFUSAL_COUNT; a++) {
		assert_int_equal(strspn(refusal_name(a), "abcdefghijklmnopqrstuvwxyz_"),
			strlen(refusal_name(a)));
		for (enum refusal b = 0; b < a; b++)
			assert_string_not_equal(refusal_name(a), refusal_name(b));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_at_once_then_once_a_minute),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
