#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "collector/source/residual.h"
#include "tests/support/random.h"

static void test_cut(void **state)
{
	uint64_t total = 10, weights = 6;

	(void)state;
	assert_int_equal(residual_cut(&total, &weights, 1), 1);
	assert_int_equal(residual_cut(&total, &weights, 2), 3);
	assert_int_equal(residual_cut(&total, &weights, 3), 6);
	assert_int_equal(total, 0);
	assert_int_equal(weights, 0);
	total = 5;
	assert_int_equal(residual_cut(&total, &weights, 0), 0);
	assert_int_equal(total, 5);
}

/* Laws: shares add up, and none is larger in proportion than the whole, rounded up. */
static void test_shares_add_up(void **state)
{
	struct random_source random = {.state = 1};

	(void)state;
	for (int round = 0; round < 20000; round++) {
		uint64_t weight[8], sum = 0, weights = 0, left,
				    times = 1 + random_below(&random, 4);
		uint64_t total;
		size_t n = 1 + random_below(&random, 8);

		for (size_t i = 0; i < n; i++) {
			weight[i] = random_below(&random, 3) ? random_u64(&random) >> 8 : 0;
			weights += weight[i];
		}
		total = weights ? random_below(&random, times * weights + 1) : 0;
		left = total;
		for (size_t i = 0; i < n; i++) {
			uint64_t share = residual_cut(&left, &weights, weight[i]);

			assert_true(share <= times * weight[i]);
			sum += share;
		}
		assert_int_equal(sum, total);
		assert_int_equal(left, 0);
	}
}

static void test_counters_hold_two_ticks_more(void **state)
{
	(void)state;
	assert_true(residual_holds(100, 0, 120, 1, 10));
	assert_false(residual_holds(100, 0, 121, 1, 10));
	assert_false(residual_holds(100, 121, 0, 1, 10));
	assert_true(residual_holds(100, 20, 120, 2, 10));
	assert_false(residual_holds(100, 20, 121, 2, 10));
	assert_true(residual_holds(100, 20, 140, 3, 10));
	assert_true(residual_holds(UINT64_MAX, 5, UINT64_MAX - 5, 3, 10));
	assert_int_equal(residual_clamp(100, 500, 10), 120);
	assert_int_equal(residual_clamp(100, 50, 10), 50);
}

static void test_expected(void **state)
{
	(void)state;
	assert_int_equal(residual_expected(300, 10, 5), 150);
	assert_int_equal(residual_expected(300, 10, 10), 300);
	assert_int_equal(residual_expected(300, 10, 1000), 300);
	assert_int_equal(residual_expected(300, 0, 1000), 0);
	assert_int_equal(residual_expected(UINT64_MAX, 4, 2), UINT64_MAX / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_shares_add_up),
		cmocka_unit_test(test_counters_hold_two_ticks_more),
		cmocka_unit_test(test_expected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
