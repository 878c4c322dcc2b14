/*
 * Every system call of the spool fails in turn, with each error that it can have, once or for a
 * while, on the way through a life of a spool: it is filled, read, acknowledged, merged, has a
 * record refused, is closed and opened again. Laws: what was reported as written arrives, once;
 * what was reported as failed never does; when the errors are over the spool works as before.
 *
 * Record i holds the one workload "w-i", so that it is known again in whatever it was merged into.
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

#include "collector/spool/refused.h"
#include "collector/spool/spool.h"
#include "common/arena.h"
#include "common/crc32c.h"
#include "proto/wire.h"
#include "tests/support/failing_calls.h"
#include "tests/unit/collector/spool/place.h"

#define START_USEC  1790000100000000LL /* a quarter of an hour begins */
#define WINDOW_USEC 10000000LL
#define RECORD_SIZE 300u /* about */
#define MAX_RECORDS 64
#define MAX_SEEN    512
#define MAX_STREAMS 64

#ifdef __SANITIZE_ADDRESS__
#define IS_SLOW true
#else
#define IS_SLOW false
#endif

enum fate { FATE_NONE, FATE_FAILED, FATE_WRITTEN, FATE_REFUSED };

struct seen {
	uint8_t stream[HM_STREAM_SIZE];
	uint64_t sequence;
	uint32_t crc;
};

struct life {
	struct place *place;
	struct spool spool;
	struct arena arena;
	enum fate fate[MAX_RECORDS];
	unsigned delivered[MAX_RECORDS];
	uint64_t n; /* records so far, from 1 on */
	struct seen seen[MAX_SEEN];
	size_t n_seen;
	uint64_t n_merged, n_lost, n_bad; /* by spools that were closed */
};

static void add_counts(struct life *life)
{
	life->n_merged += life->spool.n_merged;
	life->n_lost += life->spool.n_lost;
	life->n_bad += life->spool.n_bad;
}

/*
 * A record whose failure was reported, and that could not be cut off the end either, may be found
 * whole by the next start: with its state, and nothing was written behind it.
 */
static void check_state(struct life *life, const struct buffer *state)
{
	uint64_t last = 0;

	if (state->size > 0) {
		assert_int_equal(state->size, sizeof(last));
		memcpy(&last, state->data, sizeof(last));
		assert_in_range(last, 1, life->n);
	}
	for (uint64_t i = last + 1; i <= life->n; i++)
		assert_int_not_equal(life->fate[i], FATE_WRITTEN);
	if (last > 0 && life->fate[last] == FATE_FAILED)
		life->fate[last] = FATE_WRITTEN;
}

/* A start that fails is tried again, as systemd does. */
static void open_it(struct life *life)
{
	struct buffer state = BUFFER_INIT(4096);
	int tries = 0;

	while (spool_open(&life->spool, &life->place->config, &state) < 0) {
		assert_true(failing_calls.is_armed && tries++ < 200);
		buffer_clear(&state);
	}
	check_state(life, &state);
	buffer_release(&state);
}

static void close_it(struct life *life)
{
	add_counts(life);
	spool_close(&life->spool);
}

static size_t encode(struct life *life, uint64_t i, unsigned char *bytes, size_t capacity)
{
	static const uint32_t kind = HM_WORKLOAD_KIND_PROCESS, zero, one = 1, two = 2;
	static const uint64_t nothing;
	char name[32];
	const char *strings[] = {"", "default", name};
	uint64_t cpu = 1000 + i;
	int64_t start = START_USEC + (int64_t)i * WINDOW_USEC;
	struct hm_batch batch = {.hub = "h",
		.node = "n",
		.window_start_usec = start,
		.window_end_usec = start + WINDOW_USEC,
		.n_strings = 3,
		.strings = strings,
		.n_rows = 1,
		.kind = &kind,
		.workload = &two,
		.user = &zero,
		.server = &zero,
		.tag = &zero,
		.resource_class = &one,
		.flags = &zero,
		.start_offset_usec = &nothing,
		.end_offset_usec = &nothing};
	size_t size;

	(void)snprintf(name, sizeof(name), "w-%" PRIu64, i); /* fits */
	memcpy(batch.stream, life->spool.identity.stream, HM_STREAM_SIZE);
	batch.sequence = spool_next_number(&life->spool);
	for (size_t q = 0; q < HM_QUANTITY_COUNT; q++)
		batch.quantity[q] = &nothing;
	batch.quantity[HM_QUANTITY_CPU_USED_USEC] = &cpu;
	batch.quantity[HM_QUANTITY_CPU_BILLABLE_USEC] = &cpu;
	batch.node_row.resource_class = 1;
	batch.node_row.coverage_msec = WINDOW_USEC / 1000;
	batch.node_row.capacity[HM_RESOURCE_CPU_USEC] = 8 * WINDOW_USEC;
	batch.node_row.capacity[HM_RESOURCE_MEMORY_MIB_SEC] = 65536 * 10;
	batch.node_row.used[HM_RESOURCE_CPU_USEC] = cpu;
	assert_int_equal(hm_wire_encode(&batch, bytes, capacity, &size), 0);
	return size;
}

static void append_one(struct life *life)
{
	unsigned char bytes[1024];
	uint64_t i = ++life->n, before;
	size_t size;

	assert_true(i < MAX_RECORDS);
	(void)spool_make_space(&life->spool, RECORD_SIZE); /* shows as a spool too large */
	before = life->spool.next_sequence;
	size = encode(life, i, bytes, sizeof(bytes));
	if (spool_append(&life->spool, bytes, size, &i, sizeof(i)) == 0) {
		life->fate[i] = FATE_WRITTEN;
		assert_int_equal(life->spool.next_sequence, before + 1);
	} else {
		life->fate[i] = FATE_FAILED;
		assert_int_equal(life->spool.next_sequence, before);
	}
}

static void decode(struct life *life, const struct spool_record *record, struct hm_batch *ret)
{
	const struct hm_wire_limits limits = {
		.max_age_usec = INT64_MAX, .max_future_usec = INT64_MAX};
	enum hm_reject reason = HM_REJECT_NONE;

	arena_reset(&life->arena);
	if (hm_wire_decode(&life->arena, record->batch, record->batch_size, &limits, ret, &reason) <
		0)
		fail_msg("%s", hm_reject_name(reason));
}

/* Whose it is: the number in the name of a row's workload, and what must stand beside it. */
static uint64_t record_of(const struct hm_batch *batch, size_t row)
{
	uint64_t i = strtoull(batch->strings[batch->workload[row]] + 2, NULL, 10);

	assert_in_range(i, 1, MAX_RECORDS - 1);
	assert_int_equal(batch->quantity[HM_QUANTITY_CPU_USED_USEC][row], 1000 + i);
	return i;
}

/*
 * As the aggregator takes it: what is not above the watermark of its stream is dropped, which is
 * right only for what was seen already, and was the same.
 */
static bool is_duplicate(struct life *life, const struct hm_batch *batch, uint32_t crc)
{
	uint64_t watermark = 0;

	for (size_t i = 0; i < life->n_seen; i++) {
		const struct seen *seen = &life->seen[i];

		if (memcmp(seen->stream, batch->stream, HM_STREAM_SIZE) != 0)
			continue;
		if (seen->sequence == batch->sequence) {
			assert_int_equal(seen->crc, crc);
			return true;
		}
		if (seen->sequence > watermark)
			watermark = seen->sequence;
	}
	assert_true(batch->sequence > watermark);
	return false;
}

static void deliver(struct life *life, const struct spool_record *record)
{
	uint32_t crc = crc32c(0, record->batch, record->batch_size);
	struct seen *seen = &life->seen[life->n_seen];
	struct hm_batch batch;

	decode(life, record, &batch);
	if (is_duplicate(life, &batch, crc))
		return;
	assert_true(++life->n_seen < MAX_SEEN);
	*seen = (struct seen){.sequence = batch.sequence, .crc = crc};
	memcpy(seen->stream, batch.stream, HM_STREAM_SIZE);
	for (size_t row = 0; row < batch.n_rows; row++)
		life->delivered[record_of(&batch, row)]++;
}

/* Kafka takes up to @count records, and says so where @is_acknowledged. */
static void send(struct life *life, int count, bool is_acknowledged)
{
	struct spool_record record;

	while (count-- > 0 && spool_next(&life->spool, &record) > 0) {
		deliver(life, &record);
		if (is_acknowledged) /* an error costs duplicates */
			(void)spool_ack(&life->spool, record.sequence);
	}
}

/* Kafka refuses the first that is not acknowledged. Its name is looked for, or it is lost. */
static void refuse(struct life *life)
{
	uint64_t refused[MAX_RECORDS], n = 0;
	struct spool_record record;
	struct hm_batch batch;

	spool_rewind(&life->spool);
	if (spool_next(&life->spool, &record) <= 0)
		return;
	decode(life, &record, &batch);
	while (n < batch.n_rows) {
		refused[n] = record_of(&batch, n);
		n++;
	}
	if (spool_refuse(&life->spool, record.sequence) == -ENOENT)
		return;
	while (n-- > 0)
		life->fate[refused[n]] = FATE_REFUSED;
	spool_rewind(&life->spool);
}

/* Everything that a spool goes through. */
static void live(struct life *life)
{
	open_it(life);
	for (int i = 0; i < 14; i++)
		append_one(life);
	send(life, 4, true);
	send(life, 2, false);
	refuse(life);
	for (int i = 0; i < 4; i++)
		append_one(life);
	send(life, 3, true);
	send(life, 2, false);
	close_it(life);
	open_it(life);
	send(life, 6, true);
	send(life, 3, false);
	for (int i = 0; i < 30; i++)
		append_one(life);
	close_it(life); /* right behind a merge */
}

static void check_what_arrived(struct life *life)
{
	for (uint64_t i = 1; i <= life->n; i++) {
		unsigned least = life->fate[i] == FATE_WRITTEN;
		unsigned most = life->fate[i] == FATE_WRITTEN || life->fate[i] == FATE_REFUSED;

		if (life->delivered[i] < least || life->delivered[i] > most)
			fail_msg("record %" PRIu64 " with fate %d arrived %u times, %" PRIu64
				 " were lost",
				i, (int)life->fate[i], life->delivered[i], life->n_lost);
	}
}

/* The errors are over: it is read to the end, and works. */
static void recover(struct life *life)
{
	open_it(life);
	for (int i = 0; i < 3; i++) {
		uint64_t written = life->n + 1;

		append_one(life);
		assert_int_equal(life->fate[written], FATE_WRITTEN);
	}
	send(life, INT32_MAX, true);
	assert_int_equal(spool_waiting(&life->spool), 0);
	assert_int_equal(life->spool.segments.count, 1);
	close_it(life);
	check_what_arrived(life);
	assert_int_equal(life->n_bad, 0);
}

static int first_free_fd(void)
{
	int fd = dup(STDIN_FILENO);

	assert_true(fd >= 0);
	(void)close(fd); /* only looked at */
	return fd;
}

/* Whether there was a call to fail. */
static bool live_with(unsigned from, unsigned calls, int error, bool archive)
{
	struct life *life = calloc(1, sizeof(*life));
	int fd = first_free_fd();
	bool has_failed;

	assert_int_equal(setup((void **)&life->place), 0);
	life->place->config.segment_size = 3 * RECORD_SIZE;
	life->place->config.max_size = 18 * RECORD_SIZE;
	life->place->config.sync = true;
	life->place->config.archive = archive;
	assert_int_equal(arena_init(&life->arena, 1 << 22), 0);
	failing_calls = (struct failing_calls){
		.is_armed = true, .from = from, .to = from + calls, .error = error};
	live(life);
	failing_calls.is_armed = false;
	has_failed = failing_calls.failed > 0;
	recover(life);
	if (error == 0)
		assert_true(life->n_merged >= 5 && life->n_lost == 0);
	arena_release(&life->arena);
	assert_int_equal(first_free_fd(), fd);
	assert_int_equal(teardown((void **)&life->place), 0);
	free(life);
	return has_failed;
}

static const int errors[] = {EIO, ENOSPC, EROFS, EDQUOT, EINTR, EMFILE, SHORT_WRITE};
#define N_ERRORS (sizeof(errors) / sizeof(*errors))

/* All that can be had at this call, or, where there is less time, one of them. */
static unsigned fail_at(unsigned from, unsigned calls, bool every_error)
{
	unsigned lives = 0;

	for (unsigned i = 0; i < N_ERRORS && (every_error || lives == 0); i++)
		lives += live_with(from, calls, errors[(from + i) % N_ERRORS], from % 2);
	return lives;
}

/*
 * @step: between the calls that are tried, where the sanitizer makes a life take ten times as long.
 * HUBMETER_EVERY_ERROR in the environment: at each call each error, by whatever compiler.
 */
static void fail_everywhere(unsigned calls, unsigned step)
{
	bool every_error = getenv("HUBMETER_EVERY_ERROR") != NULL;
	unsigned n, lives = 0;

	(void)live_with(0, 0, 0, false);
	n = failing_calls.count;
	assert_true(n > 300);
	if (every_error || (!IS_SLOW && calls == 1))
		step = 1;
	for (unsigned from = 0; from < n; from += step)
		lives += fail_at(from, calls, every_error);
	assert_true(lives >= n / step);
	print_message("%u lives with %u of %u calls that fail\n", lives, calls, n);
}

static void test_each_call_fails_once(void **state)
{
	(void)state;
	fail_everywhere(1, 11);
}

static void test_calls_fail_for_a_while(void **state)
{
	(void)state;
	fail_everywhere(5, 31);
	fail_everywhere(60, 61);
}

/* All lives end right behind a merge; what its calls do when they fail is tried by every compiler.
 */
static void test_each_call_of_a_merge_fails(void **state)
{
	unsigned n;

	(void)state;
	(void)live_with(0, 0, 0, false);
	n = failing_calls.count;
	for (unsigned from = n - 60; from < n; from++)
		assert_true(live_with(from, 1, EIO, false));
}

static void open_with_records(struct life *life, int count)
{
	assert_int_equal(setup((void **)&life->place), 0);
	life->place->config.segment_size = 3 * RECORD_SIZE;
	assert_int_equal(arena_init(&life->arena, 1 << 22), 0);
	open_it(life);
	for (int i = 0; i < count; i++)
		append_one(life);
}

static void close_and_remove(struct life *life)
{
	close_it(life);
	arena_release(&life->arena);
	assert_int_equal(teardown((void **)&life->place), 0);
}

static void test_a_read_that_fails_once_costs_nothing(void **state)
{
	(void)state;
	for (unsigned from = 0; from < 4; from++) {
		struct life life = {.n = 0};
		struct spool_record record;

		open_with_records(&life, 12);
		failing_calls = (struct failing_calls){
			.is_armed = true, .from = from, .to = from + 1, .error = EIO};
		assert_int_equal(spool_next(&life.spool, &record), -EIO);
		failing_calls.is_armed = false;
		send(&life, INT32_MAX, true);
		check_what_arrived(&life);
		assert_int_equal(life.spool.n_bad, 0);
		close_and_remove(&life);
	}
}

static void test_sent_is_noted_when_the_disk_works_again(void **state)
{
	struct life life = {.n = 0};
	struct spool_cursor sent;
	struct spool_record record;

	(void)state;
	open_with_records(&life, 3);
	assert_int_equal(spool_next(&life.spool, &record), 1); /* a new spool counts as sent to 1 */
	failing_calls = (struct failing_calls){.is_armed = true, .to = UINT32_MAX, .error = ENOSPC};
	assert_int_equal(spool_next(&life.spool, &record), 1);
	failing_calls.is_armed = false;
	assert_true(failing_calls.failed > 0);
	append_one(&life);
	assert_int_equal(spool_cursor_open(&sent, life.spool.dirfd, SPOOL_SENT), 0);
	assert_true(sent.sequence >= record.sequence);
	spool_cursor_close(&sent);
	close_and_remove(&life);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_call_fails_once),
		cmocka_unit_test(test_calls_fail_for_a_while),
		cmocka_unit_test(test_each_call_of_a_merge_fails),
		cmocka_unit_test(test_a_read_that_fails_once_costs_nothing),
		cmocka_unit_test(test_sent_is_noted_when_the_disk_works_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
