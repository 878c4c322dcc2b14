#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "collector/meter/amount.h"

#define UNIT 1000u

/* The law of the header, in every window, and no drift over all of them. */
static void test_law_holds_and_nothing_drifts(void **state)
{
	unsigned short seed[3] = {7, 8, 9};
	struct amount amount = {0};
	uint64_t used = 0, reserved = 0, billable = 0;
	uint64_t sent_used = 0, sent_reserved = 0, sent_billable = 0;

	(void)state;
	for (int window = 0; window < 50000; window++) {
		struct amount_whole whole;
		uint64_t u, r, b;

		for (long i = nrand48(seed) % 4; i > 0; i--) {
			u = (uint64_t)nrand48(seed) % 3000;
			r = nrand48(seed) % 3 ? (uint64_t)nrand48(seed) % 3000 : u;
			amount_book(&amount, u, r);
			used += u;
			reserved += r;
			billable += u > r ? u : r;
		}
		whole = amount_whole(&amount, UNIT);
		u = amount_used(&whole);
		r = amount_reserved(&whole);
		b = amount_billable(&whole);
		assert_true(b >= u && b >= r && b <= u + r);
		amount_take(&amount, &whole, UNIT);
		sent_used += u;
		sent_reserved += r;
		sent_billable += b;
		assert_true(sent_used * UNIT <= used && used - sent_used * UNIT < 2 * UNIT);
		assert_true(sent_reserved * UNIT <= reserved &&
			    reserved - sent_reserved * UNIT < 2 * UNIT);
		assert_true(sent_billable * UNIT <= billable &&
			    billable - sent_billable * UNIT < 3 * UNIT);
	}
}

static void test_absurd_sums_saturate(void **state)
{
	struct amount amount = {0};
	struct amount_whole whole;

	(void)state;
	amount_book(&amount, (uint128)UINT64_MAX * UINT64_MAX, 5);
	whole = amount_whole(&amount, 1);
	assert_true(amount_used(&whole) < UINT64_MAX / 4);
	amount_take(&amount, &whole, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_law_holds_and_nothing_drifts),
		cmocka_unit_test(test_absurd_sums_saturate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
