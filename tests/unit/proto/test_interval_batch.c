#include "proto/interval_batch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/sha256.h"
#include "proto/validate.h"
#include "proto/wire.h"
#include "tests/support/make_intervals.h"

#define DAY_USEC (86400LL * 1000 * 1000)

static const struct hm_wire_limits limits = {
	.now_usec = MADE_INTERVALS_START_USEC + 800 * DAY_USEC, .max_age_usec = 0};

static const struct made_intervals plans[] = {
	/* many short jobs on few nodes, so that rows are what fills a batch */
	{.seed = 1,
		.count = 3000,
		.hubs = 1,
		.nodes = 2,
		.classes = 2,
		.max_usec = DAY_USEC / 24,
		.span_usec = DAY_USEC},
	/* long ones on many nodes, so that windows are */
	{.seed = 2,
		.count = 60,
		.hubs = 3,
		.nodes = 9,
		.classes = 2,
		.max_usec = 400 * DAY_USEC,
		.span_usec = 100 * DAY_USEC},
	/* pauses of months, and the shortest intervals there are */
	{.seed = 3,
		.count = 50,
		.hubs = 2,
		.nodes = 2,
		.classes = 1,
		.max_usec = 2,
		.span_usec = 400 * DAY_USEC},
	{.seed = 4,
		.count = 700,
		.hubs = 1,
		.nodes = 1,
		.classes = 1,
		.max_usec = 3 * DAY_USEC,
		.span_usec = 10 * DAY_USEC},
	/* all within a slot: only their number fills a batch */
	{.seed = 5,
		.count = 2500,
		.hubs = 1,
		.nodes = 1,
		.classes = 1,
		.max_usec = 1000,
		.span_usec = 1000000},
};

/* What came out for one interval. */
struct outcome {
	uint64_t sum[HM_QUANTITY_COUNT];
	int64_t end_usec; /* of the rows so far; they must follow each other */
	uint32_t rows;
};

static struct interval_set new_set(const struct made_intervals *plan, bool backwards)
{
	struct interval_set set;

	assert_int_equal(interval_set_init(&set, 1 + backwards), 0);
	for (uint32_t i = 0; i < plan->count; i++)
		make_interval(plan, backwards ? plan->count - 1 - i : i, &set);
	assert_int_equal(interval_set_sort(&set), 0);
	return set;
}

static void check_batch(const struct hm_batch *batch)
{
	static unsigned char buffer[INTERVAL_BATCH_MAX_BYTES];
	const uint64_t slots = (uint64_t)((batch->window_end_usec - 1) / HM_SLOT_USEC -
					  batch->window_start_usec / HM_SLOT_USEC + 1);
	size_t size;

	assert_string_equal(hm_reject_name(hm_batch_validate(batch, &limits)), "none");
	assert_true(hm_batch_is_imported(batch));
	assert_int_equal(hm_wire_encode(batch, buffer, sizeof(buffer), &size), 0);
	assert_true(batch->n_rows <= INTERVAL_BATCH_MAX_ROWS);
	assert_true(batch->n_rows * slots <= INTERVAL_BATCH_MAX_SLOTS);
	for (size_t i = 0; i < HM_RESOURCE_COUNT; i++) {
		assert_int_equal(batch->node_row.capacity[i], 0);
		assert_int_equal(batch->node_row.system[i], 0);
	}
	for (size_t i = 1; i < batch->n_strings; i++)
		for (size_t k = 0; k < i && i < 50; k++)
			assert_string_not_equal(batch->strings[i], batch->strings[k]);
}

/* The row is the next piece of its interval, with the names of it; add it up. */
static void check_row(const struct hm_batch *batch, size_t row,
	const struct usage_interval *intervals, struct outcome *outcomes)
{
	const char *workload = batch->strings[batch->workload[row]];
	const size_t i = strtoul(workload + 1, NULL, 10);
	const struct usage_interval *interval = &intervals[i];
	const int64_t start = batch->window_start_usec + (int64_t)batch->start_offset_usec[row];
	const int64_t end = batch->window_end_usec - (int64_t)batch->end_offset_usec[row];
	const int64_t midnight = start - start % DAY_USEC + DAY_USEC;

	assert_string_equal(batch->hub, interval->hub);
	assert_string_equal(batch->node, interval->node);
	assert_string_equal(
		batch->strings[batch->node_row.resource_class], interval->resource_class);
	assert_string_equal(batch->strings[batch->resource_class[row]], interval->resource_class);
	assert_string_equal(batch->strings[batch->user[row]], interval->username);
	assert_string_equal(batch->strings[batch->server[row]], interval->server);
	assert_string_equal(batch->strings[batch->tag[row]], interval->tag);
	assert_int_equal(batch->kind[row], interval->kind);
	assert_int_equal(start, outcomes[i].rows ? outcomes[i].end_usec : interval->start_usec);
	assert_int_equal(end, interval->end_usec < midnight ? interval->end_usec : midnight);
	outcomes[i].end_usec = end;
	outcomes[i].rows++;
	for (size_t q = 0; q < HM_QUANTITY_COUNT; q++)
		outcomes[i].sum[q] += batch->quantity[q][row];
}

static void check_outcome(const struct usage_interval *interval, const struct outcome *outcome)
{
	const uint64_t *given = interval->quantity;

	assert_int_equal(outcome->end_usec, interval->end_usec);
	for (size_t i = 0; i < 3; i++) {
		const uint64_t *sum = &outcome->sum[3 * i];

		assert_int_equal(sum[0], given[2 * i]);
		assert_int_equal(sum[1], given[2 * i + 1]);
		assert_int_equal(sum[2], sum[0] > sum[1] ? sum[0] : sum[1]);
	}
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(outcome->sum[HM_QUANTITY_STORAGE_MIB_SEC + i], given[6 + i]);
	assert_int_equal(outcome->sum[HM_QUANTITY_WALL_MSEC],
		(uint64_t)(interval->end_usec - interval->start_usec) / 1000);
}

/* Intervals by the number in their workload's name. */
static struct usage_interval *intervals_of(const struct interval_set *set)
{
	struct usage_interval *intervals = calloc(set->count, sizeof(*intervals));

	assert_non_null(intervals);
	for (uint32_t i = 0; i < set->count; i++) {
		struct usage_interval interval;

		interval_set_get(set, i, &interval);
		intervals[strtoul(interval.workload + 1, NULL, 10)] = interval;
	}
	return intervals;
}

/* All batches of a hub; *@ret_digest is of their bytes, one after the other. */
static uint64_t walk(struct interval_batcher *batcher, const struct usage_interval *intervals,
	struct outcome *outcomes, uint8_t ret_digest[SHA256_SIZE])
{
	static unsigned char buffer[INTERVAL_BATCH_MAX_BYTES];
	struct hm_batch batch;
	uint64_t n = 0;
	struct sha256 sha;
	size_t size;

	sha256_init(&sha);
	while (interval_batcher_next(batcher, &batch) == 0) {
		check_batch(&batch);
		assert_int_equal(batch.sequence, ++n);
		for (size_t row = 0; row < batch.n_rows; row++)
			check_row(&batch, row, intervals, outcomes);
		assert_int_equal(hm_wire_encode(&batch, buffer, sizeof(buffer), &size), 0);
		sha256_add(&sha, buffer, size);
	}
	sha256_end(&sha, ret_digest);
	return n;
}

static void test_conservation(void **state)
{
	(void)state;
	for (size_t p = 0; p < sizeof(plans) / sizeof(plans[0]); p++) {
		struct interval_set set = new_set(&plans[p], false);
		struct usage_interval *intervals = intervals_of(&set);
		struct outcome *outcomes = calloc(set.count, sizeof(*outcomes));
		uint8_t digest[SHA256_SIZE];

		assert_non_null(outcomes);
		for (uint32_t first = 0, end; first < set.count; first = end) {
			struct interval_batcher *batcher;

			end = interval_set_run_end(&set, first, INTERVAL_NAME_HUB);
			assert_int_equal(interval_batcher_new(&set, first, end, &batcher), 0);
			assert_true(walk(batcher, intervals, outcomes, digest) > 0);
			interval_batcher_free(batcher);
		}
		for (uint32_t i = 0; i < set.count; i++)
			check_outcome(&intervals[i], &outcomes[i]);
		free(outcomes);
		free(intervals);
		interval_set_release(&set);
	}
}

static void digest_of(struct interval_set *set, bool twice, uint8_t ret[SHA256_SIZE])
{
	struct usage_interval *intervals = intervals_of(set);
	struct outcome *outcomes = calloc(set->count, sizeof(*outcomes));
	struct interval_batcher *batcher;
	struct hm_batch batch;

	assert_non_null(outcomes);
	assert_int_equal(interval_batcher_new(set, 0, set->count, &batcher), 0);
	if (twice) {
		assert_int_equal(interval_batcher_next(batcher, &batch), 0);
		assert_int_equal(interval_batcher_next(batcher, &batch), 0);
		interval_batcher_rewind(batcher);
	}
	(void)walk(batcher, intervals, outcomes, ret);
	assert_int_equal(interval_batcher_next(batcher, &batch), -ENODATA);
	interval_batcher_free(batcher);
	free(outcomes);
	free(intervals);
}

/* Byte by byte, whatever the order of the file and however often it is sent. */
static void test_the_same_content_makes_the_same_batches(void **state)
{
	struct interval_set forward = new_set(&plans[3], false);
	struct interval_set backward = new_set(&plans[3], true);
	uint8_t a[SHA256_SIZE], b[SHA256_SIZE];

	(void)state;
	digest_of(&forward, false, a);
	digest_of(&backward, true, b);
	assert_memory_equal(a, b, SHA256_SIZE);
	interval_set_release(&forward);
	interval_set_release(&backward);
}

/* A half-sent file may be completed by a later version: it must cut as this one. */
static void test_the_cutting_never_changes(void **state)
{
	static const char expected[] =
		"5b0548e67dadf7d782879ee227cef0ead87aef67347d20dfb3179521703796fb";
	struct interval_set set = new_set(&plans[3], false);
	char hex[2 * SHA256_SIZE + 1];
	uint8_t digest[SHA256_SIZE];

	(void)state;
	digest_of(&set, false, digest);
	for (size_t i = 0; i < SHA256_SIZE; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	assert_string_equal(hex, expected);
	interval_set_release(&set);
}

static void test_other_content_is_another_stream(void **state)
{
	struct interval_set a = new_set(&plans[3], false), b = new_set(&plans[3], false);
	struct interval_batcher *first, *second;
	struct hm_batch of_first, of_second;

	(void)state;
	b.record[350].quantity[4]++;
	assert_int_equal(interval_batcher_new(&a, 0, a.count, &first), 0);
	assert_int_equal(interval_batcher_new(&b, 0, b.count, &second), 0);
	assert_int_equal(interval_batcher_next(first, &of_first), 0);
	assert_int_equal(interval_batcher_next(second, &of_second), 0);
	assert_memory_not_equal(of_first.stream, of_second.stream, HM_STREAM_SIZE);
	interval_batcher_free(first);
	interval_batcher_free(second);
	interval_set_release(&a);
	interval_set_release(&b);
}

/* Names of the greatest length in every row: the text fills a batch before its rows do. */
static void test_long_names(void **state)
{
	char workload[USAGE_NAME_MAX + 1], user[USAGE_NAME_MAX + 1];
	struct usage_interval interval = {.hub = "physics",
		.node = "node-1",
		.workload = workload,
		.username = user,
		.server = "",
		.tag = "",
		.resource_class = "",
		.kind = HM_WORKLOAD_KIND_POD,
		.start_usec = MADE_INTERVALS_START_USEC,
		.end_usec = MADE_INTERVALS_START_USEC + 1000000,
		.quantity = {1, 2, 3, 4, 5, 6, 7, 8, 9}};
	struct interval_batcher *batcher;
	struct interval_conflict conflict;
	struct interval_set set;
	struct hm_batch batch;
	size_t rows = 0, batches = 0;

	(void)state;
	assert_int_equal(interval_set_init(&set, 1), 0);
	for (unsigned i = 0; i < 2500; i++) {
		(void)snprintf(workload, sizeof(workload), "%0255u", i);
		(void)snprintf(user, sizeof(user), "%0254ux", i);
		assert_int_equal(interval_set_add(&set, &interval, i, &conflict), 0);
	}
	assert_int_equal(interval_set_sort(&set), 0);
	assert_int_equal(interval_batcher_new(&set, 0, set.count, &batcher), 0);
	while (interval_batcher_next(batcher, &batch) == 0) {
		check_batch(&batch);
		rows += batch.n_rows;
		batches++;
	}
	assert_int_equal(rows, 2500);
	assert_true(batches > 2500 / INTERVAL_BATCH_MAX_ROWS + 1);
	interval_batcher_free(batcher);
	interval_set_release(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conservation),
		cmocka_unit_test(test_the_same_content_makes_the_same_batches),
		cmocka_unit_test(test_the_cutting_never_changes),
		cmocka_unit_test(test_other_content_is_another_stream),
		cmocka_unit_test(test_long_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
