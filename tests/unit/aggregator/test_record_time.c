/* Whose clock a record's time is, and how far it is believed. */
#include "aggregator/record_time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NOW  1788220800000000LL
#define DAY  (86400LL * 1000 * 1000)
#define YEAR (366 * DAY)

static void test_whom_to_believe(void **state)
{
	static const struct {
		enum record_clock clock;
		int64_t usec, trusted;
	} cases[] = {
		{RECORD_CLOCK_BROKER, NOW + 5, NOW + 5},
		{RECORD_CLOCK_BROKER, NOW - 3 * YEAR, NOW - 3 * YEAR},
		{RECORD_CLOCK_BROKER, NOW + 3 * YEAR, NOW + 3 * YEAR},
		{RECORD_CLOCK_NONE, NOW + 5, NOW},
		{RECORD_CLOCK_NONE, -1, NOW},
		{RECORD_CLOCK_PRODUCER, NOW, NOW},
		{RECORD_CLOCK_PRODUCER, NOW - YEAR, NOW - YEAR},
		{RECORD_CLOCK_PRODUCER, NOW - YEAR - 1, NOW - YEAR},
		{RECORD_CLOCK_PRODUCER, INT64_MIN, NOW - YEAR},
		{RECORD_CLOCK_PRODUCER, NOW + DAY, NOW + DAY},
		{RECORD_CLOCK_PRODUCER, NOW + DAY + 1, NOW + DAY},
		{RECORD_CLOCK_PRODUCER, INT64_MAX, NOW + DAY},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct record_time time = {cases[i].clock, cases[i].usec};

		assert_true(record_time_trusted(&time, NOW) == cases[i].trusted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_whom_to_believe)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
