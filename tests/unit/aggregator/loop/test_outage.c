/* What is said of an outage, and when it is tried again. */
#include "aggregator/loop/outage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define SECOND (1000LL * 1000)

static const struct outage_backoff backoff = {SECOND, 5 * SECOND};

static void test_waits_ever_longer(void **state)
{
	static const int64_t waits[] = {1, 2, 4, 5, 5};
	struct outage outage = {0};
	int64_t now = 100 * SECOND;

	(void)state;
	assert_true(outage_may_try(&outage, now));
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		(void)outage_failed(&outage, &backoff, now, "refused");
		now += waits[i] * SECOND;
		assert_false(outage_may_try(&outage, now - 1));
		assert_true(outage_may_try(&outage, now));
	}
	(void)outage_over(&outage);
	assert_true(outage_may_try(&outage, now));
	(void)outage_failed(&outage, &backoff, now, "refused");
	assert_true(outage_may_try(&outage, now + SECOND)); /* short again */
}

static void test_announced_once_and_every_ten_minutes(void **state)
{
	struct outage outage = {0};
	unsigned int announced = 0;

	(void)state;
	for (int64_t now = 0; now < 3600 * SECOND; now += 5 * SECOND)
		announced += outage_failed(&outage, &backoff, now, "refused");
	assert_int_equal(announced, 6);
	assert_true(outage_over(&outage));
	assert_false(outage_over(&outage));
}

static void test_a_new_reason_is_news(void **state)
{
	struct outage outage = {0};
	char longer[2 * OUTAGE_REASON_SIZE];

	(void)state;
	assert_true(outage_failed(&outage, &backoff, 1, "refused"));
	assert_false(outage_failed(&outage, &backoff, 2, "refused"));
	assert_true(outage_failed(&outage, &backoff, 3, "starting up"));
	assert_string_equal(outage.reason, "starting up");
	assert_false(outage_failed(&outage, &backoff, 4, outage.reason));
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_true(outage_failed(&outage, &backoff, 5, longer));
	assert_false(outage_failed(&outage, &backoff, 6, longer)); /* kept cut, still the same */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_waits_ever_longer),
		cmocka_unit_test(test_announced_once_and_every_ten_minutes),
		cmocka_unit_test(test_a_new_reason_is_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
