#include "dashboard/sign_in/ration.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/dashboard/sign_in/fake_clock.h"

static void test_once_a_minute_with_the_count(void **state)
{
	struct ration ration = RATION_INIT;
	int64_t now_usec = 5;
	const struct clock clock = FAKE_CLOCK(&now_usec);
	unsigned long count = 77;

	(void)state;
	assert_true(ration_take(&ration, &clock, &count));
	assert_int_equal(count, 1);
	for (int i = 0; i < 9; i++)
		assert_false(ration_take(&ration, &clock, &count));
	now_usec += RATION_USEC - 1;
	assert_false(ration_take(&ration, &clock, &count));
	assert_int_equal(count, 1);
	now_usec++;
	assert_true(ration_take(&ration, &clock, &count));
	assert_int_equal(count, 11);
	assert_false(ration_take(&ration, &clock, &count));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_once_a_minute_with_the_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
