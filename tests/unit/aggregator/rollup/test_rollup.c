/* Laws of the rollup: totals are kept, order does not matter, all or nothing. */
#include "aggregator/rollup/rollup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/interval_batch.h"
#include "tests/support/make_batch.h"
#include "tests/support/make_intervals.h"
#include "tests/support/random.h"

#define SEED	11
#define LIMIT	((size_t)64 << 20)
#define BATCHES 40
#define ROWS	30

static struct rollup rollup_of(size_t limit)
{
	struct rollup rollup;

	assert_int_equal(rollup_init(&rollup, SEED, limit), 0);
	return rollup;
}

static void total(const struct rollup *rollup, uint64_t sum[HM_QUANTITY_COUNT])
{
	memset(sum, 0, HM_QUANTITY_COUNT * sizeof(*sum));
	for (uint32_t i = 0; i < rollup->slots.count; i++) {
		const struct rollup_slot *slot = hash_table_at(&rollup->slots, i);

		for (int q = 0; q < HM_QUANTITY_COUNT; q++)
			sum[q] += slot->quantity[q];
	}
}

/* Batches of two nodes, the same workloads again and again, windows that cross slots. */
static struct made_batch *make(uint64_t number)
{
	static const char *const nodes[] = {"node-1", "node-2"};
	struct random_source random = {number};
	struct made_batch *made = made_batch_new(number % 4 + 1, ROWS);
	int64_t shift = (int64_t)random_below(&random, 3 * (uint64_t)HM_SLOT_USEC);

	made->batch.node = nodes[number % 2];
	made->batch.window_start_usec += shift;
	made->batch.window_end_usec += shift + (int64_t)random_below(&random, HM_SLOT_USEC);
	return made;
}

static int compare_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static const char *text_of(const struct rollup *rollup, uint32_t number)
{
	size_t size;

	return interner_text(&rollup->strings, number, &size);
}

static char *describe_slot(const struct rollup *rollup, uint32_t i)
{
	const struct rollup_slot *slot = hash_table_at(&rollup->slots, i);
	const struct rollup_workload *workload = hash_table_at(&rollup->workloads, slot->workload);
	const struct rollup_node *node = hash_table_at(&rollup->nodes, workload->node);
	const struct rollup_class *class = hash_table_at(&rollup->classes, slot->class);
	char *line;
	int r = asprintf(&line,
		"%s/%s/%u/%s %s %s %s first %lld at %lld class %s flags %x: %llu %llu %llu",
		text_of(rollup, node->hub), text_of(rollup, node->name), workload->kind,
		text_of(rollup, workload->external_id), text_of(rollup, workload->username),
		text_of(rollup, workload->server_name), text_of(rollup, workload->tag),
		(long long)workload->first_slot_usec, (long long)slot->slot_usec,
		text_of(rollup, class->name), slot->flags,
		(unsigned long long)slot->quantity[HM_QUANTITY_CPU_USED_USEC],
		(unsigned long long)slot->quantity[HM_QUANTITY_MEMORY_BILLABLE_MIB_SEC],
		(unsigned long long)slot->quantity[HM_QUANTITY_NET_TX_BYTES]);

	assert_true(r > 0);
	return line;
}

static char *describe_node_slot(const struct rollup *rollup, uint32_t i)
{
	const struct rollup_node_slot *slot = hash_table_at(&rollup->node_slots, i);
	const struct rollup_node *node = hash_table_at(&rollup->nodes, slot->node);
	char *line;
	int r = asprintf(&line,
		"%s until %lld at %lld: %llu %llu %llu, %d: %llu %llu %llu flags %x",
		text_of(rollup, node->name), (long long)node->last_window_end_usec,
		(long long)slot->slot_usec, (unsigned long long)slot->coverage_msec,
		(unsigned long long)slot->used[0], (unsigned long long)slot->capacity[1],
		rollup_node_slot_is_measured(slot), (unsigned long long)slot->measured[0],
		(unsigned long long)slot->measured[1], (unsigned long long)slot->measured[2],
		slot->measured_flags);

	assert_true(r > 0);
	return line;
}

/* The rollup as sorted lines. The caller frees them and the array. */
static char **describe(const struct rollup *rollup, size_t *ret_count)
{
	size_t count = (size_t)rollup->slots.count + rollup->node_slots.count;
	char **line = calloc(count + 1, sizeof(*line));

	assert_non_null(line);
	for (uint32_t i = 0; i < rollup->slots.count; i++)
		line[i] = describe_slot(rollup, i);
	for (uint32_t i = 0; i < rollup->node_slots.count; i++)
		line[rollup->slots.count + i] = describe_node_slot(rollup, i);
	qsort(line, count, sizeof(*line), compare_text);
	*ret_count = count;
	return line;
}

static void assert_same(const struct rollup *a, const struct rollup *b)
{
	size_t count_a;
	size_t count_b;
	char **line_a = describe(a, &count_a);
	char **line_b = describe(b, &count_b);

	assert_int_equal(count_a, count_b);
	for (size_t i = 0; i < count_a; i++) {
		assert_string_equal(line_a[i], line_b[i]);
		free(line_a[i]);
		free(line_b[i]);
	}
	free(line_a);
	free(line_b);
}

static void test_totals_are_kept(void **state)
{
	uint64_t expected[HM_QUANTITY_COUNT] = {0};
	uint64_t sum[HM_QUANTITY_COUNT];
	struct rollup rollup = rollup_of(LIMIT);

	(void)state;
	for (uint64_t number = 0; number < BATCHES; number++) {
		struct made_batch *made = make(number);

		for (int q = 0; q < HM_QUANTITY_COUNT; q++)
			for (size_t row = 0; row < ROWS; row++)
				expected[q] += made->quantity[q][row];
		assert_int_equal(rollup_add(&rollup, "physics", &made->batch), 0);
		made_batch_free(made);
	}
	total(&rollup, sum);
	assert_memory_equal(sum, expected, sizeof(sum));
	assert_int_equal(rollup.nodes.count, 2);
	rollup_release(&rollup);
}

static void test_order_does_not_matter(void **state)
{
	struct rollup forward = rollup_of(LIMIT);
	struct rollup backward = rollup_of(LIMIT);

	(void)state;
	for (uint64_t number = 0; number < BATCHES; number++) {
		struct made_batch *one = make(number);
		struct made_batch *other = make(BATCHES - 1 - number);

		assert_int_equal(rollup_add(&forward, "physics", &one->batch), 0);
		assert_int_equal(rollup_add(&backward, "physics", &other->batch), 0);
		made_batch_free(one);
		made_batch_free(other);
	}
	assert_same(&forward, &backward);
	rollup_release(&forward);
	rollup_release(&backward);
}

/* In every slot: used = system + the rows that lie in it. */
static void test_nodes_are_conserved_in_every_slot(void **state)
{
	static const int used[HM_RESOURCE_COUNT] = {HM_QUANTITY_CPU_USED_USEC,
		HM_QUANTITY_MEMORY_USED_MIB_SEC, HM_QUANTITY_GPU_USED_MSEC};
	struct rollup rollup = rollup_of(LIMIT);
	uint64_t node_used = 0;

	(void)state;
	for (uint64_t number = 0; number < BATCHES; number++) {
		struct made_batch *made = make(number);

		node_used += made->batch.node_row.used[0];
		assert_int_equal(rollup_add(&rollup, "physics", &made->batch), 0);
		made_batch_free(made);
	}
	for (uint32_t i = 0; i < rollup.node_slots.count; i++) {
		const struct rollup_node_slot *node = hash_table_at(&rollup.node_slots, i);
		uint64_t sum[HM_RESOURCE_COUNT] = {0};

		for (uint32_t j = 0; j < rollup.slots.count; j++) {
			const struct rollup_slot *slot = hash_table_at(&rollup.slots, j);
			const struct rollup_workload *workload =
				hash_table_at(&rollup.workloads, slot->workload);

			if (workload->node != node->node || slot->slot_usec != node->slot_usec)
				continue;
			for (int r = 0; r < HM_RESOURCE_COUNT; r++)
				sum[r] += slot->quantity[used[r]];
		}
		for (int r = 0; r < HM_RESOURCE_COUNT; r++)
			assert_true(node->used[r] == node->system[r] + sum[r]);
		node_used -= node->used[0];
	}
	assert_true(node_used == 0);
	rollup_release(&rollup);
}

/* Whatever slots it is split over, what was measured adds up, apart from what was used. */
static void test_measured_is_split_exactly(void **state)
{
	struct rollup rollup = rollup_of(LIMIT);
	struct made_batch *made = made_batch_new(7, 3);
	struct hm_node_measured *measured = &made->batch.node_row.measured;
	uint64_t cpu = 0, steal = 0, memory = 0;

	(void)state;
	*measured = (struct hm_node_measured){.is_measured = 1,
		.flags = HM_FLAG_RESET,
		.cpu_usec = 1000003,
		.cpu_steal_usec = 17,
		.memory_mib_sec = 999983};
	made->batch.window_start_usec -= 3 * HM_SLOT_USEC + 123457;
	assert_int_equal(rollup_add(&rollup, "physics", &made->batch), 0);
	assert_int_equal(rollup.node_slots.count, 5);
	for (uint32_t i = 0; i < rollup.node_slots.count; i++) {
		const struct rollup_node_slot *slot = hash_table_at(&rollup.node_slots, i);

		assert_true(rollup_node_slot_is_measured(slot));
		assert_int_equal(slot->measured_flags, HM_FLAG_RESET);
		cpu += slot->measured[ROLLUP_MEASURED_CPU_USEC];
		steal += slot->measured[ROLLUP_MEASURED_CPU_STEAL_USEC];
		memory += slot->measured[ROLLUP_MEASURED_MEMORY_MIB_SEC];
	}
	assert_int_equal(cpu, 1000003);
	assert_int_equal(steal, 17);
	assert_int_equal(memory, 999983);
	made_batch_free(made);
	rollup_release(&rollup);
}

/* A slot of batches with (m), without (u) a measure, and of some that say nothing of the node (n).
 */
static bool is_measured_with(const char *batches)
{
	struct rollup rollup = rollup_of(LIMIT);
	bool is_measured;

	for (const char *at = batches; *at; at++) {
		struct made_batch *made = made_batch_new(7, 3);

		made->batch.node_row.measured =
			(struct hm_node_measured){.is_measured = *at == 'm'};
		if (*at == 'n')
			made->batch.node_row = (struct hm_node_row){
				.resource_class = made->batch.node_row.resource_class};
		assert_int_equal(rollup_add(&rollup, "physics", &made->batch), 0);
		made_batch_free(made);
	}
	is_measured = rollup_node_slot_is_measured(hash_table_at(&rollup.node_slots, 0));
	rollup_release(&rollup);
	return is_measured;
}

static void test_measured_in_part_is_not_measured(void **state)
{
	static const char *const measured[] = {"m", "mm", "nm", "mn", "nmnmn"};
	static const char *const unmeasured[] = {"u", "n", "um", "mu", "mum", "nu", "un", "num"};

	(void)state;
	for (size_t i = 0; i < sizeof(measured) / sizeof(*measured); i++)
		assert_true(is_measured_with(measured[i]));
	for (size_t i = 0; i < sizeof(unmeasured) / sizeof(*unmeasured); i++)
		assert_false(is_measured_with(unmeasured[i]));
}

static void test_measured_sums_fit_the_database(void **state)
{
	struct rollup rollup = rollup_of(LIMIT);
	struct made_batch *made = made_batch_new(7, 1);

	(void)state;
	made->batch.node_row.measured =
		(struct hm_node_measured){.is_measured = 1, .memory_mib_sec = INT64_MAX};
	assert_int_equal(rollup_add(&rollup, "physics", &made->batch), 0);
	made->batch.node_row.measured.memory_mib_sec = 1;
	assert_int_equal(rollup_add(&rollup, "physics", &made->batch), -EAGAIN);
	made_batch_free(made);
	rollup_release(&rollup);
}

static void test_late_binding(void **state)
{
	struct rollup rollup = rollup_of(LIMIT);
	struct made_batch *made = made_batch_new(1, 1);
	const struct rollup_workload *workload;
	uint32_t user = made->batch.resource_class[0]; /* any text will do */

	(void)state;
	made->user[0] = 0;
	assert_int_equal(rollup_add(&rollup, "physics", &made->batch), 0);
	workload = hash_table_at(&rollup.workloads, 0);
	assert_int_equal(workload->username, INTERNER_EMPTY);
	made->user[0] = user;
	assert_int_equal(rollup_add(&rollup, "physics", &made->batch), 0);
	workload = hash_table_at(&rollup.workloads, 0);
	assert_string_equal(text_of(&rollup, workload->username), made->strings[user]);
	made->user[0] = made->workload[0]; /* a second name does not replace the first */
	assert_int_equal(rollup_add(&rollup, "physics", &made->batch), 0);
	workload = hash_table_at(&rollup.workloads, 0);
	assert_string_equal(text_of(&rollup, workload->username), made->strings[user]);
	assert_int_equal(rollup.workloads.count, 1);
	made_batch_free(made);
	rollup_release(&rollup);
}

static void test_hubs_and_nodes_keep_workloads_apart(void **state)
{
	struct rollup rollup = rollup_of(LIMIT);
	struct made_batch *made = made_batch_new(1, 1);

	(void)state;
	assert_int_equal(rollup_add(&rollup, "physics", &made->batch), 0);
	assert_int_equal(rollup_add(&rollup, "chemistry", &made->batch), 0);
	made->batch.node = "node-2";
	assert_int_equal(rollup_add(&rollup, "chemistry", &made->batch), 0);
	assert_int_equal(rollup.workloads.count, 3);
	assert_int_equal(rollup.nodes.count, 3);
	made_batch_free(made);
	rollup_release(&rollup);
}

static void test_empty_node(void **state)
{
	struct rollup rollup = rollup_of(LIMIT);
	struct made_batch *made = made_batch_new(1, 0);

	(void)state;
	assert_int_equal(rollup_add(&rollup, "physics", &made->batch), 0);
	assert_int_equal(rollup.node_slots.count, 1);
	assert_int_equal(rollup.slots.count, 0);
	made_batch_free(made);
	rollup_release(&rollup);
}

/* Everything in @set, through its batches. */
static void add_imported(struct rollup *rollup, struct interval_set *set)
{
	struct interval_batcher *batcher;
	struct hm_batch batch;

	assert_int_equal(interval_set_sort(set), 0);
	assert_int_equal(interval_batcher_new(set, 0, set->count, &batcher), 0);
	while (interval_batcher_next(batcher, &batch) == 0)
		assert_int_equal(rollup_add(rollup, batch.hub, &batch), 0);
	interval_batcher_free(batcher);
}

/* Intervals [first, end) of the plan, each in a set of its own or all in one. */
static struct rollup rollup_of_imported(uint32_t first, uint32_t end, bool one_by_one)
{
	const struct made_intervals plan = {.seed = 9,
		.hubs = 1,
		.nodes = 1,
		.classes = 1,
		.max_usec = 200000000000,
		.span_usec = 400000000000};
	struct rollup rollup = rollup_of(LIMIT);
	struct interval_set set;

	assert_int_equal(interval_set_init(&set, 1), 0);
	for (uint32_t i = first; i < end; i++) {
		make_interval(&plan, i, &set);
		if (!one_by_one && i + 1 < end)
			continue;
		add_imported(&rollup, &set);
		interval_set_release(&set);
		assert_int_equal(interval_set_init(&set, 1), 0);
	}
	interval_set_release(&set);
	return rollup;
}

/* What lands in which slot is a matter of each interval alone. */
static void test_imported_in_any_company(void **state)
{
	struct rollup together = rollup_of_imported(0, 40, false);
	struct rollup alone = rollup_of_imported(0, 40, true);

	(void)state;
	assert_same(&together, &alone);
	rollup_release(&together);
	rollup_release(&alone);
}

/* Node slots are where workloads are, they are conserved, and nobody observed them. */
static void test_imported_is_not_observed(void **state)
{
	struct rollup rollup = rollup_of_imported(0, 5, false);
	const struct rollup_node *node = hash_table_at(&rollup.nodes, 0);
	uint64_t left = 0;

	(void)state;
	assert_true(node->last_observed_usec == ROLLUP_NEVER);
	assert_true(node->last_window_end_usec > MADE_INTERVALS_START_USEC);
	for (uint32_t i = 0; i < rollup.node_slots.count; i++) {
		const struct rollup_node_slot *slot = hash_table_at(&rollup.node_slots, i);
		unsigned workloads = 0;

		assert_int_equal(slot->coverage_msec, 0);
		assert_int_equal(slot->system[0] + slot->capacity[0], 0);
		left += slot->used[0];
		for (uint32_t k = 0; k < rollup.slots.count; k++) {
			const struct rollup_slot *part = hash_table_at(&rollup.slots, k);

			if (part->slot_usec != slot->slot_usec)
				continue;
			assert_int_equal(part->flags, HM_FLAG_IMPORTED);
			left -= part->quantity[HM_QUANTITY_CPU_USED_USEC];
			workloads++;
		}
		assert_true(workloads > 0 && left == 0);
	}
	rollup_release(&rollup);
}

static void test_observed_is_kept_apart(void **state)
{
	struct rollup rollup = rollup_of(LIMIT);
	struct made_batch *made = made_batch_new(1, 3);
	const struct rollup_node *node;
	const int64_t end = made->batch.window_end_usec;

	(void)state;
	assert_int_equal(rollup_add(&rollup, "physics", &made->batch), 0);
	for (size_t i = 0; i < 3; i++)
		made->flags[i] = HM_FLAG_IMPORTED;
	made->batch.node_row.coverage_msec = 0;
	made->batch.window_start_usec += 3600000000;
	made->batch.window_end_usec += 3600000000;
	assert_int_equal(rollup_add(&rollup, "physics", &made->batch), 0);
	node = hash_table_at(&rollup.nodes, 0);
	assert_int_equal(node->last_observed_usec, end);
	assert_int_equal(node->last_window_end_usec, end + 3600000000);
	made_batch_free(made);
	rollup_release(&rollup);
}

/* Refused for want of room or because a sum would not fit: nothing has changed. */
static void test_all_or_nothing(void **state)
{
	struct rollup rollup = rollup_of((size_t)1 << 20);
	uint64_t before[HM_QUANTITY_COUNT];
	uint64_t after[HM_QUANTITY_COUNT];
	struct made_batch *made;
	uint64_t number = 0;
	int r;

	(void)state;
	do {
		total(&rollup, before);
		made = made_batch_new(++number, 100);
		r = rollup_add(&rollup, "physics", &made->batch);
		made_batch_free(made);
	} while (r == 0);
	assert_int_equal(r, -EAGAIN);
	total(&rollup, after);
	assert_memory_equal(before, after, sizeof(before));
	assert_true(rollup_used_bytes(&rollup) <= (size_t)1 << 20);

	made = made_batch_new(1, 5000);
	assert_int_equal(rollup_add(&rollup, "physics", &made->batch), -ENOSPC);
	made_batch_free(made);
	rollup_clear(&rollup);
	assert_int_equal(rollup.classes.count + rollup.nodes.count + rollup.workloads.count, 0);
	assert_int_equal(rollup.slots.count + rollup.node_slots.count, 0);
	assert_int_equal(rollup_keys(&rollup), 0);
	made = made_batch_new(number, 100);
	assert_int_equal(rollup_add(&rollup, "physics", &made->batch), 0);
	made_batch_free(made);
	rollup_release(&rollup);
}

/* Of every quantity: the first one is no less a sum than the others. */
static void assert_fits(enum hm_quantity q)
{
	struct rollup rollup = rollup_of(LIMIT);
	struct made_batch *made = made_batch_new(1, 1);
	uint64_t *value = &made->quantity[q][0];

	*value = INT64_MAX;
	assert_int_equal(rollup_add(&rollup, "physics", &made->batch), 0);
	*value = 1;
	assert_int_equal(rollup_add(&rollup, "physics", &made->batch), -EAGAIN);
	rollup_clear(&rollup);
	assert_int_equal(rollup_add(&rollup, "physics", &made->batch), 0);
	*value = (uint64_t)INT64_MAX + 1;
	assert_int_equal(rollup_add(&rollup, "physics", &made->batch), -EOVERFLOW);
	made_batch_free(made);
	rollup_release(&rollup);
}

static void test_sums_fit_the_database(void **state)
{
	(void)state;
	for (int q = 0; q < HM_QUANTITY_COUNT; q++)
		assert_fits((enum hm_quantity)q);
}

/* Two halves of 2^64 in a column add up to 0 if nobody looks. */
static void test_sums_do_not_wrap(void **state)
{
	const uint64_t half = UINT64_C(1) << 63;
	struct rollup rollup = rollup_of(LIMIT);
	struct made_batch *made = made_batch_new(1, 2);

	(void)state;
	made->quantity[HM_QUANTITY_NET_RX_BYTES][0] = half;
	made->quantity[HM_QUANTITY_NET_RX_BYTES][1] = half;
	assert_int_equal(rollup_add(&rollup, "physics", &made->batch), -EOVERFLOW);
	assert_int_equal(rollup_keys(&rollup), 0);
	made_batch_free(made);
	rollup_release(&rollup);
}

/* A month of jobs in one batch, as centres import it: its rows are as short as they are. */
static void test_room_is_for_what_rows_touch(void **state)
{
	const int64_t month = 30LL * 24 * 3600 * 1000000;
	struct rollup rollup = rollup_of((size_t)8 << 20);
	struct made_batch *made = made_batch_new(1, 5000);

	(void)state;
	made->batch.window_end_usec = made->batch.window_start_usec + month;
	for (size_t row = 0; row < made->batch.n_rows; row++) {
		made->start_offset_usec[row] = row * HM_SLOT_USEC / 4;
		made->end_offset_usec[row] =
			(uint64_t)month - made->start_offset_usec[row] - HM_SLOT_USEC;
	}
	assert_int_equal(rollup_add(&rollup, "physics", &made->batch), 0);
	assert_in_range(rollup.slots.count, 5000, 10000);
	made_batch_free(made);
	rollup_release(&rollup);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_totals_are_kept),
		cmocka_unit_test(test_order_does_not_matter),
		cmocka_unit_test(test_nodes_are_conserved_in_every_slot),
		cmocka_unit_test(test_measured_is_split_exactly),
		cmocka_unit_test(test_measured_in_part_is_not_measured),
		cmocka_unit_test(test_measured_sums_fit_the_database),
		cmocka_unit_test(test_late_binding),
		cmocka_unit_test(test_hubs_and_nodes_keep_workloads_apart),
		cmocka_unit_test(test_empty_node),
		cmocka_unit_test(test_imported_in_any_company),
		cmocka_unit_test(test_imported_is_not_observed),
		cmocka_unit_test(test_observed_is_kept_apart),
		cmocka_unit_test(test_all_or_nothing),
		cmocka_unit_test(test_sums_fit_the_database),
		cmocka_unit_test(test_sums_do_not_wrap),
		cmocka_unit_test(test_room_is_for_what_rows_touch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
