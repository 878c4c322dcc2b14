/* Laws of splitting an interval over slots. */
#include "aggregator/rollup/slot.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "hubmeter/usage.h"
#include "tests/support/random.h"

#define TURNS 20000

static void test_floor(void **state)
{
	(void)state;
	assert_int_equal(slot_floor(0), 0);
	assert_int_equal(slot_floor(HM_SLOT_USEC - 1), 0);
	assert_int_equal(slot_floor(HM_SLOT_USEC), HM_SLOT_USEC);
	assert_int_equal(slot_floor(-1), -HM_SLOT_USEC);
	assert_int_equal(slot_floor(-HM_SLOT_USEC), -HM_SLOT_USEC);
}

static void test_refused(void **state)
{
	struct slot_span span;

	(void)state;
	assert_int_equal(slot_span_init(&span, 5, 5), -EINVAL);
	assert_int_equal(slot_span_init(&span, 6, 5), -EINVAL);
	assert_int_equal(slot_span_init(&span, INT64_MIN / 2, INT64_MAX / 2), -ERANGE);
}

static void test_whole_inside_one_slot(void **state)
{
	struct slot_split split;
	struct slot_span span;

	(void)state;
	assert_int_equal(slot_span_init(&span, HM_SLOT_USEC + 1, 2 * HM_SLOT_USEC), 0);
	assert_int_equal(span.count, 1);
	assert_int_equal(slot_at(&span, 0), HM_SLOT_USEC);
	slot_split(&span, UINT64_MAX, &split);
	assert_true(slot_share(&split, 0) == UINT64_MAX);
}

/* Three slots, the remainders of 1/4, 1/2, 1/4 of 3 are 3/4, 1/2, 3/4: the first and the last. */
static void test_largest_remainder(void **state)
{
	struct slot_split split;
	struct slot_span span;

	(void)state;
	assert_int_equal(
		slot_span_init(&span, HM_SLOT_USEC / 2, 2 * HM_SLOT_USEC + HM_SLOT_USEC / 2), 0);
	assert_int_equal(span.count, 3);
	slot_split(&span, 3, &split);
	assert_int_equal(slot_share(&split, 0), 1);
	assert_int_equal(slot_share(&split, 1), 1);
	assert_int_equal(slot_share(&split, 2), 1);
	slot_split(&span, 1, &split); /* 1/4, 1/2, 1/4 */
	assert_int_equal(slot_share(&split, 1), 1);
}

static void test_ties_go_to_the_lower_slot(void **state)
{
	struct slot_split split;
	struct slot_span span;

	(void)state;
	assert_int_equal(slot_span_init(&span, 0, 4 * HM_SLOT_USEC), 0);
	slot_split(&span, 6, &split);
	assert_int_equal(slot_share(&split, 0), 2);
	assert_int_equal(slot_share(&split, 1), 2);
	assert_int_equal(slot_share(&split, 2), 1);
	assert_int_equal(slot_share(&split, 3), 1);
}

static uint64_t weight_of(const struct slot_span *span, uint32_t i)
{
	if (i == 0)
		return span->weight_usec[SLOT_PART_FIRST];
	return span->weight_usec[i == span->count - 1 ? SLOT_PART_LAST : SLOT_PART_MIDDLE];
}

/* The total is kept, and every share is the exact one rounded down or up. */
static void check_laws(const struct slot_span *span, uint64_t quantity)
{
	struct slot_split split;
	uint64_t sum = 0;
	uint64_t weights = 0;

	slot_split(span, quantity, &split);
	for (uint32_t i = 0; i < span->count; i++) {
		unsigned __int128 product = (unsigned __int128)quantity * weight_of(span, i);
		uint64_t low = (uint64_t)(product / span->total_usec);
		uint64_t share = slot_share(&split, i);

		assert_true(share == low || (share == low + 1 && product % span->total_usec));
		sum += share;
		weights += weight_of(span, i);
	}
	assert_true(sum == quantity);
	assert_true(weights == span->total_usec);
}

static void test_laws(void **state)
{
	struct random_source random = {1};

	(void)state;
	for (int turn = 0; turn < TURNS; turn++) {
		int64_t start = (int64_t)random_below(&random, 1ULL << 52);
		int64_t length = 1 + (int64_t)random_below(&random, 20 * (uint64_t)HM_SLOT_USEC);
		uint64_t quantity = random_u64(&random) >> (1 + random_below(&random, 63));
		struct slot_span span;

		assert_int_equal(slot_span_init(&span, start, start + length), 0);
		assert_true(slot_at(&span, 0) <= start);
		assert_true(slot_at(&span, 1) > start);
		assert_true(slot_at(&span, span.count) >= start + length);
		assert_true(slot_at(&span, span.count - 1) < start + length);
		check_laws(&span, quantity);
	}
}

/* A window that a late sample closed behind an edge of a slot. UTC, microseconds. */
struct late {
	const char *edge;
	int64_t edge_usec;
	int64_t before_usec, behind_usec;
};

static const struct late late_windows[] = {
	{"an hour", 1773925200000000, 57000000, 3200000},	       /* 2026-03-19 13:00 */
	{"clocks go forward", 1774746000000000, 57000000, 3200000},    /* 2026-03-29 01:00 */
	{"clocks go back", 1792890000000000, 57000000, 3200000},       /* 2026-10-25 01:00 */
	{"a month", 1793491200000000, 1, 59999999},		       /* 2026-11-01 00:00 */
	{"a month, half an hour east", 1793489400000000, 59999999, 1}, /* 2026-10-31 23:30 */
	{"a year", 1798761600000000, HM_SLOT_USEC, 4 * HM_SLOT_USEC},  /* 2027-01-01 */
};

/*
 * Case: a sample that is late, over an edge of an hour, of a month, or of the hour that a change of
 * clocks takes away or repeats: slots are UTC, so that is one like any other. Each side gets its
 * part of the time, and both together all of it.
 */
static void test_late_over_an_edge(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(late_windows) / sizeof(*late_windows); i++) {
		const struct late *late = &late_windows[i];
		uint64_t behind = 0, before = 0;
		struct slot_split split;
		struct slot_span span;

		print_message("%s\n", late->edge);
		assert_int_equal(slot_floor(late->edge_usec), late->edge_usec);
		assert_int_equal(slot_span_init(&span, late->edge_usec - late->before_usec,
					 late->edge_usec + late->behind_usec),
			0);
		slot_split(&span, (uint64_t)(late->before_usec + late->behind_usec), &split);
		for (uint32_t at = 0; at < span.count; at++)
			*(slot_at(&span, at) < late->edge_usec ? &before : &behind) +=
				slot_share(&split, at);
		assert_int_equal(before, late->before_usec);
		assert_int_equal(behind, late->behind_usec);
		check_laws(&span, 7000001);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_floor),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_whole_inside_one_slot),
		cmocka_unit_test(test_largest_remainder),
		cmocka_unit_test(test_ties_go_to_the_lower_slot),
		cmocka_unit_test(test_laws),
		cmocka_unit_test(test_late_over_an_edge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
