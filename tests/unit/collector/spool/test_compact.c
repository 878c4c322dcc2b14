/*
 * A spool that is full. Laws: whatever is merged and whenever, the sums of each workload, and of
 * the node, in each quarter of an hour are those that were appended; what was handed out is never
 * sent under another name; a stream has no gap; a crash at any step leaves each record once.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "collector/spool/spool.h"
#include "common/arena.h"
#include "hubmeter/usage.h"
#include "proto/wire.h"
#include "tests/unit/collector/spool/place.h"

#define WORKLOADS   110
#define MINUTE_USEC 60000000LL
#define START_USEC  1790000100000000LL /* a quarter of an hour begins */
#define EDGE_SIZE   (WORKLOADS + 1)    /* sums of a slot: of each workload, and the node's system */
#define MAX_SLOTS   400
#define MAX_STREAMS 64

struct mark {
	uint8_t stream[HM_STREAM_SIZE];
	uint64_t sequence;
};

/* What is in the batches, by the slot they begin in; those across its end are kept apart. */
struct sums {
	uint64_t cpu[MAX_SLOTS][2][EDGE_SIZE];
	uint64_t memory[MAX_SLOTS][2][EDGE_SIZE];
	uint64_t billable[MAX_SLOTS][2];
	uint64_t coverage_msec[MAX_SLOTS][2];
	uint32_t flags[WORKLOADS];
};

struct bench {
	struct place *place;
	struct spool spool;
	struct arena arena;
	unsigned short seed[3];
	int64_t end_usec; /* of the last window */
	struct sums appended, delivered;
	struct mark mark[MAX_STREAMS];
	size_t n_streams, n_delivered;
	uint64_t n_merged, n_lost; /* by spools that were closed */
	uint64_t n_missing;	   /* numbers that the aggregator did not see */
	bool may_lose;
};

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_int_equal(setup((void **)&bench->place), 0);
	bench->place->config.segment_size = 1 << 18;
	bench->place->config.max_size = 4 << 20;
	bench->end_usec = START_USEC;
	bench->seed[0] = 3;
	assert_int_equal(arena_init(&bench->arena, 1 << 24), 0);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	arena_release(&bench->arena);
	(void)teardown((void **)&bench->place); /* returns 0 */
	free(bench);
	return 0;
}

static void open_it(struct bench *bench)
{
	struct buffer state = BUFFER_INIT(1 << 20);

	assert_int_equal(spool_open(&bench->spool, &bench->place->config, &state), 0);
	if (bench->spool.next_sequence > 1) {
		int64_t end_usec;

		assert_int_equal(state.size, sizeof(end_usec));
		memcpy(&end_usec, state.data, sizeof(end_usec));
		assert_int_equal(end_usec, bench->end_usec); /* the state of the newest */
	}
	buffer_release(&state);
}

/* The row of a workload, and the node's system at the end, into the sums. */
static void add_up(struct sums *sums, const struct hm_batch *batch)
{
	size_t slot = (size_t)((batch->window_start_usec - START_USEC) / HM_SLOT_USEC);
	bool edge = (batch->window_end_usec - 1 - START_USEC) / HM_SLOT_USEC != (int64_t)slot;

	assert_in_range(slot, 0, MAX_SLOTS - 1);
	for (size_t i = 0; i < batch->n_rows; i++) {
		int number = atoi(batch->strings[batch->workload[i]] + 2); /* NOLINT: ours */

		assert_in_range(number, 0, WORKLOADS - 1);
		sums->cpu[slot][edge][number] += batch->quantity[HM_QUANTITY_CPU_USED_USEC][i];
		sums->memory[slot][edge][number] +=
			batch->quantity[HM_QUANTITY_MEMORY_USED_MIB_SEC][i];
		sums->billable[slot][edge] += batch->quantity[HM_QUANTITY_CPU_BILLABLE_USEC][i];
		sums->flags[number] |= batch->flags[i];
	}
	sums->cpu[slot][edge][WORKLOADS] += batch->node_row.system[HM_RESOURCE_CPU_USEC];
	sums->memory[slot][edge][WORKLOADS] += batch->node_row.system[HM_RESOURCE_MEMORY_MIB_SEC];
	sums->coverage_msec[slot][edge] += batch->node_row.coverage_msec;
}

struct columns {
	uint32_t kind[WORKLOADS], workload[WORKLOADS], user[WORKLOADS], zero[WORKLOADS];
	uint32_t resource_class[WORKLOADS], flags[WORKLOADS];
	uint64_t offset[WORKLOADS], nothing[WORKLOADS], cpu[WORKLOADS], memory[WORKLOADS];
	char text[2 * WORKLOADS][16];
	const char *strings[2 + 2 * WORKLOADS];
};

static void fill(struct bench *bench, struct columns *columns, struct hm_batch *batch)
{
	struct hm_node_row *node = &batch->node_row;
	uint64_t length = (uint64_t)(batch->window_end_usec - batch->window_start_usec);

	for (uint32_t i = 0; i < WORKLOADS; i++) {
		snprintf(columns->text[2 * i], 16, "w-%u", i);
		snprintf(columns->text[2 * i + 1], 16, "user-%u", i);
		columns->strings[2 + 2 * i] = columns->text[2 * i];
		columns->strings[3 + 2 * i] = columns->text[2 * i + 1];
		columns->kind[i] = HM_WORKLOAD_KIND_PROCESS;
		columns->workload[i] = 2 + 2 * i;
		columns->user[i] = nrand48(bench->seed) % 3 ? 3 + 2 * i : 0;
		columns->resource_class[i] = 1;
		columns->flags[i] = nrand48(bench->seed) % 200 == 0 ? HM_FLAG_GAP : 0;
		columns->offset[i] = (uint64_t)nrand48(bench->seed) % (length / 2);
		columns->cpu[i] = (uint64_t)nrand48(bench->seed) % 300000;
		columns->memory[i] = (uint64_t)nrand48(bench->seed) % 5000;
		node->used[HM_RESOURCE_CPU_USEC] += columns->cpu[i];
		node->used[HM_RESOURCE_MEMORY_MIB_SEC] += columns->memory[i];
	}
	node->resource_class = 1;
	node->coverage_msec = length / 1000;
	node->capacity[HM_RESOURCE_CPU_USEC] = 8 * length;
	node->capacity[HM_RESOURCE_MEMORY_MIB_SEC] = 65536 * 60;
	node->system[HM_RESOURCE_CPU_USEC] = (uint64_t)nrand48(bench->seed) % 1000000;
	node->system[HM_RESOURCE_MEMORY_MIB_SEC] = 2000;
	node->used[HM_RESOURCE_CPU_USEC] += node->system[HM_RESOURCE_CPU_USEC];
	node->used[HM_RESOURCE_MEMORY_MIB_SEC] += node->system[HM_RESOURCE_MEMORY_MIB_SEC];
}

static void point(const struct columns *columns, struct hm_batch *batch)
{
	batch->n_strings = 2 + 2 * WORKLOADS;
	batch->strings = columns->strings;
	batch->n_rows = WORKLOADS;
	batch->kind = columns->kind;
	batch->workload = columns->workload;
	batch->user = columns->user;
	batch->server = batch->tag = columns->zero;
	batch->resource_class = columns->resource_class;
	batch->flags = columns->flags;
	batch->start_offset_usec = columns->offset;
	batch->end_offset_usec = columns->nothing;
	for (size_t i = 0; i < HM_QUANTITY_COUNT; i++)
		batch->quantity[i] = columns->nothing;
	batch->quantity[HM_QUANTITY_CPU_USED_USEC] = columns->cpu;
	batch->quantity[HM_QUANTITY_CPU_BILLABLE_USEC] = columns->cpu;
	batch->quantity[HM_QUANTITY_MEMORY_USED_MIB_SEC] = columns->memory;
	batch->quantity[HM_QUANTITY_MEMORY_BILLABLE_MIB_SEC] = columns->memory;
}

/* One window of a minute, a little late or early, as a collector would write it. */
static void append_window(struct bench *bench)
{
	struct columns columns = {.strings = {"", "default"}};
	struct hm_batch batch = {.hub = "h", .node = "n", .window_start_usec = bench->end_usec};
	unsigned char bytes[32768];
	int64_t minute = (bench->end_usec - START_USEC + MINUTE_USEC / 2) / MINUTE_USEC + 1;
	size_t size;

	bench->end_usec = START_USEC + minute * MINUTE_USEC + nrand48(bench->seed) % 2000;
	batch.window_end_usec = bench->end_usec;
	(void)spool_make_space(
		&bench->spool, 9000); /* an error shows as a spool that is too large */
	memcpy(batch.stream, bench->spool.identity.stream, HM_STREAM_SIZE);
	batch.sequence = spool_next_number(&bench->spool);
	fill(bench, &columns, &batch);
	point(&columns, &batch);
	add_up(&bench->appended, &batch);
	assert_int_equal(hm_wire_encode(&batch, bytes, sizeof(bytes), &size), 0);
	assert_int_equal(
		spool_append(&bench->spool, bytes, size, &bench->end_usec, sizeof(bench->end_usec)),
		0);
}

static struct mark *mark_of(struct bench *bench, const uint8_t *stream)
{
	for (size_t i = 0; i < bench->n_streams; i++)
		if (memcmp(bench->mark[i].stream, stream, HM_STREAM_SIZE) == 0)
			return &bench->mark[i];
	assert_true(bench->n_streams < MAX_STREAMS);
	memcpy(bench->mark[bench->n_streams].stream, stream, HM_STREAM_SIZE);
	return &bench->mark[bench->n_streams++];
}

/* As the aggregator: what was seen is dropped, and nothing is missing. */
static void deliver(struct bench *bench, const struct spool_record *record)
{
	const struct hm_wire_limits limits = {
		.max_age_usec = INT64_MAX, .max_future_usec = INT64_MAX};
	enum hm_reject reason = HM_REJECT_NONE;
	struct hm_batch batch;
	struct mark *mark;
	int r;

	arena_reset(&bench->arena);
	r = hm_wire_decode(
		&bench->arena, record->batch, record->batch_size, &limits, &batch, &reason);
	if (r < 0)
		fail_msg("%s", hm_reject_name(reason));
	mark = mark_of(bench, batch.stream);
	if (batch.sequence <= mark->sequence)
		return;
	if (!bench->may_lose)
		assert_int_equal(batch.sequence, mark->sequence + 1);
	bench->n_missing += batch.sequence - mark->sequence - 1;
	mark->sequence = batch.sequence;
	add_up(&bench->delivered, &batch);
	bench->n_delivered++;
}

/* Hand out @count records; Kafka has them, and says so if @is_acknowledged. */
static void send(struct bench *bench, int count, bool is_acknowledged)
{
	struct spool_record record;

	while (count-- > 0 && spool_next(&bench->spool, &record) > 0) {
		deliver(bench, &record);
		if (is_acknowledged)
			assert_int_equal(spool_ack(&bench->spool, record.sequence), 0);
	}
}

static void assert_all_delivered(struct bench *bench)
{
	spool_rewind(&bench->spool);
	send(bench, INT32_MAX, true);
	assert_int_equal(spool_waiting(&bench->spool), 0);
	assert_memory_equal(&bench->appended, &bench->delivered, sizeof(struct sums));
}

static void reopen(struct bench *bench)
{
	bench->n_merged += bench->spool.n_merged;
	bench->n_lost += bench->spool.n_lost;
	spool_close(&bench->spool);
	open_it(bench);
}

static void test_three_days_without_kafka(void **state)
{
	struct bench *bench = *state;

	open_it(bench);
	for (int i = 0; i < 72 * 60; i++) {
		append_window(bench);
		assert_in_range(spool_bytes(&bench->spool), 1, bench->place->config.max_size);
	}
	assert_true(bench->spool.n_merged > 2000);
	assert_int_equal(bench->spool.n_lost, 0);
	assert_all_delivered(bench);
	assert_true(bench->n_delivered < 72 * 60 / 3);
	spool_close(&bench->spool);
}

/* Kafka has some of what it did not acknowledge. */
static void test_laws_of_a_broker_that_comes_and_goes(void **state)
{
	struct bench *bench = *state;

	open_it(bench);
	for (int i = 0; i < 72 * 60; i++) {
		append_window(bench);
		if (nrand48(bench->seed) % 50 == 0)
			send(bench, (int)(nrand48(bench->seed) % 30), nrand48(bench->seed) % 2);
		if (nrand48(bench->seed) % 70 == 0)
			spool_rewind(&bench->spool);
		if (nrand48(bench->seed) % 200 == 0)
			reopen(bench);
	}
	assert_true(bench->n_merged + bench->spool.n_merged > 1000);
	assert_int_equal(bench->n_lost + bench->spool.n_lost, 0);
	assert_all_delivered(bench);
	spool_close(&bench->spool);
}

static void run(const char *command)
{
	assert_int_equal(system(command), 0); /* NOLINT: words of our own */
}

/* Into or out of what the directory was before the merge; not the cursors, whose files count. */
static void copy_files(const char *from, const char *to)
{
	char command[512];

	snprintf(command, sizeof(command), "mkdir -p %s && cp %s/*.seg %s/stream %s", to, from,
		from, to);
	run(command);
}

/* Give the first @count of the new segments the names they had before it happened. */
static void unname_new(struct bench *bench, size_t count)
{
	const struct segment_list *list = &bench->spool.segments;
	char from[160], to[160];

	for (size_t i = 0; i < list->count; i++) {
		if (list->first[i] <= bench->spool.identity.merged.to || count-- == 0)
			continue;
		segment_path(bench->place, list->first[i], from);
		snprintf(to, sizeof(to), "%s/%020" PRIu64 ".new", bench->place->spool,
			list->first[i]);
		assert_int_equal(rename(from, to), 0);
		if (count == 0)
			return;
	}
}

static bool has_staged(const struct bench *bench)
{
	char command[256];

	snprintf(command, sizeof(command), "ls %s | grep -q '[0-9].new$'", bench->place->spool);
	return system(command) == 0; /* NOLINT: words of our own */
}

/* Which of the steps of a merge a crash came after. */
enum step { BEFORE_COMMIT, AFTER_COMMIT, SOME_NAMED, ALL_NAMED, STEPS };

static void go_back_to(struct bench *bench, enum step step, const char *before)
{
	char command[512];

	if (step == BEFORE_COMMIT || step == AFTER_COMMIT)
		unname_new(bench, SIZE_MAX);
	if (step == SOME_NAMED)
		unname_new(bench, 1);
	snprintf(command, sizeof(command), "cp %s/*.seg %s", before, bench->place->spool);
	run(command);
	if (step == BEFORE_COMMIT) {
		snprintf(command, sizeof(command), "cp %s/stream %s", before, bench->place->spool);
		run(command);
	}
}

static void test_a_crash_at_each_step(void **state)
{
	struct bench *bench = *state;
	char before[96];

	snprintf(before, sizeof(before), "%s/before", bench->place->path);
	for (enum step step = BEFORE_COMMIT; step < STEPS; step++) {
		bench->place->config.max_size = 0;
		bench->place->config.segment_size = 1 << 16;
		open_it(bench);
		for (int i = 0; i < 400; i++)
			append_window(bench);
		send(bench, 20, true);
		send(bench, 20, false);
		spool_rewind(&bench->spool);
		copy_files(bench->place->spool, before);
		bench->spool.config.max_size = spool_bytes(&bench->spool);
		assert_int_equal(spool_make_space(&bench->spool, 1), 0);
		assert_true(bench->spool.n_merged > 300);
		assert_true(bench->spool.segments.count > 2);
		go_back_to(bench, step, before);
		reopen(bench);
		assert_false(has_staged(bench));
		assert_int_equal(bench->spool.change, SPOOL_CHANGE_NONE);
		append_window(bench);
		assert_all_delivered(bench);
		spool_close(&bench->spool);
	}
}

/* More than even merging can keep: the oldest go, are counted, and the spool stays within bounds.
 */
static void test_the_oldest_go_last(void **state)
{
	struct bench *bench = *state;

	bench->place->config.segment_size = 1 << 16;
	bench->place->config.max_size = 1 << 19;
	bench->may_lose = true;
	open_it(bench);
	for (int i = 0; i < 24 * 60; i++) {
		append_window(bench);
		assert_in_range(spool_bytes(&bench->spool), 1, bench->place->config.max_size);
	}
	send(bench, INT32_MAX, true);
	assert_true(bench->spool.n_lost > 0);
	assert_int_equal(bench->n_missing, bench->spool.n_lost);
	assert_int_equal(spool_waiting(&bench->spool), 0);
	for (size_t slot = 90; slot < 96; slot++) /* the newest are all there */
		for (size_t i = 0; i < EDGE_SIZE; i++)
			assert_int_equal(
				bench->appended.cpu[slot][0][i], bench->delivered.cpu[slot][0][i]);
	spool_close(&bench->spool);
}

/* A record that a bad disk took is missing in the merged ones, too, and seen to be. */
static void test_damage_is_seen(void **state)
{
	struct bench *bench = *state;
	struct spool_record record;
	char path[160];
	int fd;

	bench->place->config.max_size = 0;
	bench->place->config.segment_size = 1 << 16;
	bench->may_lose = true;
	open_it(bench);
	for (int i = 0; i < 100; i++)
		append_window(bench);
	segment_path(bench->place, bench->spool.segments.first[1], path);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "damage", 6, 100), 6);
	close(fd);
	bench->spool.config.max_size = spool_bytes(&bench->spool);
	assert_int_equal(spool_make_space(&bench->spool, 1), 0);
	assert_int_equal(bench->spool.n_merged, 98); /* the first counts as sent */
	assert_int_equal(bench->spool.n_lost, 1);
	assert_true(bench->spool.reader.damaged_bytes > 0);
	send(bench, INT32_MAX, true);
	assert_int_equal(bench->n_missing, 1);
	assert_int_equal(spool_next(&bench->spool, &record), 0);
	assert_int_equal(spool_waiting(&bench->spool), 0);
	spool_close(&bench->spool);
}

/* It happened, but a new segment can't get its name: nothing is sent before that was made good. */
static void test_a_merge_that_is_not_finished(void **state)
{
	struct bench *bench = *state;
	struct spool_record record;
	char path[160], inside[170];

	bench->place->config.max_size = 0;
	open_it(bench);
	for (int i = 0; i < 400; i++)
		append_window(bench);
	segment_path(bench->place, bench->spool.next_sequence, path);
	snprintf(inside, sizeof(inside), "%s/inside", path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(mkdir(inside, 0700), 0);
	bench->spool.config.max_size = spool_bytes(&bench->spool);
	assert_true(spool_make_space(&bench->spool, 1) < 0);
	assert_int_equal(bench->spool.n_merged, 399);
	assert_int_equal(spool_next(&bench->spool, &record), -EIO);
	append_window(bench);
	append_window(bench);
	assert_int_equal(spool_next(&bench->spool, &record), -EIO);
	assert_int_equal(rmdir(inside), 0);
	assert_int_equal(rmdir(path), 0);
	append_window(bench);
	assert_int_equal(bench->spool.n_lost, 0);
	assert_all_delivered(bench);
	reopen(bench);
	assert_int_equal(bench->spool.n_bad, 0);
	spool_close(&bench->spool);
}

/* No room for the merge itself: nothing has changed, and nothing is left behind for ever. */
static void test_no_room_to_merge(void **state)
{
	struct bench *bench = *state;
	char path[160];

	bench->place->config.max_size = 0;
	open_it(bench);
	for (int i = 0; i < 400; i++)
		append_window(bench);
	snprintf(path, sizeof(path), "%s/stream.new", bench->place->spool);
	assert_int_equal(mkdir(path, 0700), 0);
	bench->spool.config.max_size = spool_bytes(&bench->spool);
	bench->place->config.max_size = 0;
	assert_int_equal(spool_make_space(&bench->spool, 1), -EISDIR);
	assert_int_equal(bench->spool.n_merged, 0);
	assert_int_equal(bench->spool.n_lost, 0);
	assert_int_equal(rmdir(path), 0);
	reopen(bench);
	assert_false(has_staged(bench));
	assert_all_delivered(bench);
	spool_close(&bench->spool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_three_days_without_kafka, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_laws_of_a_broker_that_comes_and_goes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_crash_at_each_step, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_oldest_go_last, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_damage_is_seen, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_merge_that_is_not_finished, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_room_to_merge, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
