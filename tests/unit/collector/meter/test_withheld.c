/*
 * Workloads that are withheld until it is known whose they are: whatever becomes of them, what rows
 * and system say together is what was done, and every batch is one that readers take.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "collector/meter/window.h"
#include "proto/validate.h"
#include "tests/support/random.h"

#define MINUTE_USEC 60000000
#define CORES	    4
#define MIB	    1048576u
#define MEMORY	    (1024u * MIB)
#define N_WORKLOADS 8

static const uint8_t boot_id[HM_BOOT_ID_SIZE] = {1};

/* What all committed batches say together. */
struct totals {
	uint64_t rows_usec, rows_mib_sec, system_usec, system_mib_sec;
	size_t n_rows, n_batches;
};

static struct window a_minute(void)
{
	return (struct window){.end_boottime_usec = MINUTE_USEC,
		.start_realtime_usec = MINUTE_USEC,
		.end_realtime_usec = 2 * MINUTE_USEC,
		.has_start = true,
		.node = {.cores = CORES, .memory_total_bytes = MEMORY}};
}

static void take_one(struct window *window, struct totals *totals)
{
	struct hm_wire_limits limits = {
		.now_usec = window->end_realtime_usec, .max_age_usec = 1, .max_future_usec = 1};
	struct hm_batch batch;

	assert_int_equal(window_close(window, "h", "n", "c", boot_id, &batch), 0);
	batch.sequence = 1;
	assert_string_equal(hm_reject_name(hm_batch_validate(&batch, &limits)), "none");
	for (size_t i = 0; i < batch.n_rows; i++) {
		totals->rows_usec += batch.quantity[HM_QUANTITY_CPU_USED_USEC][i];
		totals->rows_mib_sec += batch.quantity[HM_QUANTITY_MEMORY_USED_MIB_SEC][i];
	}
	totals->system_usec += batch.node_row.system[HM_RESOURCE_CPU_USEC];
	totals->system_mib_sec += batch.node_row.system[HM_RESOURCE_MEMORY_MIB_SEC];
	totals->n_rows += batch.n_rows;
	totals->n_batches++;
	window_commit(window);
}

static void take_minute(struct window *window, struct totals *totals)
{
	window->node.observed_usec += MINUTE_USEC;
	do
		take_one(window, totals);
	while (window_has_waiting(window));
	window->end_boottime_usec += MINUTE_USEC;
	window->end_realtime_usec += MINUTE_USEC;
}

/* The node does it, and @workload, NULL: the system. */
static void use(struct window *window, struct workload *workload, uint64_t cpu_usec, uint64_t mib)
{
	struct interval interval = {.start_usec = 0, .end_usec = MINUTE_USEC};

	interval.used[HM_RESOURCE_CPU_USEC] = (uint128)cpu_usec * CPU_FINE_PER_USEC;
	interval.used[HM_RESOURCE_MEMORY_MIB_SEC] = (uint128)mib * 60 * MEMORY_FINE_PER_MIB_SEC;
	if (workload)
		workload_book(workload, &interval);
	window->node.cpu_usec += cpu_usec;
	window->node.memory += interval.used[HM_RESOURCE_MEMORY_MIB_SEC];
}

static struct workload *add_withheld(struct window *window, const char *id)
{
	struct workload *workload = window_workload(window, HM_WORKLOAD_KIND_POD, id, 0);

	assert_non_null(workload);
	window_withhold(window, workload, true);
	return workload;
}

/* No row and no system until it is known; then a row with all of it, in the first minute too. */
static void test_is_somebodys(void **state)
{
	struct window window = a_minute();
	struct workload *workload = add_withheld(&window, "a");
	struct totals totals = {0};

	(void)state;
	use(&window, workload, 7000000, 100);
	use(&window, NULL, 2000000, 50);
	take_minute(&window, &totals);
	assert_int_equal(totals.n_rows, 0);
	assert_int_equal(totals.system_usec, 2000000);
	assert_int_equal(totals.system_mib_sec, 3000);
	workload_end(workload, MINUTE_USEC);
	assert_false(window_has_ended(&window));
	window_withhold(&window, workload, false);
	assert_true(window_has_ended(&window));
	take_minute(&window, &totals);
	assert_int_equal(totals.n_rows, 1);
	assert_int_equal(totals.rows_usec, 7000000);
	assert_int_equal(totals.rows_mib_sec, 6000);
	assert_int_equal(totals.system_usec, 2000000);
	assert_int_equal(totals.system_mib_sec, 3000);
	assert_int_equal(window.n_workloads, 0);
	window_release(&window);
}

/* It was nobody's: the system has it, without a row. */
static void test_is_nobodys(void **state)
{
	struct window window = a_minute();
	struct workload *workload = add_withheld(&window, "a");
	struct totals totals = {0};

	(void)state;
	use(&window, workload, 7000000, 100);
	take_minute(&window, &totals);
	assert_int_equal(totals.system_usec, 0);
	window_drop(&window, workload);
	assert_int_equal(window.n_workloads, 0);
	take_minute(&window, &totals);
	assert_int_equal(totals.n_rows, 0);
	assert_int_equal(totals.system_usec, 7000000);
	assert_int_equal(totals.system_mib_sec, 6000);
	window_release(&window);
}

/* Ten busy minutes at once: more than the node can do in one, so those rows leave by themselves. */
static void test_much_at_once(void **state)
{
	struct window window = a_minute();
	struct workload *workload[2] = {add_withheld(&window, "a"), add_withheld(&window, "b")};
	struct totals totals = {0};

	(void)state;
	for (int i = 0; i < 10; i++) {
		use(&window, workload[0], 3 * MINUTE_USEC, 600);
		use(&window, workload[1], 1 * MINUTE_USEC, 400);
		take_minute(&window, &totals);
	}
	assert_int_equal(totals.n_batches, 10);
	window_withhold(&window, workload[0], false);
	window_withhold(&window, workload[1], false);
	take_minute(&window, &totals);
	assert_int_equal(totals.n_batches, 12);
	assert_int_equal(totals.n_rows, 2);
	assert_int_equal(totals.rows_usec, (uint64_t)40 * MINUTE_USEC);
	assert_int_equal(totals.rows_mib_sec, 600000);
	assert_int_equal(totals.system_usec, 0);
	window_release(&window);
}

struct one {
	struct workload *workload;
	uint64_t cpu_usec, mib_sec;
};

/* What was done by those that turn out to be somebody's, and by all others. */
struct truth {
	uint64_t rows_usec, rows_mib_sec, system_usec, system_mib_sec;
};

static void decide(
	struct window *window, struct random_source *random, struct one *one, struct truth *truth)
{
	if (random_below(random, 2)) {
		window_withhold(window, one->workload, false);
		workload_end(one->workload, window->end_boottime_usec);
		truth->rows_usec += one->cpu_usec;
		truth->rows_mib_sec += one->mib_sec;
	} else {
		window_drop(window, one->workload);
		truth->system_usec += one->cpu_usec;
		truth->system_mib_sec += one->mib_sec;
	}
	one->workload = NULL;
}

static void live(struct window *window, struct random_source *random, struct one one[N_WORKLOADS],
	struct truth *truth)
{
	uint64_t system_usec = random_below(random, MINUTE_USEC);

	use(window, NULL, system_usec, 3);
	truth->system_usec += system_usec;
	truth->system_mib_sec += 3 * 60;
	for (int i = 0; i < N_WORKLOADS; i++) {
		uint64_t usec = random_below(random, MINUTE_USEC / 3);
		uint64_t mib = random_below(random, 1024 / N_WORKLOADS);

		if (!one[i].workload) {
			char id[16];

			snprintf(id, sizeof(id), "%d", i);
			one[i] = (struct one){.workload = add_withheld(window, id)};
		}
		use(window, one[i].workload, usec, mib);
		one[i].cpu_usec += usec;
		one[i].mib_sec += mib * 60;
		if (random_below(random, 4) == 0)
			decide(window, random, &one[i], truth);
	}
}

static void test_law(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		struct random_source random = {.state = seed};
		struct window window = a_minute();
		struct one one[N_WORKLOADS] = {0};
		struct totals totals = {0};
		struct truth truth = {0};

		for (int minute = 0; minute < 30; minute++) {
			live(&window, &random, one, &truth);
			take_minute(&window, &totals);
		}
		for (int i = 0; i < N_WORKLOADS; i++)
			if (one[i].workload)
				decide(&window, &random, &one[i], &truth);
		for (int minute = 0; minute < 30; minute++)
			take_minute(&window, &totals);
		assert_int_equal(totals.rows_usec, truth.rows_usec);
		assert_int_equal(totals.rows_mib_sec, truth.rows_mib_sec);
		assert_int_equal(totals.system_usec, truth.system_usec);
		assert_int_equal(totals.system_mib_sec, truth.system_mib_sec);
		assert_int_equal(window.node.late_usec, 0);
		assert_int_equal(window.node.late_mib_sec, 0);
		window_release(&window);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_is_somebodys),
		cmocka_unit_test(test_is_nobodys),
		cmocka_unit_test(test_much_at_once),
		cmocka_unit_test(test_law),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
