#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "collector/source/process/residual.h"

static void test_largest_remainder(void **state)
{
	const uint64_t weight[] = {1, 1, 1}, none[] = {0, 0};
	uint64_t share[3];

	(void)state;
	assert_int_equal(residual_share(10, weight, 3, UINT64_MAX, share), 0);
	assert_int_equal(share[0], 4);
	assert_int_equal(share[1], 3);
	assert_int_equal(share[2], 3);
	assert_int_equal(residual_share(5, none, 2, UINT64_MAX, share), 0);
	assert_int_equal(share[0], 3);
	assert_int_equal(share[1], 2);
	assert_int_equal(residual_share(5, weight, 0, UINT64_MAX, share), 5);
}

/* Laws: shares and rest add up, no share above its cap, a rest only when all are full. */
static void test_shares_add_up(void **state)
{
	unsigned short seed[3] = {1, 2, 3};

	(void)state;
	for (int round = 0; round < 20000; round++) {
		uint64_t weight[8], share[8], sum = 0, total = (uint64_t)nrand48(seed);
		size_t n = 1 + (size_t)nrand48(seed) % 8;
		uint64_t cap = nrand48(seed) % 2 ? UINT64_MAX : (uint64_t)nrand48(seed) / 3;
		uint64_t rest;

		for (size_t i = 0; i < n; i++)
			weight[i] = nrand48(seed) % 3
					    ? (uint64_t)nrand48(seed) << (nrand48(seed) % 20)
					    : 0;
		rest = residual_share(total, weight, n, cap, share);
		for (size_t i = 0; i < n; i++) {
			assert_true(share[i] <= cap);
			assert_true(rest == 0 || share[i] == cap);
			sum += share[i];
		}
		assert_int_equal(sum + rest, total);
	}
}

static void test_counters_hold_two_ticks_more(void **state)
{
	(void)state;
	assert_true(residual_holds(100, 0, 120, 10));
	assert_false(residual_holds(100, 0, 121, 10));
	assert_false(residual_holds(100, 121, 0, 10));
	assert_true(residual_holds(UINT64_MAX, 5, UINT64_MAX - 5, 10));
	assert_int_equal(residual_clamp(100, 500, 10), 120);
	assert_int_equal(residual_clamp(100, 50, 10), 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_largest_remainder),
		cmocka_unit_test(test_shares_add_up),
		cmocka_unit_test(test_counters_hold_two_ticks_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
