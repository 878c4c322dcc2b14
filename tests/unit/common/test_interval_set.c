#include "common/interval_set.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/make_intervals.h"

static struct usage_interval job(const char *workload, const char *user)
{
	return (struct usage_interval){
		.hub = "physics",
		.node = "node-1",
		.workload = workload,
		.username = user,
		.server = "",
		.tag = "",
		.resource_class = "",
		.kind = HM_WORKLOAD_KIND_JOB,
		.start_usec = MADE_INTERVALS_START_USEC,
		.end_usec = MADE_INTERVALS_START_USEC + 1,
	};
}

static int add(struct interval_set *set, const struct usage_interval *interval, uint32_t line)
{
	struct interval_conflict conflict;

	return interval_set_add(set, interval, line, &conflict);
}

static void assert_same(const struct usage_interval *a, const struct usage_interval *b)
{
	assert_string_equal(a->hub, b->hub);
	assert_string_equal(a->node, b->node);
	assert_string_equal(a->workload, b->workload);
	assert_string_equal(a->username, b->username);
	assert_string_equal(a->server, b->server);
	assert_string_equal(a->tag, b->tag);
	assert_string_equal(a->resource_class, b->resource_class);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->start_usec, b->start_usec);
	assert_int_equal(a->end_usec, b->end_usec);
	assert_memory_equal(a->quantity, b->quantity, sizeof(a->quantity));
}

static void test_keeps_what_it_is_given(void **state)
{
	struct usage_interval one = job("1", "ada"), two = job("2", "ben"), got;
	struct interval_set set;

	(void)state;
	assert_int_equal(interval_set_init(&set, 1), 0);
	one.hub = "zoology"; /* sorted behind the other */
	one.tag = "t";
	one.quantity[8] = 7;
	assert_int_equal(add(&set, &one, 5), 0);
	two.server = "s";
	two.resource_class = "c";
	assert_int_equal(add(&set, &two, 6), 0);
	assert_int_equal(interval_set_sort(&set), 0);
	assert_int_equal(set.count, 2);
	interval_set_get(&set, 0, &got);
	assert_same(&got, &two);
	assert_int_equal(set.record[0].line, 6);
	interval_set_get(&set, 1, &got);
	assert_same(&got, &one);
	assert_int_equal(set.record[1].line, 5);
	interval_set_release(&set);
}

static void test_one_workload_is_one_persons(void **state)
{
	struct usage_interval interval = job("1", "ada");
	struct interval_conflict conflict = {0};
	struct interval_set set;

	(void)state;
	assert_int_equal(interval_set_init(&set, 1), 0);
	assert_int_equal(add(&set, &interval, 2), 0);
	interval.tag = "course"; /* late, but not another one */
	assert_int_equal(add(&set, &interval, 3), 0);
	interval.tag = "";
	assert_int_equal(add(&set, &interval, 4), 0);
	interval.tag = "project";
	assert_int_equal(interval_set_add(&set, &interval, 5, &conflict), -EEXIST);
	assert_int_equal(conflict.column, USAGE_COLUMN_TAG);
	assert_int_equal(conflict.line, 3);
	interval.tag = "";
	interval.username = "ben";
	assert_int_equal(interval_set_add(&set, &interval, 6, &conflict), -EEXIST);
	assert_int_equal(conflict.column, USAGE_COLUMN_USERNAME);
	assert_int_equal(conflict.line, 2);
	interval.node = "node-2"; /* there it is another workload */
	assert_int_equal(add(&set, &interval, 7), 0);
	interval.node = "node-1";
	interval.kind = HM_WORKLOAD_KIND_POD;
	assert_int_equal(add(&set, &interval, 8), 0);
	interval.hub = "chemistry";
	interval.kind = HM_WORKLOAD_KIND_JOB;
	assert_int_equal(add(&set, &interval, 9), 0);
	assert_int_equal(set.count, 6);
	interval_set_release(&set);
}

static void test_sums_fit(void **state)
{
	struct usage_interval interval = job("1", "ada");
	struct interval_conflict conflict = {0};
	struct interval_set set;

	(void)state;
	assert_int_equal(interval_set_init(&set, 1), 0);
	interval.quantity[6] = INT64_MAX;
	interval.quantity[0] = INT64_MAX / 2;
	interval.quantity[1] = INT64_MAX / 2;
	assert_int_equal(add(&set, &interval, 2), 0);
	interval.quantity[6] = 1;
	interval.quantity[0] = interval.quantity[1] = 0;
	assert_int_equal(interval_set_add(&set, &interval, 3, &conflict), -EOVERFLOW);
	assert_int_equal(conflict.column, USAGE_COLUMN_STORAGE_MIB_SECONDS);
	interval.quantity[6] = 0;
	interval.quantity[1] = 2; /* used and reserved together */
	assert_int_equal(interval_set_add(&set, &interval, 3, &conflict), -EOVERFLOW);
	assert_int_equal(conflict.column, USAGE_COLUMN_CPU_RESERVED_CORE_SECONDS);
	interval.quantity[1] = 1;
	assert_int_equal(add(&set, &interval, 3), 0);
	interval_set_release(&set);
}

static void test_duplicates(void **state)
{
	struct usage_interval interval = job("1", "ada");
	struct interval_set set;
	uint32_t i;

	(void)state;
	assert_int_equal(interval_set_init(&set, 1), 0);
	assert_int_equal(add(&set, &interval, 2), 0);
	interval.quantity[2] = 1;
	assert_int_equal(add(&set, &interval, 3), 0);
	interval.quantity[2] = 0;
	interval.end_usec++;
	assert_int_equal(add(&set, &interval, 4), 0);
	assert_int_equal(interval_set_sort(&set), 0);
	assert_int_equal(interval_set_find_duplicate(&set, 0), set.count);
	interval_set_release(&set);

	assert_int_equal(interval_set_init(&set, 1), 0);
	for (i = 0; i < 3; i++)
		assert_int_equal(add(&set, &interval, 2 + i), 0);
	assert_int_equal(interval_set_sort(&set), 0);
	assert_int_equal(interval_set_find_duplicate(&set, 0), 1);
	assert_int_equal(interval_set_find_duplicate(&set, 2), 2);
	assert_int_equal(interval_set_find_duplicate(&set, 3), 3);
	interval_set_release(&set);
}

static void test_order_is_the_contents(void **state)
{
	const struct made_intervals plan = {.seed = 7,
		.count = 3000,
		.hubs = 3,
		.nodes = 4,
		.classes = 2,
		.max_usec = 1000,
		.span_usec = 20};
	struct random_source random = {8};
	struct interval_set forward, shuffled;
	uint32_t order[3000];

	(void)state;
	assert_int_equal(interval_set_init(&forward, 1), 0);
	assert_int_equal(interval_set_init(&shuffled, 2), 0);
	for (uint32_t i = 0; i < plan.count; i++) {
		make_interval(&plan, i, &forward);
		order[i] = i;
	}
	for (uint32_t i = plan.count - 1; i > 0; i--) {
		uint32_t k = (uint32_t)random_below(&random, i + 1), kept = order[i];

		order[i] = order[k];
		order[k] = kept;
	}
	for (uint32_t i = 0; i < plan.count; i++)
		make_interval(&plan, order[i], &shuffled);
	assert_int_equal(interval_set_sort(&forward), 0);
	assert_int_equal(interval_set_sort(&shuffled), 0);
	for (uint32_t i = 0; i < plan.count; i++) {
		struct usage_interval a, b;

		interval_set_get(&forward, i, &a);
		interval_set_get(&shuffled, i, &b);
		assert_same(&a, &b);
	}
	assert_true(interval_set_run_end(&forward, 0, INTERVAL_NAME_CLASS) <
		    interval_set_run_end(&forward, 0, INTERVAL_NAME_HUB));
	interval_set_release(&forward);
	interval_set_release(&shuffled);
}

/* Every name a new one: room is made for each of them, their ends included. */
static void test_many_names(void **state)
{
	char names[3][USAGE_NAME_MAX + 1] = {{0}};
	struct usage_interval got, interval = job(names[0], names[1]);
	struct interval_set set;

	(void)state;
	interval.server = names[2];
	assert_int_equal(interval_set_init(&set, 1), 0);
	for (unsigned i = 0; i < 3000; i++) {
		for (unsigned k = 0; k < 3; k++)
			(void)snprintf(names[k], sizeof(names[k]), "%u-%0*u", k, (int)(i % 200), i);
		assert_int_equal(add(&set, &interval, i), 0);
	}
	for (unsigned i = 0; i < 3000; i++) { /* not sorted: still in their order */
		interval_set_get(&set, i, &got);
		(void)snprintf(names[0], sizeof(names[0]), "2-%0*u", (int)(i % 200), i);
		assert_string_equal(got.server, names[0]);
	}
	interval_set_release(&set);
}

static void test_runs(void **state)
{
	struct usage_interval interval = job("1", "ada");
	struct interval_set set;

	(void)state;
	assert_int_equal(interval_set_init(&set, 1), 0);
	assert_int_equal(add(&set, &interval, 2), 0);
	interval.resource_class = "c";
	assert_int_equal(add(&set, &interval, 3), 0);
	interval.hub = "zoology";
	assert_int_equal(add(&set, &interval, 4), 0);
	assert_int_equal(interval_set_sort(&set), 0);
	assert_int_equal(interval_set_run_end(&set, 0, INTERVAL_NAME_HUB), 2);
	assert_int_equal(interval_set_run_end(&set, 2, INTERVAL_NAME_HUB), 3);
	assert_int_equal(interval_set_run_end(&set, 0, INTERVAL_NAME_CLASS), 1);
	interval_set_release(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keeps_what_it_is_given),
		cmocka_unit_test(test_one_workload_is_one_persons),
		cmocka_unit_test(test_sums_fit),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_order_is_the_contents),
		cmocka_unit_test(test_many_names),
		cmocka_unit_test(test_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
