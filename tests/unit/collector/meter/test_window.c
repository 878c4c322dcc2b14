/*
 * The window by itself: batches that stay small whatever people call themselves, and the node's
 * counter where it starts over.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/meter/window.h"
#include "proto/validate.h"

#define MINUTE_USEC 60000000
#define CORES	    64

static const uint8_t boot_id[HM_BOOT_ID_SIZE] = {1};

/* What all committed batches say together. */
struct totals {
	uint64_t rows_usec, system_usec, capacity_usec, coverage_msec;
	size_t n_rows, n_batches;
};

static struct window a_minute(void)
{
	return (struct window){.end_boottime_usec = MINUTE_USEC,
		.start_realtime_usec = MINUTE_USEC,
		.end_realtime_usec = 2 * MINUTE_USEC,
		.has_start = true,
		.node = {.cores = CORES,
			.memory_total_bytes = 1 << 30,
			.observed_usec = MINUTE_USEC}};
}

static void book_cpu(struct workload *workload, uint64_t usec)
{
	struct interval interval = {.start_usec = 0, .end_usec = MINUTE_USEC};

	interval.used[HM_RESOURCE_CPU_USEC] = (uint128)usec * CPU_FINE_PER_USEC;
	workload_book(workload, &interval);
}

/* Names as long as they may be, and none like another. */
static struct workload *add_noisy(struct window *window, unsigned int number)
{
	char id[32], user[256], server[256], tag[256];
	struct workload *workload;

	snprintf(id, sizeof(id), "%u", number);
	snprintf(user, sizeof(user), "u%0254u", number);
	snprintf(server, sizeof(server), "s%0254u", number);
	snprintf(tag, sizeof(tag), "t%0254u", number);
	workload = window_workload(window, HM_WORKLOAD_KIND_PROCESS, id, 0);
	assert_int_equal(workload_identify(workload, user, server, tag), 0);
	return workload;
}

static void take_one(struct window *window, struct totals *totals)
{
	struct hm_wire_limits limits = {
		.now_usec = 2 * MINUTE_USEC, .max_age_usec = 1, .max_future_usec = 1};
	struct hm_batch batch;

	assert_int_equal(window_close(window, "h", "n", "c", boot_id, &batch), 0);
	batch.sequence = 1;
	batch.stream[0] = 1;
	assert_string_equal(hm_reject_name(hm_batch_validate(&batch, &limits)), "none");
	assert_true(hm_wire_size(&batch) <= WINDOW_BATCH_MAX_SIZE);
	assert_int_equal(batch.window_start_usec, MINUTE_USEC);
	assert_int_equal(batch.window_end_usec, 2 * MINUTE_USEC);
	for (size_t i = 0; i < batch.n_rows; i++) {
		totals->rows_usec += batch.quantity[HM_QUANTITY_CPU_USED_USEC][i];
		assert_true(batch.flags[i] & HM_FLAG_CLOCK_STEP);
	}
	totals->system_usec += batch.node_row.system[HM_RESOURCE_CPU_USEC];
	totals->capacity_usec += batch.node_row.capacity[HM_RESOURCE_CPU_USEC];
	totals->coverage_msec += batch.node_row.coverage_msec;
	totals->n_rows += batch.n_rows;
	totals->n_batches++;
	window_commit(window);
}

/* Anybody can start many processes with long names: each batch stays small and nothing is lost. */
static void test_a_batch_has_a_budget(void **state)
{
	struct window window = a_minute();
	struct totals totals = {0};
	struct hm_batch none;

	(void)state;
	window.flags = HM_FLAG_CLOCK_STEP;
	window.node.cpu_usec = 3000 * 1000 + 777;
	for (unsigned int i = 0; i < 3000; i++) {
		struct workload *workload = add_noisy(&window, i);

		book_cpu(workload, 1000);
		if (i % 2)
			workload_end(workload, MINUTE_USEC);
	}
	do
		take_one(&window, &totals);
	while (window_has_waiting(&window));
	assert_true(totals.n_batches >= 4);
	assert_int_equal(totals.n_rows, 3000);
	assert_int_equal(totals.rows_usec, 3000 * 1000);
	assert_int_equal(totals.system_usec, 777);
	assert_int_equal(totals.capacity_usec, (uint64_t)CORES * MINUTE_USEC);
	assert_int_equal(totals.coverage_msec, MINUTE_USEC / 1000);
	assert_int_equal(window.n_workloads, 1500);
	assert_int_equal(window.node.cpu_usec, 0);
	assert_int_equal(window.node.cpu_deficit_usec, 0);
	assert_int_equal(window_close(&window, "h", "n", "c", boot_id, &none), -EAGAIN);
	window_release(&window);
}

/* The rest could not be written at once: it is part of the next window, and still adds up. */
static void test_rows_that_wait_may_wait_longer(void **state)
{
	struct window window = a_minute();
	struct totals totals = {0};
	struct hm_batch batch;
	uint64_t rows = 0;

	(void)state;
	window.flags = HM_FLAG_CLOCK_STEP;
	window.node.cpu_usec = 1000 * 1000 + 500;
	for (unsigned int i = 0; i < 1000; i++)
		book_cpu(add_noisy(&window, i), 1000);
	take_one(&window, &totals);
	assert_true(window_has_waiting(&window));
	assert_int_equal(window_close(&window, "h", "n", "c", boot_id, &batch), 0);
	window.end_boottime_usec += MINUTE_USEC; /* not committed: a pass comes first */
	window.end_realtime_usec += MINUTE_USEC;
	window.node.cpu_usec += 200;
	do {
		assert_int_equal(window_close(&window, "h", "n", "c", boot_id, &batch), 0);
		for (size_t i = 0; i < batch.n_rows; i++)
			rows += batch.quantity[HM_QUANTITY_CPU_USED_USEC][i];
		totals.system_usec += batch.node_row.system[HM_RESOURCE_CPU_USEC];
		window_commit(&window);
	} while (window_has_waiting(&window));
	assert_int_equal(totals.rows_usec + rows, 1000 * 1000);
	assert_int_equal(totals.system_usec, 700);
	assert_int_equal(window.node.cpu_usec, 0);
	window_release(&window);
}

/* More workloads than a batch may have rows. */
static void test_more_rows_than_fit(void **state)
{
	struct window window = a_minute();
	struct totals totals = {0};

	(void)state;
	window.flags = HM_FLAG_CLOCK_STEP;
	for (unsigned int i = 0; i < HM_MAX_ROWS + 500; i++) {
		struct workload *workload =
			window_workload(&window, HM_WORKLOAD_KIND_PROCESS, "id", 0);

		book_cpu(workload, 1);
		workload_end(workload, 5);
	}
	do
		take_one(&window, &totals);
	while (window_has_waiting(&window));
	assert_int_equal(totals.rows_usec, HM_MAX_ROWS + 500);
	assert_int_equal(window.n_workloads, 0);
	assert_null(window.workloads);
	window_release(&window);
}

static uint64_t booked_usec(struct window *window, uint64_t before_usec, uint64_t after_usec)
{
	struct node_sample before = {.busy_usec = before_usec, .cores = 2};
	struct node_sample after = {.busy_usec = after_usec, .cores = 2};
	uint64_t cpu_usec = window->node.cpu_usec;

	window_book_node(window, &before, &after, 1000000, 1000000);
	assert_true(after.busy_usec == after_usec || after.busy_usec == before_usec);
	return window->node.cpu_usec - cpu_usec + (after.busy_usec - after_usec) * 1000000000;
}

/* A counter that falls by two ticks stands still; one that falls further started over. */
static void test_the_nodes_counter(void **state)
{
	struct window window = {0};

	(void)state;
	assert_int_equal(booked_usec(&window, 5000000, 5500000), 500000);
	assert_int_equal(booked_usec(&window, 5000000, 5000000), 0);
	assert_int_equal(booked_usec(&window, 5000000, 4960000), 40000ull * 1000000000);
	assert_int_equal(window.flags, 0);
	assert_int_equal(booked_usec(&window, 5000000, 4959999), 0);
	assert_int_equal(window.flags, HM_FLAG_RESET);
	window.flags = 0;
	assert_int_equal(booked_usec(&window, 5000000, 69000000), 64000000);
	assert_int_equal(window.flags, 0);
	assert_int_equal(booked_usec(&window, 5000000, 69000001), 0);
	assert_int_equal(window.flags, HM_FLAG_RESET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_batch_has_a_budget),
		cmocka_unit_test(test_rows_that_wait_may_wait_longer),
		cmocka_unit_test(test_more_rows_than_fit),
		cmocka_unit_test(test_the_nodes_counter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
