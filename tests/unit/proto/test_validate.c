#include "proto/validate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/make_batch.h"

#define END (MADE_BATCH_START_USEC + MADE_BATCH_USEC)

static const struct hm_wire_limits now_only = {
	.hub = "physics", .now_usec = END, .max_age_usec = 0, .max_future_usec = 0};

/* What may be changed in row 1 of 3. The node's capacity in the minute is 3840 core-seconds. */
enum column {
	KIND,
	WORKLOAD,
	USER,
	SERVER,
	TAG,
	CLASS,
	FLAGS,
	START_OFFSET,
	END_OFFSET,
	QUANTITY /* + enum hm_quantity */
};

static void set_column(struct made_batch *made, unsigned column, uint64_t value)
{
	uint32_t *const columns_32[] = {made->kind, made->workload, made->user, made->server,
		made->tag, made->resource_class, made->flags};

	if (column <= FLAGS)
		columns_32[column][1] = (uint32_t)value;
	else if (column == START_OFFSET)
		made->start_offset_usec[1] = value;
	else if (column == END_OFFSET)
		made->end_offset_usec[1] = value;
	else
		made->quantity[column - QUANTITY][1] = value;
}

/* Three rows with all quantities 0, no offsets and no flags. */
static struct made_batch *new_quiet(void)
{
	struct made_batch *made = made_batch_new(11, 3);
	size_t i;

	for (i = 0; i < HM_QUANTITY_COUNT; i++)
		memset(made->quantity[i], 0, 3 * sizeof(uint64_t));
	memset(made->start_offset_usec, 0, 3 * sizeof(uint64_t));
	memset(made->end_offset_usec, 0, 3 * sizeof(uint64_t));
	memset(made->flags, 0, 3 * sizeof(uint32_t));
	memset(made->batch.node_row.system, 0, sizeof(made->batch.node_row.system));
	made_batch_balance(made);
	return made;
}

struct change {
	unsigned column;
	uint64_t value;
};

#define USED	 (QUANTITY + HM_QUANTITY_CPU_USED_USEC)
#define RESERVED (QUANTITY + HM_QUANTITY_CPU_RESERVED_USEC)
#define BILLABLE (QUANTITY + HM_QUANTITY_CPU_BILLABLE_USEC)
#define MEMORY	 (QUANTITY + HM_QUANTITY_MEMORY_USED_MIB_SEC)
#define MEMORY_R (QUANTITY + HM_QUANTITY_MEMORY_RESERVED_MIB_SEC)
#define MEMORY_B (QUANTITY + HM_QUANTITY_MEMORY_BILLABLE_MIB_SEC)
#define GPU	 (QUANTITY + HM_QUANTITY_GPU_USED_MSEC)
#define GPU_B	 (QUANTITY + HM_QUANTITY_GPU_BILLABLE_MSEC)
#define STORAGE	 (QUANTITY + HM_QUANTITY_STORAGE_MIB_SEC)
#define NET_RX	 (QUANTITY + HM_QUANTITY_NET_RX_BYTES)
#define NET_TX	 (QUANTITY + HM_QUANTITY_NET_TX_BYTES)
#define WALL	 (QUANTITY + HM_QUANTITY_WALL_MSEC)

#define CPU_BOUND    (2 * 3840000000ull + 60000000)
#define MEMORY_BOUND (2 * 262144ull * 60 + 61440)
#define GPU_BOUND    (2 * 480000ull + 60000)

/* Of any node, in a minute and one more. */
#define MOST_MEMORY   ((1ull << 32) * 120)
#define MOST_GPU      (65536000ull * 120)
#define STORAGE_BOUND ((1ull << 40) * 120)
#define NET_BOUND     (400000000000ull * 120)

static const struct {
	const char *what;
	enum hm_reject reason;
	struct change change[3];
} row_cases[] = {
	{"nothing", HM_REJECT_NONE, {{USER, 0}}},
	{"kind 0", HM_REJECT_UNKNOWN_VALUE, {{KIND, 0}}},
	{"kind 5", HM_REJECT_NONE, {{KIND, 5}}},
	{"kind 6", HM_REJECT_UNKNOWN_VALUE, {{KIND, 6}}},
	{"all flags", HM_REJECT_NONE, {{FLAGS, HM_FLAGS_KNOWN}}},
	{"a new flag", HM_REJECT_UNKNOWN_VALUE, {{FLAGS, HM_FLAGS_KNOWN + 1}}},
	{"no workload", HM_REJECT_DICTIONARY_INDEX, {{WORKLOAD, 0}}},
	{"workload past the end", HM_REJECT_DICTIONARY_INDEX, {{WORKLOAD, 1000}}},
	{"user past the end", HM_REJECT_DICTIONARY_INDEX, {{USER, 1000}}},
	{"server past the end", HM_REJECT_DICTIONARY_INDEX, {{SERVER, UINT32_MAX}}},
	{"tag past the end", HM_REJECT_DICTIONARY_INDEX, {{TAG, 1000}}},
	{"class past the end", HM_REJECT_DICTIONARY_INDEX, {{CLASS, 1000}}},
	{"starts late", HM_REJECT_NONE, {{START_OFFSET, MADE_BATCH_USEC - 1}}},
	{"starts too late", HM_REJECT_ROW_WINDOW, {{START_OFFSET, MADE_BATCH_USEC}}},
	{"ends early", HM_REJECT_NONE, {{END_OFFSET, MADE_BATCH_USEC - 1}}},
	{"ends too early", HM_REJECT_ROW_WINDOW, {{END_OFFSET, MADE_BATCH_USEC}}},
	{"one us left", HM_REJECT_NONE, {{START_OFFSET, 1}, {END_OFFSET, MADE_BATCH_USEC - 2}}},
	{"nothing left", HM_REJECT_ROW_WINDOW,
		{{START_OFFSET, 1}, {END_OFFSET, MADE_BATCH_USEC - 1}}},
	{"offsets that wrap", HM_REJECT_ROW_WINDOW, {{START_OFFSET, 2}, {END_OFFSET, UINT64_MAX}}},
	{"offsets that wrap the other way", HM_REJECT_ROW_WINDOW,
		{{START_OFFSET, UINT64_MAX}, {END_OFFSET, 2}}},
	{"all the CPU there may be", HM_REJECT_NONE, {{USED, CPU_BOUND}, {BILLABLE, CPU_BOUND}}},
	{"more CPU than that", HM_REJECT_ABSURD_QUANTITY,
		{{USED, CPU_BOUND + 1}, {BILLABLE, CPU_BOUND + 1}}},
	{"more CPU promised", HM_REJECT_ABSURD_QUANTITY,
		{{RESERVED, CPU_BOUND + 1}, {BILLABLE, CPU_BOUND + 1}}},
	{"all the memory there may be", HM_REJECT_NONE,
		{{MEMORY, MEMORY_BOUND}, {MEMORY_B, MEMORY_BOUND}}},
	{"more memory than that", HM_REJECT_ABSURD_QUANTITY,
		{{MEMORY, MEMORY_BOUND + 1}, {MEMORY_B, MEMORY_BOUND + 1}}},
	{"more memory promised", HM_REJECT_ABSURD_QUANTITY,
		{{MEMORY_R, MEMORY_BOUND + 1}, {MEMORY_B, MEMORY_BOUND + 1}}},
	{"all the GPU there may be", HM_REJECT_NONE, {{GPU, GPU_BOUND}, {GPU_B, GPU_BOUND}}},
	{"more GPU than that", HM_REJECT_ABSURD_QUANTITY,
		{{GPU, GPU_BOUND + 1}, {GPU_B, GPU_BOUND + 1}}},
	{"billable below used", HM_REJECT_ABSURD_QUANTITY, {{USED, 5}, {BILLABLE, 4}}},
	{"billable below reserved", HM_REJECT_ABSURD_QUANTITY, {{RESERVED, 5}, {BILLABLE, 4}}},
	{"billable is the larger", HM_REJECT_NONE, {{USED, 5}, {RESERVED, 3}, {BILLABLE, 5}}},
	{"billable is both", HM_REJECT_NONE, {{USED, 5}, {RESERVED, 3}, {BILLABLE, 8}}},
	{"billable above both", HM_REJECT_ABSURD_QUANTITY,
		{{USED, 5}, {RESERVED, 3}, {BILLABLE, 9}}},
	{"existed a minute longer", HM_REJECT_NONE, {{WALL, 120000}}},
	{"existed longer than that", HM_REJECT_ABSURD_QUANTITY, {{WALL, 120001}}},
	{"an exbibyte held for two minutes", HM_REJECT_NONE, {{STORAGE, STORAGE_BOUND}}},
	{"more storage than that", HM_REJECT_ABSURD_QUANTITY, {{STORAGE, STORAGE_BOUND + 1}}},
	{"an exbibyte for the row's own second", HM_REJECT_NONE,
		{{STORAGE, (1ull << 40) * 61}, {END_OFFSET, MADE_BATCH_USEC - 1000000}}},
	{"more than that in the row's own second", HM_REJECT_ABSURD_QUANTITY,
		{{STORAGE, (1ull << 40) * 61 + 1}, {END_OFFSET, MADE_BATCH_USEC - 1000000}}},
	{"400 GB/s received", HM_REJECT_NONE, {{NET_RX, NET_BOUND}}},
	{"more than that received", HM_REJECT_ABSURD_QUANTITY, {{NET_RX, NET_BOUND + 1}}},
	{"400 GB/s sent", HM_REJECT_NONE, {{NET_TX, NET_BOUND}}},
	{"more than that sent", HM_REJECT_ABSURD_QUANTITY, {{NET_TX, NET_BOUND + 1}}},
	{"63 bits", HM_REJECT_ABSURD_QUANTITY, {{STORAGE, INT64_MAX}}},
	{"64 bits", HM_REJECT_OVERFLOW, {{STORAGE, (uint64_t)INT64_MAX + 1}}},
	{"CPU of 64 bits", HM_REJECT_OVERFLOW, {{USED, UINT64_MAX}, {BILLABLE, UINT64_MAX}}},
};

static void test_row(void **state)
{
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(row_cases) / sizeof(row_cases[0]); i++) {
		struct made_batch *made = new_quiet();
		enum hm_reject reason;

		for (j = 0; j < 3 && (j == 0 || row_cases[i].change[j].column); j++)
			set_column(
				made, row_cases[i].change[j].column, row_cases[i].change[j].value);
		made_batch_balance(made);
		reason = hm_batch_validate(&made->batch, &now_only);
		if (reason != row_cases[i].reason)
			fail_msg("%s: %s", row_cases[i].what, hm_reject_name(reason));
		made_batch_free(made);
	}
}

static void check(struct made_batch *made, enum hm_reject expected)
{
	enum hm_reject reason = hm_batch_validate(&made->batch, &now_only);

	assert_string_equal(hm_reject_name(reason), hm_reject_name(expected));
	made_batch_free(made);
}

static void test_sums_of_rows(void **state)
{
	struct made_batch *made = new_quiet();

	(void)state;
	made->quantity[HM_QUANTITY_NET_RX_BYTES][0] = INT64_MAX;
	made->quantity[HM_QUANTITY_NET_RX_BYTES][2] = 1;
	check(made, HM_REJECT_OVERFLOW);

	made = new_quiet();
	made->quantity[HM_QUANTITY_NET_RX_BYTES][0] = UINT64_MAX;
	made->quantity[HM_QUANTITY_NET_RX_BYTES][2] = 1; /* wraps to 0 */
	check(made, HM_REJECT_OVERFLOW);

	made = new_quiet(); /* each below what a node may have, together not */
	made->quantity[HM_QUANTITY_CPU_USED_USEC][0] = CPU_BOUND;
	made->quantity[HM_QUANTITY_CPU_BILLABLE_USEC][0] = CPU_BOUND;
	made->quantity[HM_QUANTITY_CPU_USED_USEC][2] = 1;
	made->quantity[HM_QUANTITY_CPU_BILLABLE_USEC][2] = 1;
	made_batch_balance(made);
	check(made, HM_REJECT_ABSURD_QUANTITY);

	made = new_quiet(); /* promised more often than it can be kept: that happens */
	made->quantity[HM_QUANTITY_CPU_RESERVED_USEC][0] = CPU_BOUND;
	made->quantity[HM_QUANTITY_CPU_BILLABLE_USEC][0] = CPU_BOUND;
	made->quantity[HM_QUANTITY_CPU_RESERVED_USEC][2] = CPU_BOUND;
	made->quantity[HM_QUANTITY_CPU_BILLABLE_USEC][2] = CPU_BOUND;
	check(made, HM_REJECT_NONE);
}

/* Rows of a node share its network; what is imported may be a whole cluster's. */
static void test_sums_of_what_has_no_capacity(void **state)
{
	static const enum hm_quantity net[] = {HM_QUANTITY_NET_RX_BYTES, HM_QUANTITY_NET_TX_BYTES};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct made_batch *made = new_quiet();

		made->batch.node_row.coverage_msec = 1;
		made->quantity[net[i]][0] = NET_BOUND;
		made->quantity[net[i]][2] = 1;
		check(made, HM_REJECT_ABSURD_QUANTITY);

		made = new_quiet();
		made->batch.node_row.coverage_msec = 0;
		made->quantity[net[i]][0] = NET_BOUND;
		made->quantity[net[i]][2] = NET_BOUND;
		check(made, HM_REJECT_NONE);
	}
}

static void test_conservation(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < HM_RESOURCE_COUNT; i++) {
		struct made_batch *made = made_batch_new(12, 5);

		made->batch.node_row.used[i]++;
		check(made, HM_REJECT_CONSERVATION);
		made = made_batch_new(13, 0);
		made->batch.node_row.system[i]++;
		check(made, HM_REJECT_CONSERVATION);
	}
}

static void test_node_row(void **state)
{
	struct made_batch *made = new_quiet();

	(void)state;
	made->batch.node_row.resource_class = (uint32_t)made->batch.n_strings;
	check(made, HM_REJECT_DICTIONARY_INDEX);

	made = new_quiet();
	made->batch.node_row.coverage_msec = 60001;
	check(made, HM_REJECT_ABSURD_QUANTITY);

	made = new_quiet();
	made->batch.node_row.capacity[HM_RESOURCE_CPU_USEC] = 0;
	check(made, HM_REJECT_ABSURD_QUANTITY);

	made = new_quiet(); /* 65,536 cores and no more */
	made->batch.node_row.capacity[HM_RESOURCE_CPU_USEC] = 65536ull * 120000000 + 1;
	check(made, HM_REJECT_ABSURD_QUANTITY);

	made = new_quiet();
	made->batch.node_row.capacity[HM_RESOURCE_MEMORY_MIB_SEC] = MOST_MEMORY + 1;
	check(made, HM_REJECT_ABSURD_QUANTITY);

	made = new_quiet();
	made->batch.node_row.capacity[HM_RESOURCE_GPU_MSEC] = MOST_GPU + 1;
	check(made, HM_REJECT_ABSURD_QUANTITY);

	made = new_quiet();
	made->batch.node_row.capacity[HM_RESOURCE_GPU_MSEC] = UINT64_MAX;
	check(made, HM_REJECT_OVERFLOW);

	made = new_quiet();
	made->batch.node_row.used[HM_RESOURCE_CPU_USEC] = CPU_BOUND + 1;
	made->batch.node_row.system[HM_RESOURCE_CPU_USEC] = CPU_BOUND + 1;
	check(made, HM_REJECT_ABSURD_QUANTITY);
}

/* Where nobody knows the capacity, any node's is the bound. */
static void test_unknown_capacity(void **state)
{
	static const struct {
		enum hm_resource resource;
		enum hm_quantity used, billable;
		uint64_t most;
	} cases[] = {
		{HM_RESOURCE_MEMORY_MIB_SEC, HM_QUANTITY_MEMORY_USED_MIB_SEC,
			HM_QUANTITY_MEMORY_BILLABLE_MIB_SEC, MOST_MEMORY},
		{HM_RESOURCE_GPU_MSEC, HM_QUANTITY_GPU_USED_MSEC, HM_QUANTITY_GPU_BILLABLE_MSEC,
			MOST_GPU},
	};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const bool too_much = i % 2;
		struct made_batch *made = new_quiet();

		made->batch.node_row.capacity[cases[i / 2].resource] = 0;
		made->batch.node_row.measured.is_measured = 0;
		made->quantity[cases[i / 2].used][0] = cases[i / 2].most + too_much;
		made->quantity[cases[i / 2].billable][0] = cases[i / 2].most + too_much;
		made_batch_balance(made);
		check(made, too_much ? HM_REJECT_ABSURD_QUANTITY : HM_REJECT_NONE);

		made = new_quiet();
		made->batch.node_row.capacity[cases[i / 2].resource] = 0;
		made->batch.node_row.measured.is_measured = 0;
		made->batch.node_row.system[cases[i / 2].resource] = cases[i / 2].most + too_much;
		made_batch_balance(made);
		check(made, too_much ? HM_REJECT_ABSURD_QUANTITY : HM_REJECT_NONE);
	}
}

static void test_identity(void **state)
{
	struct made_batch *made = new_quiet();

	(void)state;
	made->batch.hub = "";
	check(made, HM_REJECT_IDENTITY);
	made = new_quiet();
	made->batch.node = "";
	check(made, HM_REJECT_IDENTITY);
	made = new_quiet();
	made->batch.sequence = 0;
	check(made, HM_REJECT_IDENTITY);
	made = new_quiet();
	made->batch.sequence = (uint64_t)INT64_MAX + 1;
	check(made, HM_REJECT_IDENTITY);
}

static void test_dictionary_starts_empty(void **state)
{
	static const char *const strings[] = {"x"};
	struct made_batch *made = made_batch_new(14, 0);
	struct hm_batch batch = made->batch;

	(void)state;
	batch.strings = strings;
	batch.n_strings = 1;
	batch.node_row.resource_class = 0;
	assert_int_equal(hm_batch_validate(&batch, &now_only), HM_REJECT_DICTIONARY_INDEX);
	batch.n_strings = 0;
	assert_int_equal(hm_batch_validate(&batch, &now_only), HM_REJECT_DICTIONARY_INDEX);
	batch = made->batch;
	batch.n_rows = HM_MAX_ROWS + 1;
	assert_int_equal(hm_batch_validate(&batch, &now_only), HM_REJECT_TOO_MANY_ROWS);
	made_batch_free(made);
}

static void test_the_same_workload_twice_is_allowed(void **state)
{
	struct made_batch *made = made_batch_new(15, 3);

	(void)state;
	made->kind[1] = made->kind[0];
	made->workload[1] = made->workload[0];
	made->resource_class[1] = made->resource_class[0];
	check(made, HM_REJECT_NONE);
}

#define DAY_USEC (86400LL * 1000 * 1000)

static const struct {
	const char *what;
	int64_t start, end, now, max_age, max_future;
	enum hm_reject reason;
} window_cases[] = {
	{"just now", END - 1, END, END, 0, 0, HM_REJECT_NONE},
	{"empty", END, END, END, 0, 0, HM_REJECT_WINDOW},
	{"backwards", END, END - 1, END, 0, 0, HM_REJECT_WINDOW},
	{"40 days", END - 40 * DAY_USEC, END, END, 0, 0, HM_REJECT_NONE},
	{"longer", END - 40 * DAY_USEC - 1, END, END, 0, 0, HM_REJECT_WINDOW},
	{"before 1970", -1, 1, END, INT64_MAX, 0, HM_REJECT_WINDOW},
	{"difference wraps", 1, INT64_MIN, END, 0, 0, HM_REJECT_WINDOW},
	{"ahead as far as allowed", END, END + 5, END, 0, 5, HM_REJECT_NONE},
	{"further ahead", END, END + 6, END, 0, 5, HM_REJECT_WINDOW_FUTURE},
	{"end of time", INT64_MAX - 1, INT64_MAX, END, 0, 5, HM_REJECT_WINDOW_FUTURE},
	{"end of time allowed", INT64_MAX - 1, INT64_MAX, END, 0, INT64_MAX, HM_REJECT_NONE},
	{"a clock before 1970", 1, INT64_MAX / 2 + DAY_USEC, -1, 0, 0, HM_REJECT_WINDOW},
	{"a clock at the beginning", 1, 2, INT64_MIN, 0, INT64_MAX, HM_REJECT_WINDOW_FUTURE},
	{"as old as allowed", END, END + 1, END + 8, 7, 0, HM_REJECT_NONE},
	{"older", END, END + 1, END + 9, 7, 0, HM_REJECT_WINDOW_TOO_OLD},
	{"as old as can be", 0, 1, INT64_MAX, 7, 0, HM_REJECT_WINDOW_TOO_OLD},
	{"any age", 0, 1, INT64_MAX, INT64_MAX, 0, HM_REJECT_NONE},
};

static void test_window(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(window_cases) / sizeof(window_cases[0]); i++) {
		struct made_batch *made = made_batch_new(16, 0);
		const struct hm_wire_limits limits = {.now_usec = window_cases[i].now,
			.max_age_usec = window_cases[i].max_age,
			.max_future_usec = window_cases[i].max_future};
		enum hm_reject reason;

		made->batch.window_start_usec = window_cases[i].start;
		made->batch.window_end_usec = window_cases[i].end;
		made->batch.node_row.coverage_msec = 0;
		reason = hm_batch_validate(&made->batch, &limits);
		if (reason != window_cases[i].reason)
			fail_msg("%s: %s", window_cases[i].what, hm_reject_name(reason));
		made_batch_free(made);
	}
}

/* Three rows of another accounting system. */
static struct made_batch *new_imported(void)
{
	struct made_batch *made = new_quiet();
	size_t i;

	for (i = 0; i < 3; i++)
		made->flags[i] = HM_FLAG_IMPORTED;
	made->batch.node_row.coverage_msec = 0;
	memset(made->batch.node_row.capacity, 0, sizeof(made->batch.node_row.capacity));
	made->batch.node_row.measured = (struct hm_node_measured){0};
	return made;
}

static struct made_batch *new_measured(struct hm_node_measured measured)
{
	struct made_batch *made = new_quiet();

	measured.is_measured = 1;
	made->batch.node_row.measured = measured;
	return made;
}

#define MEASURED(...) new_measured((struct hm_node_measured){__VA_ARGS__})

/* As what was used, and apart from it: the two need not agree. */
static void test_what_the_kernel_measured(void **state)
{
	struct made_batch *made;

	(void)state;
	check(MEASURED(0), HM_REJECT_NONE);
	check(MEASURED(.cpu_usec = CPU_BOUND, .cpu_steal_usec = CPU_BOUND,
		      .memory_mib_sec = MEMORY_BOUND, .flags = HM_FLAG_RESET),
		HM_REJECT_NONE);
	check(MEASURED(.cpu_usec = CPU_BOUND + 1), HM_REJECT_ABSURD_QUANTITY);
	check(MEASURED(.cpu_steal_usec = CPU_BOUND + 1), HM_REJECT_ABSURD_QUANTITY);
	check(MEASURED(.memory_mib_sec = MEMORY_BOUND + 1), HM_REJECT_ABSURD_QUANTITY);
	check(MEASURED(.cpu_usec = UINT64_MAX), HM_REJECT_OVERFLOW);
	check(MEASURED(.cpu_steal_usec = 1ULL << 63), HM_REJECT_OVERFLOW);
	check(MEASURED(.memory_mib_sec = 1ULL << 63), HM_REJECT_OVERFLOW);
	check(MEASURED(.flags = HM_FLAGS_KNOWN + 1), HM_REJECT_UNKNOWN_VALUE);
	made = MEASURED(.memory_mib_sec = MOST_MEMORY); /* of a size that nobody knows */
	made->batch.node_row.capacity[HM_RESOURCE_MEMORY_MIB_SEC] = 0;
	check(made, HM_REJECT_NONE);
	made = MEASURED(.memory_mib_sec = MOST_MEMORY + 1);
	made->batch.node_row.capacity[HM_RESOURCE_MEMORY_MIB_SEC] = 0;
	check(made, HM_REJECT_ABSURD_QUANTITY);
	made = new_imported(); /* whoever measures a node knows its CPUs */
	made->batch.node_row.measured.is_measured = 1;
	made->batch.node_row.measured.cpu_usec = 60000001;
	check(made, HM_REJECT_ABSURD_QUANTITY);
}

static enum hm_reject judge_age(const struct made_batch *made, int64_t age)
{
	const struct hm_wire_limits limits = {.now_usec = END + age, .max_age_usec = 7};

	return hm_batch_validate(&made->batch, &limits);
}

static void test_imported_may_be_old(void **state)
{
	struct made_batch *made = new_imported();

	(void)state;
	assert_true(hm_batch_is_imported(&made->batch));
	assert_int_equal(judge_age(made, HM_IMPORTED_MAX_AGE_USEC + 7), HM_REJECT_NONE);
	assert_int_equal(judge_age(made, HM_IMPORTED_MAX_AGE_USEC + 8), HM_REJECT_WINDOW_TOO_OLD);
	assert_int_equal(judge_age(made, -1), HM_REJECT_WINDOW_FUTURE);

	made->flags[2] = HM_FLAG_GAP; /* one row was metered: an ordinary batch */
	made->batch.node_row.capacity[HM_RESOURCE_CPU_USEC] = 1;
	assert_false(hm_batch_is_imported(&made->batch));
	assert_int_equal(judge_age(made, 8), HM_REJECT_WINDOW_TOO_OLD);
	made->flags[2] = HM_FLAG_IMPORTED | HM_FLAG_ESTIMATED;
	assert_int_equal(judge_age(made, 8), HM_REJECT_NONE);
	made->batch.node_row.coverage_msec = 1; /* so somebody looked */
	assert_false(hm_batch_is_imported(&made->batch));
	assert_int_equal(judge_age(made, 8), HM_REJECT_WINDOW_TOO_OLD);
	made_batch_free(made);

	made = made_batch_new(17, 0); /* nothing is imported */
	made->batch.node_row.coverage_msec = 0;
	assert_false(hm_batch_is_imported(&made->batch));
	made_batch_free(made);
}

static void test_imported_has_no_capacity(void **state)
{
	const uint64_t bound = 65536ull * (MADE_BATCH_USEC + 60000000);
	struct made_batch *made = new_imported();
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) { /* the "node" may be a cluster */
		made->quantity[HM_QUANTITY_CPU_USED_USEC][i] = bound;
		made->quantity[HM_QUANTITY_CPU_BILLABLE_USEC][i] = bound;
	}
	made_batch_balance(made);
	assert_int_equal(judge_age(made, 0), HM_REJECT_NONE);
	made->quantity[HM_QUANTITY_CPU_RESERVED_USEC][1] = bound + 1;
	made->quantity[HM_QUANTITY_CPU_BILLABLE_USEC][1] = bound + 1;
	check(made, HM_REJECT_ABSURD_QUANTITY);

	made = new_imported();
	made->batch.node_row.coverage_msec = 1;
	check(made, HM_REJECT_ABSURD_QUANTITY);
	made = new_imported(); /* conservation holds for them as well */
	made->batch.node_row.used[HM_RESOURCE_CPU_USEC] = 1;
	check(made, HM_REJECT_CONSERVATION);
}

/* Rows that found no room in the batch of their window come without what the node is. */
static void test_rest_of_a_window_has_no_capacity(void **state)
{
	struct made_batch *made = new_imported();

	(void)state;
	made->flags[0] = made->flags[1] = made->flags[2] = 0;
	check(made, HM_REJECT_NONE);
}

static void test_every_reason_has_its_own_name(void **state)
{
	int a, b;

	(void)state;
	for (a = HM_REJECT_NONE; a <= HM_REJECT_STREAM_GAPS; a++) {
		assert_true(strlen(hm_reject_name((enum hm_reject)a)) > 0);
		for (b = HM_REJECT_NONE; b < a; b++)
			assert_string_not_equal(hm_reject_name((enum hm_reject)a),
				hm_reject_name((enum hm_reject)b));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_row),
		cmocka_unit_test(test_sums_of_rows),
		cmocka_unit_test(test_conservation),
		cmocka_unit_test(test_node_row),
		cmocka_unit_test(test_what_the_kernel_measured),
		cmocka_unit_test(test_unknown_capacity),
		cmocka_unit_test(test_sums_of_what_has_no_capacity),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_dictionary_starts_empty),
		cmocka_unit_test(test_the_same_workload_twice_is_allowed),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_imported_may_be_old),
		cmocka_unit_test(test_imported_has_no_capacity),
		cmocka_unit_test(test_rest_of_a_window_has_no_capacity),
		cmocka_unit_test(test_every_reason_has_its_own_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
