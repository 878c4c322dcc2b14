/* Ticks: aligned, never doubled, never skipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/tick.h"

#define SECOND_USEC 1000000LL

static void test_alignment(void **state)
{
	const int64_t ten = 10 * SECOND_USEC;

	(void)state;
	assert_int_equal(tick_delay_msec(0, ten), 10000);
	assert_int_equal(tick_delay_msec(1, ten), 10000); /* rounded up: never early */
	assert_int_equal(tick_delay_msec(3 * SECOND_USEC, ten), 7000);
	assert_int_equal(tick_delay_msec(9899999, ten), 101);
	/* 100 ms before a tick is that tick: the next one is meant */
	assert_int_equal(tick_delay_msec(9900000, ten), 10100);
	assert_int_equal(tick_delay_msec(9999999, ten), 10001);
	assert_int_equal(tick_delay_msec(-3 * SECOND_USEC, ten), 3000);
}

static void test_number(void **state)
{
	const int64_t minute = 60 * SECOND_USEC;

	(void)state;
	assert_int_equal(tick_number(0, minute), 0);
	assert_int_equal(tick_number(minute - 100001, minute), 0);
	assert_int_equal(tick_number(minute - 100000, minute), 1);
	assert_int_equal(tick_number(minute, minute), 1);
	assert_int_equal(tick_number(-1, minute), 0); /* slack */
	assert_int_equal(tick_number(-100001, minute), -1);
	assert_int_equal(tick_slack_usec(200000), 20000);
}

/* Whatever a timer does within its slack: every tick once, and in step with UTC. */
static void test_law(void **state)
{
	static const int64_t interval[] = {
		100000, 250000, SECOND_USEC, 7 * SECOND_USEC, 10 * SECOND_USEC, 3600 * SECOND_USEC};
	uint64_t random = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(interval) / sizeof(*interval); i++) {
		int64_t now = 1700000000LL * SECOND_USEC + 123457;
		int64_t slack = tick_slack_usec(interval[i]);

		for (int n = 0; n < 2000; n++) {
			int64_t number = tick_number(now, interval[i]);
			int64_t error;

			now += (int64_t)tick_delay_msec(now, interval[i]) * 1000;
			random = random * 6364136223846793005u + 1442695040888963407u;
			error = (int64_t)((random >> 33) % (uint64_t)(2 * slack)) - slack;
			assert_in_range(now - (number + 1) * interval[i], 0, 999);
			assert_int_equal(tick_number(now + error, interval[i]), number + 1);
			now += error;
		}
	}
}

static void test_deadline(void **state)
{
	(void)state;
	assert_int_equal(deadline_delay_msec(5, 5), 0);
	assert_int_equal(deadline_delay_msec(6, 5), 0);
	assert_int_equal(deadline_delay_msec(5, 6), 1);
	assert_int_equal(deadline_delay_msec(0, 1000), 1);
	assert_int_equal(deadline_delay_msec(0, 1001), 2);
	assert_int_equal(deadline_delay_msec(0, INT64_MAX), 86400000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alignment),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_law),
		cmocka_unit_test(test_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
