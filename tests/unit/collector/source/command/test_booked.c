#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/source/command/booked.h"
#include "tests/support/random.h"

static void add(struct interval_set *set, const char *workload, int64_t start, int64_t end)
{
	struct usage_interval interval = {.hub = "h",
		.node = "n",
		.workload = workload,
		.username = "u",
		.server = "",
		.tag = "",
		.resource_class = "",
		.kind = HM_WORKLOAD_KIND_JOB,
		.start_usec = start,
		.end_usec = end,
		.quantity = {1}};
	struct interval_conflict conflict;

	assert_int_equal(interval_set_add(set, &interval, 0, &conflict), 0);
}

/* Report one interval: 1 it was new, 0 it was known, or what was said. */
static int report(struct booked *booked, const char *workload, int64_t start, int64_t end)
{
	struct interval_set set;
	struct selection selection;
	uint32_t conflict;
	int r;

	assert_int_equal(interval_set_init(&set, 1), 0);
	add(&set, workload, start, end);
	r = booked_select(booked, &set, UINT32_MAX, &selection, &conflict);
	if (r == 0) {
		r = (int)selection.n_intervals;
		assert_int_equal(booked_add(booked, &selection), 0);
		selection_release(&selection);
	}
	interval_set_release(&set);
	return r;
}

static void test_each_interval_is_new_once(void **state)
{
	struct booked booked = {0};

	(void)state;
	assert_int_equal(report(&booked, "a", 10, 20), 1);
	assert_int_equal(report(&booked, "a", 10, 20), 0);
	assert_int_equal(report(&booked, "b", 10, 20), 1);
	assert_int_equal(report(&booked, "a", 20, 30), 1);
	assert_int_equal(report(&booked, "a", 10, 20), 0);
	assert_int_equal(report(&booked, "a", 25, 40), -EBADMSG);
	assert_int_equal(report(&booked, "a", 50, 60), 1);
	assert_int_equal(report(&booked, "a", 30, 50), 0); /* they come in order */
	booked_release(&booked);
}

static void test_one_output_in_any_order(void **state)
{
	struct booked booked = {0};
	struct interval_set set;
	struct selection selection;
	uint32_t conflict;

	(void)state;
	assert_int_equal(report(&booked, "a", 0, 10), 1);
	assert_int_equal(interval_set_init(&set, 1), 0);
	add(&set, "a", 20, 30);
	add(&set, "b", 5, 6);
	add(&set, "a", 0, 10);
	add(&set, "a", 10, 20);
	assert_int_equal(booked_select(&booked, &set, UINT32_MAX, &selection, &conflict), 0);
	assert_int_equal(selection.n_intervals, 3);
	assert_int_equal(selection.n_workloads, 2);
	selection_release(&selection);
	conflict = 99;
	add(&set, "b", 5, 6); /* twice in one output: which one is meant? */
	assert_int_equal(booked_select(&booked, &set, UINT32_MAX, &selection, &conflict), -EBADMSG);
	assert_true(conflict == 1 || conflict == 4); /* one of the two */
	interval_set_release(&set);
	booked_release(&booked);
}

/* Whoever is forgotten is still not booked twice, and whoever comes later still is. */
static void test_memory_is_bounded(void **state)
{
	struct booked booked = {0};
	struct interval_set set;
	struct selection selection;
	uint32_t conflict;
	char name[16];

	(void)state;
	assert_int_equal(interval_set_init(&set, 1), 0);
	for (int i = 0; i < (int)BOOKED_MAX + 1000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		add(&set, name, i, i + 10);
	}
	assert_int_equal(booked_select(&booked, &set, UINT32_MAX, &selection, &conflict), 0);
	assert_int_equal(selection.n_intervals, BOOKED_MAX + 1000);
	assert_int_equal(booked_add(&booked, &selection), 0);
	selection_release(&selection);
	booked_forget(&booked);
	assert_int_equal(booked.count, BOOKED_MAX);
	assert_int_equal(booked_select(&booked, &set, UINT32_MAX, &selection, &conflict), 0);
	assert_int_equal(selection.n_intervals, 0);
	selection_release(&selection);
	interval_set_release(&set);
	assert_int_equal(report(&booked, "new, began long ago", 0, 50000), 1);
	assert_int_equal(report(&booked, "3", 13, 60000), 1);
	assert_int_equal(report(&booked, "3", 13, 60000), 0);
	booked_release(&booked);
}

/* Law: whatever window of the past a script reports each time, each interval is booked once. */
static void test_a_rolling_report(void **state)
{
	struct booked booked = {0};
	struct random_source random = {.state = 5};
	uint64_t total = 0;

	(void)state;
	for (int64_t now = 1; now < 400; now++) {
		int64_t from = now - (int64_t)random_below(&random, 8);
		struct interval_set set;
		struct selection selection;
		uint32_t conflict;
		char name[16];

		assert_int_equal(interval_set_init(&set, 1), 0);
		for (int64_t end = from > 3 ? from : 3; end <= now; end++) {
			snprintf(name, sizeof(name), "%d", (int)(end % 3));
			add(&set, name, end - 3, end);
		}
		assert_int_equal(
			booked_select(&booked, &set, UINT32_MAX, &selection, &conflict), 0);
		/* those that were left out of several reports in a row are caught up on or not
		 * at all, but never twice */
		total += selection.n_intervals;
		assert_int_equal(booked_add(&booked, &selection), 0);
		selection_release(&selection);
		interval_set_release(&set);
	}
	assert_int_equal(total, 397);
	booked_release(&booked);
}

static void test_state(void **state)
{
	struct booked booked = {0}, restored = {0};
	struct buffer buffer = BUFFER_INIT(1 << 20);
	struct state_writer writer = {.buffer = &buffer};
	struct state_reader reader;

	(void)state;
	assert_int_equal(report(&booked, "a", 10, 20), 1);
	assert_int_equal(report(&booked, "b", 10, 30), 1);
	booked_save(&booked, &writer);
	assert_int_equal(writer.error, 0);
	reader = state_reader_of(buffer.data, buffer.size);
	booked_restore(&restored, &reader);
	assert_int_equal(state_reader_finish(&reader), 0);
	assert_int_equal(report(&restored, "b", 10, 30), 0);
	assert_int_equal(report(&restored, "a", 20, 30), 1);
	booked_release(&restored);
	for (size_t size = 0; size < buffer.size; size++) {
		reader = state_reader_of(buffer.data, size);
		booked_restore(&restored, &reader);
		assert_int_equal(state_reader_finish(&reader), -EBADMSG);
		booked_release(&restored);
	}
	buffer_release(&buffer);
	booked_release(&booked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_interval_is_new_once),
		cmocka_unit_test(test_one_output_in_any_order),
		cmocka_unit_test(test_memory_is_bounded),
		cmocka_unit_test(test_a_rolling_report),
		cmocka_unit_test(test_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
