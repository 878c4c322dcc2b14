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
	uint64_t rows_usec, system_usec, capacity_usec, coverage_msec, measured_usec;
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

static void measure(struct window *window, uint64_t cpu_usec)
{
	window->node.cpu_usec += cpu_usec;
	window->node.measured.cpu_usec += cpu_usec;
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
	assert_int_equal(batch.node_row.measured.is_measured, totals->n_batches == 0);
	totals->measured_usec += batch.node_row.measured.cpu_usec;
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
	measure(&window, 3000 * 1000 + 777);
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
	assert_int_equal(totals.measured_usec, 3000 * 1000 + 777);
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

#define HELD UINT64_MAX

/* What is booked of a second in which the counter of two CPUs went so; HELD: the old value stands.
 */
static uint64_t booked_usec(struct window *window, uint64_t before_usec, uint64_t after_usec)
{
	struct node_sample before = {.busy_usec = before_usec, .cores = 2};
	struct node_sample after = {.busy_usec = after_usec, .cores = 2};
	uint64_t cpu_usec = window->node.cpu_usec;
	uint64_t measured_usec = window->node.measured.cpu_usec;

	window_book_node(window, &before, &after, 1000000, 1000000);
	assert_int_equal(
		window->node.cpu_usec - cpu_usec, window->node.measured.cpu_usec - measured_usec);
	if (after.busy_usec != after_usec) {
		assert_int_equal(after.busy_usec, before_usec);
		assert_int_equal(window->node.cpu_usec, cpu_usec);
		return HELD;
	}
	return window->node.cpu_usec - cpu_usec;
}

static uint32_t take_flags(struct window *window)
{
	uint32_t flags = window->node.measured.flags;

	window->node.measured.flags = 0;
	assert_int_equal(window->flags, 0); /* no counter of a workload did anything */
	return flags;
}

/* A counter that falls by two ticks stands still; one that falls further started over. */
static void test_the_nodes_counter(void **state)
{
	struct window window = {0};

	(void)state;
	assert_int_equal(booked_usec(&window, 5000000, 5500000), 500000);
	assert_int_equal(booked_usec(&window, 5000000, 5000000), 0);
	assert_true(booked_usec(&window, 5000000, 4960000) == HELD);
	assert_int_equal(take_flags(&window), 0);
	/* more than two CPUs can have done in a second: they went away with all they did */
	assert_int_equal(booked_usec(&window, 5000000, 4959999), 0);
	assert_int_equal(take_flags(&window), HM_FLAG_RESET);
	assert_int_equal(booked_usec(&window, 5000000, 2040001), 0);
	assert_int_equal(take_flags(&window), HM_FLAG_RESET);
	assert_int_equal(booked_usec(&window, 5000000, 2040000), 2040000);
	assert_int_equal(take_flags(&window), HM_FLAG_RESET);
	assert_int_equal(booked_usec(&window, 5000000, 0), 0);
	assert_int_equal(take_flags(&window), HM_FLAG_RESET);
	assert_int_equal(booked_usec(&window, 5000000, 69000000), 64000000);
	assert_int_equal(take_flags(&window), 0);
	assert_int_equal(booked_usec(&window, 5000000, 69000001), 0);
	assert_int_equal(take_flags(&window), HM_FLAG_RESET);
}

/* Steal has a counter of its own, which is added to nothing that was used. */
static void test_steal(void **state)
{
	struct window window = {0};
	struct node_sample before = {.busy_usec = 70000, .steal_usec = 90000, .cores = 1};
	struct node_sample after = {.busy_usec = 80000, .steal_usec = 590000, .cores = 1};

	(void)state;
	window_book_node(&window, &before, &after, 1000000, 1000000);
	assert_int_equal(window.node.measured.cpu_steal_usec, 500000);
	assert_int_equal(window.node.measured.cpu_usec, 10000);
	assert_int_equal(window.node.cpu_usec, 10000);
	before = after;
	after.steal_usec = 580000; /* some hypervisors let it fall by a tick */
	window_book_node(&window, &before, &after, 1000000, 1000000);
	assert_int_equal(after.steal_usec, 590000);
	assert_int_equal(window.node.measured.cpu_steal_usec, 500000);
	assert_int_equal(take_flags(&window), 0);
	before = after;
	after.steal_usec = 300000; /* and it starts over */
	window_book_node(&window, &before, &after, 1000000, 1000000);
	assert_int_equal(window.node.measured.cpu_steal_usec, 800000);
	assert_int_equal(take_flags(&window), HM_FLAG_RESET);
}

static struct hm_batch close_and_commit(struct window *window)
{
	struct hm_wire_limits limits = {
		.now_usec = 3 * (int64_t)MINUTE_USEC, .max_age_usec = MINUTE_USEC};
	struct hm_batch batch;

	assert_int_equal(window_close(window, "h", "n", "c", boot_id, &batch), 0);
	batch.sequence = 1;
	assert_string_equal(hm_reject_name(hm_batch_validate(&batch, &limits)), "none");
	window_commit(window);
	window->end_boottime_usec += MINUTE_USEC;
	window->end_realtime_usec += MINUTE_USEC;
	return batch;
}

/* Rows are ahead by more than ticks explain: that is told at once, and the system is not hidden. */
static void test_what_ticks_cannot_explain_is_not_carried(void **state)
{
	struct window window = a_minute();
	struct workload *workload = window_workload(&window, HM_WORKLOAD_KIND_PROCESS, "id", 0);
	const uint64_t ticks = (uint64_t)CORES * TICKS_TOLERATED_USEC;
	struct hm_batch batch;

	(void)state;
	book_cpu(workload, 30000000);
	measure(&window, 5000000);
	batch = close_and_commit(&window);
	assert_int_equal(batch.node_row.measured.cpu_usec, 5000000);
	assert_int_equal(batch.node_row.used[HM_RESOURCE_CPU_USEC], 30000000);
	assert_int_equal(batch.node_row.system[HM_RESOURCE_CPU_USEC], 0);
	assert_int_equal(window.node.cpu_deficit_usec, ticks);
	window.end_realtime_usec = 3 * (int64_t)MINUTE_USEC;
	measure(&window, 7000000);
	batch = close_and_commit(&window);
	assert_int_equal(batch.node_row.measured.cpu_usec, 7000000);
	assert_int_equal(batch.node_row.system[HM_RESOURCE_CPU_USEC], 7000000 - ticks);
	assert_int_equal(window.node.cpu_deficit_usec, 0);
	window_release(&window);
}

/* The kernel says more than the CPUs can do: no later window pays for it. */
static void test_what_cpus_cannot_have_done_is_not_carried(void **state)
{
	struct window window = a_minute();
	const uint64_t minute_usec = (uint64_t)CORES * MINUTE_USEC;
	const uint64_t ticks = (uint64_t)CORES * TICKS_TOLERATED_USEC;
	struct hm_batch batch;

	(void)state;
	measure(&window, minute_usec + 700000000);
	batch = close_and_commit(&window);
	assert_int_equal(batch.node_row.measured.cpu_usec, minute_usec + 700000000);
	assert_int_equal(batch.node_row.measured.flags, 0);
	assert_int_equal(batch.node_row.system[HM_RESOURCE_CPU_USEC], minute_usec);
	assert_int_equal(window.node.cpu_usec, ticks);
	window.end_realtime_usec = 3 * (int64_t)MINUTE_USEC;
	measure(&window, 5);
	batch = close_and_commit(&window);
	assert_int_equal(batch.node_row.measured.cpu_usec, 5);
	assert_int_equal(batch.node_row.system[HM_RESOURCE_CPU_USEC], ticks + 5);
	window_release(&window);
}

/* What nobody would take is cut off and says so: a counter does not stop the metering. */
static void test_absurd_measure_is_cut_off(void **state)
{
	struct window window = a_minute();
	const uint64_t minute_usec = (uint64_t)CORES * MINUTE_USEC;
	struct hm_batch batch;

	(void)state;
	window.node.measured.cpu_usec = 2 * minute_usec + 1;
	window.node.measured.cpu_steal_usec = 5 * minute_usec;
	window.node.measured.memory = (uint128)MEMORY_FINE_PER_MIB_SEC * 1000000;
	batch = close_and_commit(&window);
	assert_int_equal(batch.node_row.measured.cpu_usec, 2 * minute_usec);
	assert_int_equal(batch.node_row.measured.cpu_steal_usec, 2 * minute_usec);
	assert_int_equal(batch.node_row.measured.memory_mib_sec, 2 * 1024 * 60);
	assert_int_equal(batch.node_row.measured.flags, HM_FLAG_ESTIMATED);
	assert_int_equal(window.node.measured.cpu_usec, 0);
	window_release(&window);
}

/* Fractions of a MiB second are carried; a window that began unmeasured says nothing. */
static void test_measured_windows(void **state)
{
	struct window window = a_minute();
	struct hm_batch batch;

	(void)state;
	window.node.measured = (struct window_measured){.is_partial = true,
		.flags = HM_FLAG_RESET,
		.cpu_usec = 17,
		.memory = (uint128)MEMORY_FINE_PER_MIB_SEC * 3 / 2};
	batch = close_and_commit(&window);
	assert_int_equal(batch.node_row.measured.is_measured, 0);
	assert_int_equal(batch.node_row.measured.cpu_usec, 0);
	window.node.measured.memory += (uint128)MEMORY_FINE_PER_MIB_SEC / 2;
	window.node.measured.cpu_usec += 23;
	window.end_realtime_usec = 3 * (int64_t)MINUTE_USEC;
	batch = close_and_commit(&window);
	assert_int_equal(batch.node_row.measured.is_measured, 1);
	assert_int_equal(batch.node_row.measured.flags, 0);
	assert_int_equal(batch.node_row.measured.cpu_usec, 23);
	assert_int_equal(batch.node_row.measured.memory_mib_sec, 1);
	window_release(&window);
}

enum { N_BUSY = 5, N_STEPS = 400 };

/* What was booked, and what left, of a window in which booking never stops. */
struct endless {
	struct window window;
	struct workload *busy[N_BUSY];
	unsigned int seed;
	uint64_t booked_usec, measured_usec, steal_usec, observed_usec;
	uint64_t rows_usec, system_usec, told_usec, told_steal_usec, told_observed_usec;
	uint32_t row_flags[N_BUSY]; /* raised and not told yet */
	uint32_t node_flags;
};

static unsigned int random_below(struct endless *endless, unsigned int n)
{
	return (unsigned int)rand_r(&endless->seed) % n;
}

static void book_something(struct endless *endless)
{
	unsigned int i = random_below(endless, N_BUSY), usec = random_below(endless, 900000);
	struct interval interval = {.start_usec = 0, .end_usec = MINUTE_USEC};
	struct window_node *node = &endless->window.node;

	interval.used[HM_RESOURCE_CPU_USEC] = (uint128)usec * CPU_FINE_PER_USEC;
	if (random_below(endless, 4) == 0)
		interval.flags = random_below(endless, 2) ? HM_FLAG_GAP : HM_FLAG_RESET;
	workload_book(endless->busy[i], &interval);
	endless->row_flags[i] |= interval.flags;
	endless->booked_usec += usec;

	measure(&endless->window, usec + 1000);
	endless->measured_usec += usec + 1000;
	node->measured.cpu_steal_usec += 7;
	endless->steal_usec += 7;
	node->observed_usec += 1000;
	endless->observed_usec += 1000;
	if (random_below(endless, 8) == 0)
		node->measured.flags |= HM_FLAG_RESET;
	endless->node_flags |= node->measured.flags;
	endless->window.end_boottime_usec += 1000000;
	endless->window.end_realtime_usec += 1000000;
}

static void tell(struct endless *endless, const struct hm_batch *batch)
{
	for (size_t i = 0; i < batch->n_rows; i++) {
		size_t who = strtoul(batch->strings[batch->workload[i]], NULL, 10);

		endless->rows_usec += batch->quantity[HM_QUANTITY_CPU_USED_USEC][i];
		assert_int_equal(batch->flags[i], endless->row_flags[who]);
		endless->row_flags[who] = 0;
	}
	assert_int_equal(batch->n_rows, N_BUSY);
	assert_int_equal(batch->node_row.measured.flags, endless->node_flags);
	endless->node_flags = 0;
	endless->system_usec += batch->node_row.system[HM_RESOURCE_CPU_USEC];
	endless->told_usec += batch->node_row.measured.cpu_usec;
	endless->told_steal_usec += batch->node_row.measured.cpu_steal_usec;
	endless->told_observed_usec += batch->node_row.coverage_msec * 1000;
}

/* Close; the @n_behind that are booked until it is known whether it was written are not in it. */
static void close_and_book(struct endless *endless, bool is_written, unsigned int n_behind)
{
	struct hm_batch batch;

	assert_int_equal(window_close(&endless->window, "h", "n", "c", boot_id, &batch), 0);
	if (is_written)
		tell(endless, &batch);
	for (unsigned int i = 0; i < n_behind; i++)
		book_something(endless);
	if (is_written)
		window_commit(&endless->window);
}

static void begin_endless(struct endless *endless, unsigned int seed)
{
	*endless =
		(struct endless){.window = a_minute(), .seed = seed, .observed_usec = MINUTE_USEC};
	for (unsigned int i = 0; i < N_BUSY; i++) {
		char id[16];

		snprintf(id, sizeof(id), "%u", i);
		endless->busy[i] =
			window_workload(&endless->window, HM_WORKLOAD_KIND_PROCESS, id, 0);
	}
}

/* Booking goes on while a batch is written, whether that works or not: all of it leaves once. */
static void test_law_of_booking_while_a_batch_is_written(void **state)
{
	struct endless endless;

	(void)state;
	for (unsigned int seed = 1; seed <= 50; seed++) {
		begin_endless(&endless, seed);
		for (int step = 0; step < N_STEPS; step++) {
			book_something(&endless);
			if (random_below(&endless, 3) == 0)
				close_and_book(&endless, random_below(&endless, 3) != 0,
					random_below(&endless, 4));
		}
		book_something(&endless);
		close_and_book(&endless, true, 0);
		assert_int_equal(endless.rows_usec, endless.booked_usec);
		assert_int_equal(endless.rows_usec + endless.system_usec, endless.measured_usec);
		assert_int_equal(endless.told_usec, endless.measured_usec);
		assert_int_equal(endless.told_steal_usec, endless.steal_usec);
		assert_int_equal(endless.told_observed_usec, endless.observed_usec);
		window_release(&endless.window);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_batch_has_a_budget),
		cmocka_unit_test(test_rows_that_wait_may_wait_longer),
		cmocka_unit_test(test_more_rows_than_fit),
		cmocka_unit_test(test_the_nodes_counter),
		cmocka_unit_test(test_steal),
		cmocka_unit_test(test_what_ticks_cannot_explain_is_not_carried),
		cmocka_unit_test(test_what_cpus_cannot_have_done_is_not_carried),
		cmocka_unit_test(test_absurd_measure_is_cut_off),
		cmocka_unit_test(test_measured_windows),
		cmocka_unit_test(test_law_of_booking_while_a_batch_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
