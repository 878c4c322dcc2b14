/*
 * GPUs in the window: rows + system is what was booked, whatever is withheld, dropped, split into a
 * row of its own class or left for a later batch, and every batch is one that readers take.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "collector/meter/window.h"
#include "proto/validate.h"
#include "tests/support/random.h"

#define MINUTE_USEC 60000000
#define N_WORKLOADS 12
#define NSEC_MAX    3000000000u

static const uint8_t boot_id[HM_BOOT_ID_SIZE] = {1};

/* What all committed batches say together. */
struct totals {
	uint64_t used_msec, reserved_msec, billable_msec, system_msec, node_msec;
	uint64_t classed_msec, cpu_usec, wall_msec;
	size_t n_rows, n_classed, n_final, n_batches;
};

static struct window a_minute(void)
{
	return (struct window){.end_boottime_usec = MINUTE_USEC,
		.start_realtime_usec = MINUTE_USEC,
		.end_realtime_usec = 2 * MINUTE_USEC,
		.has_start = true,
		.node = {.cores = 4, .memory_total_bytes = 1 << 30}};
}

static void add_row(struct totals *totals, const struct hm_batch *batch, size_t i)
{
	const uint64_t *const *quantity = batch->quantity;
	bool is_classed = batch->resource_class[i] != batch->node_row.resource_class;

	totals->used_msec += quantity[HM_QUANTITY_GPU_USED_MSEC][i];
	totals->reserved_msec += quantity[HM_QUANTITY_GPU_RESERVED_MSEC][i];
	totals->billable_msec += quantity[HM_QUANTITY_GPU_BILLABLE_MSEC][i];
	totals->cpu_usec += quantity[HM_QUANTITY_CPU_USED_USEC][i];
	totals->wall_msec += quantity[HM_QUANTITY_WALL_MSEC][i];
	totals->n_final += (batch->flags[i] & HM_FLAG_FINAL) != 0;
	if (!is_classed)
		return;
	totals->n_classed++;
	totals->classed_msec += quantity[HM_QUANTITY_GPU_BILLABLE_MSEC][i];
	assert_int_equal(quantity[HM_QUANTITY_CPU_USED_USEC][i], 0);
	assert_int_equal(quantity[HM_QUANTITY_WALL_MSEC][i], 0);
	assert_string_equal(batch->strings[batch->resource_class[i]], "mig-1g.5gb");
	assert_true(i + 1 < batch->n_rows); /* the workload's own follows */
	assert_int_equal(batch->workload[i + 1], batch->workload[i]);
	assert_int_equal(batch->user[i + 1], batch->user[i]);
	assert_int_equal(quantity[HM_QUANTITY_GPU_BILLABLE_MSEC][i + 1], 0);
}

static void take_minute(struct window *window, struct totals *totals)
{
	struct hm_batch batch;

	do {
		struct hm_wire_limits limits = {.now_usec = window->end_realtime_usec,
			.max_age_usec = 1,
			.max_future_usec = 1};

		assert_int_equal(window_close(window, "h", "n", "c", boot_id, &batch), 0);
		batch.sequence = 1;
		assert_string_equal(hm_reject_name(hm_batch_validate(&batch, &limits)), "none");
		for (size_t i = 0; i < batch.n_rows; i++)
			add_row(totals, &batch, i);
		totals->system_msec += batch.node_row.system[HM_RESOURCE_GPU_MSEC];
		totals->node_msec += batch.node_row.used[HM_RESOURCE_GPU_MSEC];
		totals->n_rows += batch.n_rows;
		totals->n_batches++;
		window_commit(window);
	} while (window_has_waiting(window));
	window->end_boottime_usec += MINUTE_USEC;
	window->end_realtime_usec += MINUTE_USEC;
}

static void book(struct workload *workload, uint64_t used_nsec, uint64_t reserved_nsec)
{
	struct interval interval = {.start_usec = 0, .end_usec = MINUTE_USEC};

	interval.used[HM_RESOURCE_GPU_MSEC] = used_nsec;
	interval.reserved[HM_RESOURCE_GPU_MSEC] = reserved_nsec;
	interval.used[HM_RESOURCE_CPU_USEC] = CPU_FINE_PER_USEC;
	workload_book(workload, &interval);
}

static struct workload *add_workload(struct window *window, unsigned int number, bool is_classed)
{
	struct workload *workload;
	char id[32];

	snprintf(id, sizeof(id), "%u", number);
	workload = window_workload(window, HM_WORKLOAD_KIND_POD, id, 0);
	assert_non_null(workload);
	assert_int_equal(workload_identify(workload, "ada", "", ""), 0);
	if (is_classed)
		assert_int_equal(workload_set_gpu_class(workload, "mig-1g.5gb"), 0);
	return workload;
}

static void test_random_lives(void **state)
{
	struct random_source random = {22};
	struct window window = a_minute();
	struct workload *workload[N_WORKLOADS] = {NULL};
	struct totals totals = {0};
	uint64_t used_nsec = 0, reserved_nsec = 0, dropped_reserved[N_WORKLOADS] = {0};
	unsigned int n = 0, n_ended = 0;

	(void)state;
	for (unsigned int step = 0; step < 4000; step++) {
		size_t i = (size_t)random_below(&random, N_WORKLOADS);
		uint64_t used = random_below(&random, NSEC_MAX);
		uint64_t reserved = random_below(&random, 2) * random_below(&random, NSEC_MAX);

		if (!workload[i]) {
			workload[i] = add_workload(&window, n++, i % 2);
			window_withhold(&window, workload[i], i % 3 == 0);
			dropped_reserved[i] = 0;
		}
		book(workload[i], used, reserved);
		used_nsec += used;
		reserved_nsec += reserved;
		dropped_reserved[i] += reserved;
		if (random_below(&random, 5) == 0) {
			window_book_system_gpu(&window, used);
			used_nsec += used;
		}
		if (workload[i]->is_withheld && random_below(&random, 10) == 0) {
			reserved_nsec -= dropped_reserved[i];
			window_drop(&window, workload[i]);
			workload[i] = NULL;
		} else if (random_below(&random, 20) == 0) {
			window_withhold(&window, workload[i], false);
			workload_end(workload[i], window.end_boottime_usec);
			workload[i] = NULL;
			n_ended++;
		}
		if (random_below(&random, 10) == 0)
			take_minute(&window, &totals);
	}
	for (size_t i = 0; i < N_WORKLOADS; i++)
		if (workload[i])
			window_withhold(&window, workload[i], false);
	take_minute(&window, &totals);
	assert_int_equal(totals.node_msec, totals.used_msec + totals.system_msec);
	/* fractions of each workload and of the system wait, or ended with it: two at most */
	assert_true(totals.node_msec <= used_nsec / 1000000);
	assert_true(totals.node_msec + 2 * (n + 1) >= used_nsec / 1000000);
	assert_true(totals.reserved_msec <= reserved_nsec / 1000000);
	assert_true(totals.reserved_msec + 2 * n >= reserved_nsec / 1000000);
	assert_int_equal(totals.n_final, n_ended);
	assert_true(totals.n_classed > 0 && totals.classed_msec < totals.billable_msec);
	window_release(&window);
}

/* Those that find no room follow, also where each is two. */
static void test_more_rows_than_fit(void **state)
{
	enum { N = 9000 };
	struct window window = a_minute();
	struct totals totals = {0};

	(void)state;
	for (unsigned int i = 0; i < N; i++)
		book(add_workload(&window, i, true), 5000000, 7000000);
	window_book_system_gpu(&window, 3999999);
	take_minute(&window, &totals);
	assert_true(totals.n_batches > 1);
	assert_int_equal(totals.n_rows, 2 * N);
	assert_int_equal(totals.n_classed, N);
	assert_int_equal(totals.used_msec, 5 * N);
	assert_int_equal(totals.reserved_msec, 7 * N);
	assert_int_equal(totals.billable_msec, 7 * N);
	assert_int_equal(totals.system_msec, 3);
	assert_int_equal(totals.cpu_usec, N);
	assert_int_equal(totals.wall_msec, (uint64_t)N * MINUTE_USEC / 1000);
	window_release(&window);
}

/* Without GPUs a class is no row. */
static void test_nothing_to_split(void **state)
{
	struct window window = a_minute();
	struct totals totals = {0};

	(void)state;
	book(add_workload(&window, 1, true), 999999, 0);
	take_minute(&window, &totals);
	assert_int_equal(totals.n_rows, 1);
	window_release(&window);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_lives),
		cmocka_unit_test(test_more_rows_than_fit),
		cmocka_unit_test(test_nothing_to_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
