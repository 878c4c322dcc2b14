#include "common/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

static int64_t fixed_time(void *context)
{
	return *(const int64_t *)context;
}

static void test_system_clocks_are_the_kernels(void **state)
{
	int64_t before = (int64_t)time(NULL), now = clock_realtime_usec(&clock_system);
	int64_t first = clock_monotonic_usec(&clock_system);

	(void)state;
	assert_true(now / 1000000 >= before - 1 && now / 1000000 <= (int64_t)time(NULL) + 1);
	assert_true(clock_monotonic_usec(&clock_system) >= first);
	assert_true(clock_boottime_usec(&clock_system) >= first); /* has the suspended time too */
}

static void test_a_test_owns_time(void **state)
{
	int64_t instant = 42;
	const struct clock clock = {fixed_time, fixed_time, fixed_time, &instant};

	(void)state;
	assert_int_equal(clock_realtime_usec(&clock), 42);
	instant = 43;
	assert_int_equal(clock_boottime_usec(&clock), 43);
	assert_int_equal(clock_monotonic_usec(&clock), 43);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_system_clocks_are_the_kernels),
		cmocka_unit_test(test_a_test_owns_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
