#include "common/instant.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tests/support/random.h"

static void test_instants(void **state)
{
	static const struct {
		const char *text;
		int64_t usec;
	} cases[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"1970-01-01t00:00:00z", 0},
		{"1969-12-31T23:59:59.999999Z", -1},
		{"2026-09-01T00:00:00Z", 1788220800000000},
		{"2026-09-01T02:00:00+02:00", 1788220800000000},
		{"2026-08-31T14:30:00-09:30", 1788220800000000},
		{"2026-09-01T00:00:00-00:00", 1788220800000000},
		{"2026-09-01T00:00:00.5Z", 1788220800500000},
		{"2026-09-01T00:00:00.000001Z", 1788220800000001},
		{"2024-02-29T12:00:00Z", 1709208000000000},
		{"2000-02-28T00:00:00Z", 951696000000000},
		{"2000-02-29T00:00:00Z", 951782400000000},
		{"2000-03-01T00:00:00Z", 951868800000000},
		{"0000-01-01T00:00:00Z", -62167219200000000},
		{"9999-12-31T23:59:59.999999Z", 253402300799999999},
		{"2026-09-01T23:59:59+23:59", 1788220859000000},
	};
	char again[INSTANT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *reason = "";
		int64_t usec = 42;

		if (instant_parse(cases[i].text, &usec, &reason) != 0 || usec != cases[i].usec)
			fail_msg("\"%s\" is read as %lld: %s", cases[i].text, (long long)usec,
				reason);
		assert_int_equal(instant_parse(instant_format(usec, again), &usec, &reason), 0);
		assert_int_equal(usec, cases[i].usec);
	}
	assert_string_equal(instant_format(1788220800000000, again), "2026-09-01T00:00:00Z");
	assert_string_equal(instant_format(-1, again), "1969-12-31T23:59:59.999999Z");
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		const char *reason; /* a part of it */
	} cases[] = {
		{"", "RFC 3339"},
		{"now", "RFC 3339"},
		{"2026-09-01", "RFC 3339"},
		{"2026-09-01 00:00:00Z", "RFC 3339"},
		{"2026-9-1T00:00:00Z", "RFC 3339"},
		{"01.09.2026T00:00:00Z", "RFC 3339"},
		{"2026-09-01T00:00Z", "RFC 3339"},
		{"2026-09-01T00:00:00", "no time zone"},
		{"2026-09-01T00:00:00.5", "no time zone"},
		{"2026-09-01T00:00:00 UTC", "RFC 3339"},
		{"2026-09-01T00:00:00+2", "RFC 3339"},
		{"2026-09-01T00:00:00+0200", "RFC 3339"},
		{"2026-09-01T00:00:00+24:00", "offset"},
		{"2026-09-01T00:00:00+02:60", "offset"},
		{"2026-09-01T00:00:00Zz", "RFC 3339"},
		{"2026-09-01T00:00:00.Z", "RFC 3339"},
		{"2026-09-01T00:00:00.1234567Z", "decimals"},
		{"2026-09-01T00:00:00,5Z", "RFC 3339"},
		{"2026-02-29T00:00:00Z", "no such day"},
		{"2100-02-29T00:00:00Z", "no such day"},
		{"2026-00-01T00:00:00Z", "no such day"},
		{"2026-13-01T00:00:00Z", "no such day"},
		{"2026-09-00T00:00:00Z", "no such day"},
		{"2026-09-31T00:00:00Z", "no such day"},
		{"2026-09-01T24:00:00Z", "time of day"},
		{"2026-09-01T00:60:00Z", "time of day"},
		{"2026-09-01T00:00:61Z", "time of day"},
		{"2016-12-31T23:59:60Z", "leap second"},
		{"-2026-09-01T00:00:00Z", "RFC 3339"},
		{"+2026-09-01T00:00:00Z", "RFC 3339"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *reason = "none";
		int64_t usec = 42;

		if (instant_parse(cases[i].text, &usec, &reason) != -EINVAL || usec != 42 ||
			!strstr(reason, cases[i].reason))
			fail_msg("\"%s\": %s", cases[i].text, reason);
	}
}

/* The C library knows the calendar, too. */
static void test_calendar(void **state)
{
	struct random_source random = {20260901};
	char text[INSTANT_SIZE], expected[INSTANT_SIZE];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		time_t second = (time_t)random_below(&random, 315569520000) - 62167219200;
		const char *reason;
		struct tm tm;
		int64_t usec;

		assert_non_null(gmtime_r(&second, &tm));
		(void)snprintf(expected, sizeof(expected), "%04u-%02u-%02uT%02u:%02u:%02uZ",
			(unsigned)(tm.tm_year + 1900) % 10000, (unsigned)tm.tm_mon % 12 + 1,
			(unsigned)tm.tm_mday % 32, (unsigned)tm.tm_hour % 24,
			(unsigned)tm.tm_min % 60, (unsigned)tm.tm_sec % 61);
		assert_string_equal(instant_format((int64_t)second * 1000000, text), expected);
		assert_int_equal(instant_parse(text, &usec, &reason), 0);
		assert_int_equal(usec, (int64_t)second * 1000000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_instants),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_calendar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
