/* The ring of what is in flight, round its end more than once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/publish/in_flight.h"

static struct in_flight ring;

static int clear(void **state)
{
	(void)state;
	in_flight_clear(&ring);
	return 0;
}

static struct in_flight_entry *add(uint64_t sequence)
{
	return in_flight_add(&ring, sequence, (size_t)sequence);
}

static void test_only_an_unbroken_run_counts(void **state)
{
	struct in_flight_entry *first = add(1), *second = add(2), *third = add(3);

	(void)state;
	assert_int_equal(ring.bytes, 6);
	third->is_delivered = second->is_delivered = true;
	assert_int_equal(in_flight_take_delivered(&ring), 0);
	assert_int_equal(in_flight_count(&ring), 3);
	first->is_delivered = true;
	assert_int_equal(in_flight_take_delivered(&ring), 3);
	assert_int_equal(in_flight_count(&ring), 0);
	assert_int_equal(ring.bytes, 0);
}

static void test_entries_stay_where_they_are(void **state)
{
	uint64_t sequence = 0, taken = 0;

	(void)state;
	for (int round = 0; round < 7; round++) {
		struct in_flight_entry *entry[IN_FLIGHT_MAX - 100];
		size_t n = sizeof(entry) / sizeof(*entry);

		for (size_t i = 0; i < n; i++)
			entry[i] = add(++sequence);
		for (size_t i = n; i-- > 0;) {
			assert_int_equal(entry[i]->sequence, sequence - (n - 1 - i));
			entry[i]->is_delivered = true;
		}
		taken = in_flight_take_delivered(&ring);
		assert_int_equal(taken, sequence);
	}
	assert_int_equal(ring.bytes, 0);
}

static void test_the_first_refused_is_named(void **state)
{
	uint64_t last = 77;

	(void)state;
	assert_null(in_flight_refused(&ring, &last));
	assert_int_equal(last, 77);
	add(4)->is_delivered = true;
	add(5);
	add(6)->refusal = 10;
	add(7);
	add(8)->refusal = 87;
	add(9);
	assert_int_equal(in_flight_take_delivered(&ring), 4);
	assert_int_equal(in_flight_refused(&ring, &last)->sequence, 6);
	assert_int_equal(last, 8);
	in_flight_clear(&ring);
	assert_null(in_flight_refused(&ring, &last));
	assert_int_equal(in_flight_count(&ring), 0);
	assert_int_equal(ring.bytes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_only_an_unbroken_run_counts, clear),
		cmocka_unit_test_setup(test_entries_stay_where_they_are, clear),
		cmocka_unit_test_setup(test_the_first_refused_is_named, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
