/* Frames: every truncation and every flipped bit costs at most the record it hits. */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/spool/record.h"
#include "common/buffer.h"

#define RECORDS 12

struct run {
	struct buffer bytes;
	size_t end[RECORDS]; /* of each frame */
};

static void append_record(struct buffer *bytes, uint64_t sequence)
{
	unsigned char batch[64], state[64], header[SPOOL_RECORD_HEADER_SIZE];
	unsigned char trailer[SPOOL_RECORD_TRAILER_SIZE];
	struct spool_record record = {.sequence = sequence,
		.batch = batch,
		.batch_size = 20 + sequence % 17,
		.state = state,
		.state_size = sequence % 23};

	memset(batch, (int)('a' + sequence % 26), sizeof(batch));
	memset(state, (int)('A' + sequence % 26), sizeof(state));
	assert_int_equal(spool_record_frame(&record, header, trailer), 0);
	assert_int_equal(buffer_append(bytes, header, sizeof(header)), 0);
	assert_int_equal(buffer_append(bytes, batch, record.batch_size), 0);
	assert_int_equal(buffer_append(bytes, state, record.state_size), 0);
	assert_int_equal(buffer_append(bytes, trailer, sizeof(trailer)), 0);
}

static int setup(void **state)
{
	struct run *run = calloc(1, sizeof(*run));

	run->bytes = (struct buffer)BUFFER_INIT(1 << 20);
	for (uint64_t i = 0; i < RECORDS; i++) {
		append_record(&run->bytes, i + 1);
		run->end[i] = run->bytes.size;
	}
	*state = run;
	return 0;
}

static int teardown(void **state)
{
	struct run *run = *state;

	buffer_release(&run->bytes);
	free(run);
	return 0;
}

static void assert_is_record(const struct spool_record *record, uint64_t sequence)
{
	assert_int_equal(record->sequence, sequence);
	assert_int_equal(record->batch_size, 20 + sequence % 17);
	assert_int_equal(record->state_size, sequence % 23);
	for (size_t i = 0; i < record->batch_size; i++)
		assert_int_equal(record->batch[i], 'a' + sequence % 26);
	for (size_t i = 0; i < record->state_size; i++)
		assert_int_equal(record->state[i], 'A' + sequence % 26);
}

/* Which of the records a reader of @size bytes sees; all it sees must be true. */
static unsigned int read_all(const unsigned char *data, size_t size)
{
	struct spool_record record;
	uint64_t after = 0;
	size_t at = 0, offset;
	unsigned int seen = 0;

	while (spool_record_find(data, size, at, after, UINT64_MAX, &record, &offset) == 0) {
		assert_in_range(record.sequence, after + 1, RECORDS);
		assert_is_record(&record, record.sequence);
		seen |= 1u << record.sequence;
		after = record.sequence;
		at = offset + spool_record_size(&record);
	}
	return seen;
}

static unsigned int first_records(size_t count)
{
	return ((1u << count) - 1) << 1;
}

static void test_every_truncation(void **state)
{
	const struct run *run = *state;
	size_t complete = 0;

	for (size_t size = 0; size <= run->bytes.size; size++) {
		/* An exact allocation, so that a read past the end is caught. */
		unsigned char *copy = malloc(size + 1);

		memcpy(copy, run->bytes.data, size);
		copy = realloc(copy, size ? size : 1);
		while (complete < RECORDS && run->end[complete] <= size)
			complete++;
		assert_int_equal(read_all(copy, size), first_records(complete));
		free(copy);
	}
	assert_int_equal(complete, RECORDS);
}

static size_t record_at(const struct run *run, size_t offset)
{
	size_t i = 0;

	while (run->end[i] <= offset)
		i++;
	return i;
}

static void test_bit_flips(void **state)
{
	const struct run *run = *state;
	unsigned char *copy = malloc(run->bytes.size);
	uint64_t random = 20260901;

	for (int i = 0; i < 10000; i++) {
		size_t bit, lost;

		random = random * 6364136223846793005u + 1442695040888963407u;
		bit = (random >> 33) % (run->bytes.size * 8);
		lost = record_at(run, bit / 8) + 1;
		memcpy(copy, run->bytes.data, run->bytes.size);
		copy[bit / 8] ^= (unsigned char)(1u << bit % 8);
		assert_int_equal(
			read_all(copy, run->bytes.size), first_records(RECORDS) & ~(1u << lost));
	}
	free(copy);
}

static void test_zeroed_runs(void **state)
{
	const struct run *run = *state;
	unsigned char *copy = malloc(run->bytes.size);

	for (size_t from = 0; from + 100 < run->bytes.size; from += 7) {
		unsigned int hit = 0;

		for (size_t i = from; i < from + 100; i++)
			hit |= 1u << (record_at(run, i) + 1);
		memcpy(copy, run->bytes.data, run->bytes.size);
		memset(copy + from, 0, 100);
		assert_int_equal(read_all(copy, run->bytes.size), first_records(RECORDS) & ~hit);
	}
	free(copy);
}

static void test_magic_inside_a_batch_is_no_record(void **state)
{
	struct buffer inner = BUFFER_INIT(4096), outer = BUFFER_INIT(4096);
	struct spool_record record = {.sequence = 5};
	unsigned char header[SPOOL_RECORD_HEADER_SIZE], trailer[SPOOL_RECORD_TRAILER_SIZE];
	size_t offset;

	(void)state;
	append_record(&inner, 3); /* a whole sound frame as the content of another */
	record.batch = inner.data;
	record.batch_size = inner.size;
	assert_int_equal(spool_record_frame(&record, header, trailer), 0);
	buffer_append(&outer, header, sizeof(header));
	buffer_append(&outer, inner.data, inner.size);
	buffer_append(&outer, trailer, sizeof(trailer));
	assert_int_equal(spool_record_parse(outer.data, outer.size, &record), 0);
	assert_int_equal(record.sequence, 5);

	outer.data[2] ^= 1; /* its own magic gone: the inner one is out of sequence */
	assert_int_equal(
		spool_record_find(outer.data, outer.size, 0, 4, 6, &record, &offset), -ENOENT);
	buffer_release(&inner);
	buffer_release(&outer);
}

static void test_limits(void **state)
{
	unsigned char header[SPOOL_RECORD_HEADER_SIZE], trailer[SPOOL_RECORD_TRAILER_SIZE];
	struct spool_record record = {.sequence = 1, .batch_size = SPOOL_RECORD_MAX_SIZE};
	size_t size = 77;

	(void)state;
	assert_int_equal(spool_record_frame(&record, header, trailer), -E2BIG);
	memcpy(header, "HMS1\xff\xff\xff\xff", 8);
	assert_int_equal(spool_record_peek(header, sizeof(header), &size), -EBADMSG);
	memcpy(header, "HMS1\x17\0\0\0", 8); /* one byte less than an empty frame */
	assert_int_equal(spool_record_peek(header, sizeof(header), &size), -EBADMSG);
	assert_int_equal(size, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_truncation, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bit_flips, setup, teardown),
		cmocka_unit_test_setup_teardown(test_zeroed_runs, setup, teardown),
		cmocka_unit_test(test_magic_inside_a_batch_is_no_record),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
