/* Which batches become one, and what it says. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/spool/merge.h"
#include "proto/validate.h"
#include "tests/support/make_batch.h"

#define LAW_ROUNDS 60

static const struct hm_wire_limits limits = {
	.max_age_usec = INT64_MAX, .max_future_usec = INT64_MAX};

/* Batch number @minute of its quarter of an hour. */
static struct made_batch *make(uint64_t seed, int minute, size_t n_rows)
{
	struct made_batch *made = made_batch_new(seed, n_rows);

	made->batch.window_start_usec += minute * MADE_BATCH_USEC;
	made->batch.window_end_usec += minute * MADE_BATCH_USEC;
	made->batch.window_end_boottime_usec = (minute + 5) * MADE_BATCH_USEC;
	memset(made->batch.boot_id, 7, HM_BOOT_ID_SIZE); /* else it is of the seed */
	return made;
}

static int add(struct merger *merger, struct made_batch *made)
{
	int r = merger_add(merger, &made->batch);

	made_batch_free(made); /* nothing of it is borrowed */
	return r;
}

static void take_valid(struct merger *merger, struct hm_batch *ret)
{
	assert_int_equal(merger_take(merger, ret), 0);
	ret->sequence = 1;
	assert_string_equal(hm_reject_name(hm_batch_validate(ret, &limits)), "none");
}

static void test_sums_of_many(void **state)
{
	struct merger *merger;

	(void)state;
	assert_int_equal(merger_new(&merger), 0);
	for (uint64_t round = 0; round < LAW_ROUNDS; round++) {
		uint64_t sum[HM_QUANTITY_COUNT] = {0}, system = 0, coverage = 0;
		uint32_t flags = 0, flags_after = 0;
		struct hm_batch merged;

		for (int minute = 0; minute < 15; minute++) {
			struct made_batch *made = make(round * 15 + (uint64_t)minute, minute, 20);
			const struct hm_batch *batch = &made->batch;

			for (size_t i = 0; i < batch->n_rows; i++) {
				flags |= batch->flags[i];
				for (size_t q = 0; q < HM_QUANTITY_COUNT; q++)
					sum[q] += batch->quantity[q][i];
			}
			system += batch->node_row.system[HM_RESOURCE_CPU_USEC];
			coverage += batch->node_row.coverage_msec;
			assert_true(merger_accepts(batch));
			assert_int_equal(add(merger, made), 0);
		}
		take_valid(merger, &merged);
		assert_int_equal(merger_take(merger, &merged), -ENODATA);
		for (size_t i = 0; i < merged.n_rows; i++) {
			flags_after |= merged.flags[i];
			for (size_t q = 0; q < HM_QUANTITY_COUNT; q++)
				sum[q] -= merged.quantity[q][i];
		}
		for (size_t q = 0; q < HM_QUANTITY_COUNT; q++)
			assert_int_equal(sum[q], 0);
		assert_int_equal(flags, flags_after);
		assert_int_equal(merged.node_row.system[HM_RESOURCE_CPU_USEC], system);
		assert_int_equal(merged.node_row.coverage_msec, coverage);
		assert_int_equal(
			merged.window_end_usec - merged.window_start_usec, 15 * MADE_BATCH_USEC);
	}
	merger_free(merger);
}

static void set_text(struct made_batch *made, uint32_t index, const char *text)
{
	free(made->strings[index]);
	made->strings[index] = strdup(text);
}

/* One row, of workload "w" of @user. */
static struct made_batch *make_of(int minute, const char *user)
{
	struct made_batch *made = make(1, minute, 1);
	uint32_t class_index = made->batch.node_row.resource_class;

	made->resource_class[0] = class_index;
	made->server[0] = made->tag[0] = 0;
	made->user[0] = *user ? class_index + 1 : 0; /* another class before */
	set_text(made, class_index, "class");
	set_text(made, made->workload[0], "w");
	if (*user)
		set_text(made, made->user[0], user);
	return made;
}

static void test_who_a_row_is_of(void **state)
{
	struct merger *merger;
	struct hm_batch merged;

	(void)state;
	assert_int_equal(merger_new(&merger), 0);
	assert_int_equal(add(merger, make_of(0, "")), 0);
	assert_int_equal(add(merger, make_of(1, "ada")), 0);
	assert_int_equal(add(merger, make_of(2, "")), 0);
	take_valid(merger, &merged);
	assert_int_equal(merged.n_rows, 1);
	assert_string_equal(merged.strings[merged.user[0]], "ada");
	assert_string_equal(merged.strings[merged.workload[0]], "w");
	assert_string_equal(merged.strings[merged.resource_class[0]], "class");

	assert_int_equal(add(merger, make_of(3, "ada")), 0);
	assert_int_equal(add(merger, make_of(4, "ben")), 0); /* nobody is billed for another */
	take_valid(merger, &merged);
	assert_int_equal(merged.n_rows, 2);
	assert_string_equal(merged.strings[merged.user[0]], "ada");
	assert_string_equal(merged.strings[merged.user[1]], "ben");
	merger_free(merger);
}

static void test_what_is_not_merged(void **state)
{
	struct made_batch *made = make(1, 15, 3);
	struct merger *merger;

	(void)state;
	assert_true(merger_accepts(&made->batch));
	made->batch.window_start_usec--; /* across an edge */
	assert_false(merger_accepts(&made->batch));
	made_batch_free(made);

	made = make(1, 3, 3);
	made->batch.node_row.coverage_msec = 0;
	assert_true(merger_accepts(&made->batch));
	for (size_t i = 0; i < 3; i++)
		made->flags[i] |= HM_FLAG_IMPORTED;
	assert_false(merger_accepts(&made->batch));
	made_batch_free(made);

	made = make(1, 3, 5000); /* larger than a batch may be, once each text is kept */
	assert_false(merger_accepts(&made->batch));
	made_batch_free(made);

	assert_int_equal(merger_new(&merger), 0);
	assert_int_equal(add(merger, make(1, 3, 3)), 0);
	assert_int_equal(add(merger, make(2, 2, 3)), -EAGAIN);	/* the clock was set back */
	assert_int_equal(add(merger, make(2, 16, 3)), -EAGAIN); /* of another slot */
	made = make(2, 4, 3);
	made->batch.boot_id[3]++;
	assert_int_equal(add(merger, made), -EAGAIN);
	made = make(2, 4, 3);
	made->batch.window_end_boottime_usec += 1000001; /* dated by another clock */
	assert_int_equal(add(merger, made), -EAGAIN);
	made = make(2, 4, 3);
	made->batch.window_end_boottime_usec = 0;
	assert_int_equal(add(merger, made), -EAGAIN);
	made = make(2, 4, 3);
	made->batch.node = "node-2";
	assert_int_equal(add(merger, made), -EAGAIN);
	made = make(2, 4, 3);
	made->batch.hub = "chemistry";
	assert_int_equal(add(merger, made), -EAGAIN);
	assert_int_equal(add(merger, make(2, 4, 3)), 0);
	merger_free(merger);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums_of_many),
		cmocka_unit_test(test_who_a_row_is_of),
		cmocka_unit_test(test_what_is_not_merged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
