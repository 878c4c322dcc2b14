/* What may be asked for. */
#include "aggregator/retry/request.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define DAY (86400LL * 1000 * 1000)

static void test_what_is_understood(void **state)
{
	static const struct {
		const char *ids, *shift, *reason;
		size_t n_ids;
		int64_t last_id, shift_usec;
	} cases[] = {
		{"1", "", "", 1, 1, 0},
		{"17,18,9223372036854775807", "", "why", 3, INT64_MAX, 0},
		{"1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2", "", "", 18, 2, 0},
		{"5", "+90m", "why", 1, 5, 5400LL * 1000 * 1000},
		{"5", "-3d", "why", 1, 5, -3 * DAY},
		{"5", "-250ms", "why", 1, 5, -250000},
		{"5", "+36600d", "why", 1, 5, REQUEST_MAX_SHIFT_USEC},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct request request;

		assert_int_equal(request_parse(cases[i].ids, cases[i].shift, cases[i].reason,
					 &request, NULL),
			0);
		assert_int_equal(request.n_ids, cases[i].n_ids);
		assert_true(request.id[request.n_ids - 1] == cases[i].last_id);
		assert_true(request.shift_usec == cases[i].shift_usec);
		assert_true((request.reason != NULL) == (*cases[i].reason != '\0'));
		request_release(&request);
	}
}

static void test_what_is_not(void **state)
{
	static const struct {
		const char *ids, *shift, *reason, *fault;
	} cases[] = {
		{"x", "", "", "retry_quarantine"},
		{"0", "", "", "retry_quarantine"},
		{"-1", "", "", "retry_quarantine"},
		{"1,", "", "", "retry_quarantine"},
		{",1", "", "", "retry_quarantine"},
		{"1,,2", "", "", "retry_quarantine"},
		{"1 2", "", "", "retry_quarantine"},
		{"9223372036854775808", "", "", "retry_quarantine"},
		{"1", "3d", "why", "not + or -"},
		{"1", "+", "why", "not + or -"},
		{"1", "+0s", "why", "not + or -"},
		{"1", "--3d", "why", "not + or -"},
		{"1", "+36601d", "why", "not + or -"},
		{"1", "+99999999999999999999d", "why", "not + or -"},
		{"1", "+3d", "", "needs retry_reason"},
		{"1", "+3d", " \t", "needs retry_reason"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct request request = {.n_ids = 7};
		const char *fault = "";

		assert_int_equal(request_parse(cases[i].ids, cases[i].shift, cases[i].reason,
					 &request, &fault),
			-EINVAL);
		assert_non_null(strstr(fault, cases[i].fault));
		assert_int_equal(request.n_ids, 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_understood),
		cmocka_unit_test(test_what_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
