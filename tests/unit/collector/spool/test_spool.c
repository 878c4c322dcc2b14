/* The spool on a real file system: restarts, torn tails, damage, full disks, two writers. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "collector/spool/spool.h"
#include "tests/unit/collector/spool/place.h"

static void test_reopen_continues(void **state)
{
	struct place *place = *state;
	uint8_t stream[HM_STREAM_SIZE];
	struct spool spool;

	open_spool(place, &spool, 0);
	assert_int_equal(spool.change, SPOOL_CHANGE_NEW);
	assert_int_equal(spool.next_sequence, 1);
	memcpy(stream, spool.identity.stream, sizeof(stream));
	append_many(&spool, 7);
	assert_reads(&spool, 1, 7);
	spool_close(&spool);

	open_spool(place, &spool, 7);
	assert_int_equal(spool.change, SPOOL_CHANGE_NONE);
	assert_memory_equal(spool.identity.stream, stream, sizeof(stream));
	assert_int_equal(spool.next_sequence, 8);
	assert_reads(&spool, 1, 7);
	assert_int_equal(spool_ack(&spool, 5), 0);
	append_many(&spool, 1);
	assert_reads(&spool, 8, 8);
	spool_rewind(&spool);
	assert_reads(&spool, 6, 8);
	spool_close(&spool);

	open_spool(place, &spool, 8);
	assert_int_equal(spool_acked(&spool), 5);
	assert_reads(&spool, 6, 8);
	spool_close(&spool);
}

static void test_acknowledged_segments_go_but_the_newest_stays(void **state)
{
	struct place *place = *state;
	struct spool spool;

	open_spool(place, &spool, 0);
	append_many(&spool, 8);
	assert_int_equal(count_segments(place->spool), 4);
	assert_int_equal(spool_ack(&spool, 3), 0);
	assert_int_equal(count_segments(place->spool), 3); /* 1, 2 */
	assert_int_equal(spool_ack(&spool, 8), 0);
	assert_int_equal(count_segments(place->spool), 1);
	spool_close(&spool);

	open_spool(place, &spool, 8);
	assert_int_equal(spool.next_sequence, 9);
	assert_reads(&spool, 9, 8);
	spool_close(&spool);
}

static void test_archive_keeps_acknowledged_segments(void **state)
{
	struct place *place = *state;
	char archive[96];
	struct spool spool;

	place->config.archive = true;
	snprintf(archive, sizeof(archive), "%s/archive", place->spool);
	open_spool(place, &spool, 0);
	append_many(&spool, 8);
	assert_int_equal(spool_ack(&spool, 8), 0);
	assert_int_equal(count_segments(place->spool), 1);
	assert_int_equal(count_segments(archive), 3);
	spool_close(&spool);
}

static void test_two_collectors(void **state)
{
	struct place *place = *state;
	struct buffer none = BUFFER_INIT(64);
	struct spool spool, second;

	open_spool(place, &spool, 0);
	assert_int_equal(spool_open(&second, &place->config, &none), -EBUSY);
	spool_close(&spool);
	open_spool(place, &second, 0);
	spool_close(&second);
}

static void test_torn_tail_at_every_byte(void **state)
{
	struct place *place = *state;
	size_t size, frame, complete;
	unsigned char *data;
	struct spool spool;
	char path[160];

	place->config.segment_size = 4096;
	open_spool(place, &spool, 0);
	append_many(&spool, 4);
	spool_close(&spool);
	segment_path(place, 1, path);
	data = load(path, &size);
	frame = size / 4;

	for (size_t cut = 0; cut < size; cut++) {
		store(path, data, cut);
		complete = cut / frame;
		open_spool(place, &spool, complete);
		assert_int_equal(spool.torn_bytes, cut % frame);
		assert_int_equal(spool.next_sequence, complete + 1);
		append_many(&spool, 1);
		assert_reads(&spool, 1, complete + 1);
		assert_int_equal(spool.reader.damaged_bytes, 0);
		spool_close(&spool);
	}
	free(data);
}

static void test_torn_tail_of_a_new_segment(void **state)
{
	struct place *place = *state;
	struct spool spool;
	char path[160];

	open_spool(place, &spool, 0);
	append_many(&spool, 5); /* 1 2 | 3 4 | 5 */
	spool_close(&spool);
	segment_path(place, 5, path);
	assert_int_equal(truncate(path, 30), 0);

	open_spool(place, &spool, 4); /* its state stands in the segment before */
	assert_int_equal(spool.next_sequence, 5);
	assert_int_equal(spool_ack(&spool, 4), 0);
	assert_int_equal(count_segments(place->spool), 2); /* 3 4 holds it: kept */
	spool_close(&spool);
	open_spool(place, &spool, 4);
	append_many(&spool, 1);
	assert_reads(&spool, 5, 5);
	assert_int_equal(spool_ack(&spool, 5), 0);
	assert_int_equal(count_segments(place->spool), 1);
	spool_close(&spool);
}

static void test_damage_in_the_middle(void **state)
{
	struct place *place = *state;
	uint64_t random = 42;
	struct spool spool;
	unsigned char *data;
	size_t size, frame;
	char path[160];

	place->config.segment_size = 4096;
	open_spool(place, &spool, 0);
	append_many(&spool, 6);
	spool_close(&spool);
	segment_path(place, 1, path);
	data = load(path, &size);
	frame = size / 6;

	for (int i = 0; i < 300; i++) {
		size_t bit, hit;

		random = random * 6364136223846793005u + 1442695040888963407u;
		bit = (random >> 33) % (5 * frame * 8); /* the last one stays */
		hit = bit / 8 / frame + 1;
		data[bit / 8] ^= (unsigned char)(1u << bit % 8);
		store(path, data, size);
		data[bit / 8] ^= (unsigned char)(1u << bit % 8);

		open_spool(place, &spool, 6);
		assert_int_equal(spool.next_sequence, 7);
		for (uint64_t sequence = 1; sequence <= 6; sequence++) {
			if (sequence != hit)
				assert_int_equal(read_next(&spool), sequence);
		}
		assert_int_equal(read_next(&spool), 0);
		assert_int_equal(spool.reader.n_damaged, 1);
		assert_int_equal(spool.reader.damaged_bytes, frame);
		spool_close(&spool);
	}
	free(data);
}

static void test_sequence_never_goes_back(void **state)
{
	struct place *place = *state;
	struct spool spool;
	char path[160];

	open_spool(place, &spool, 0);
	append_many(&spool, 5);
	assert_int_equal(spool_ack(&spool, 5), 0);
	spool_close(&spool);
	segment_path(place, 5, path);
	assert_int_equal(truncate(path, 50), 0); /* an acknowledged record is lost */

	open_spool(place, &spool, 0); /* and so is its state: nothing is booked twice */
	assert_int_equal(spool.next_sequence, 6);
	append_many(&spool, 1);
	assert_reads(&spool, 6, 6);
	spool_close(&spool);
	open_spool(place, &spool, 6);
	spool_close(&spool);

	assert_int_equal(unlink(path), 0); /* every segment gone, the cursor still knows */
	open_spool(place, &spool, 0);
	assert_int_equal(spool.next_sequence, 6);
	spool_close(&spool);
}

/* The state before a lost record would book that record's window again. */
static void test_state_before_a_lost_record_is_none(void **state)
{
	struct place *place = *state;
	struct spool spool;
	char path[160];
	size_t size;

	place->config.segment_size = 4096;
	open_spool(place, &spool, 0);
	append_many(&spool, 5);
	assert_int_equal(spool_ack(&spool, 5), 0);
	spool_close(&spool);
	segment_path(place, 1, path);
	free(load(path, &size));
	assert_int_equal(truncate(path, (off_t)size - 10), 0); /* the last one, acknowledged */

	open_spool(place, &spool, 0);
	assert_int_equal(spool.next_sequence, 6);
	spool_close(&spool);
}

static void test_damaged_small_files(void **state)
{
	struct place *place = *state;
	uint8_t stream[HM_STREAM_SIZE];
	struct spool spool;
	char path[160];

	place->config.segment_size = 4096;
	open_spool(place, &spool, 0);
	append_many(&spool, 3);
	assert_int_equal(spool_ack(&spool, 1), 0);
	assert_int_equal(spool_ack(&spool, 2), 0);
	memcpy(stream, spool.identity.stream, sizeof(stream));
	spool_close(&spool);

	/* The newest slot of the cursor: falls back to the one before. */
	snprintf(path, sizeof(path), "%s/acked", place->spool);
	for (size_t slot = 0; slot < 2; slot++) {
		size_t size;
		unsigned char *data = load(path, &size);

		data[slot * 512] ^= 0x40;
		store(path, data, size);
		open_spool(place, &spool, 3);
		assert_in_range(spool_acked(&spool), 1, 2);
		assert_reads(&spool, spool_acked(&spool) + 1, 3);
		spool_close(&spool);
		data[slot * 512] ^= 0x40;
		store(path, data, size);
		free(data);
	}
	store(path, (const unsigned char *)"rubbish", 7);
	snprintf(path, sizeof(path), "%s/stream", place->spool);
	store(path, (const unsigned char *)"rubbish", 7);

	open_spool(place, &spool, 3);
	assert_int_equal(spool_acked(&spool), 0);
	assert_int_equal(spool.change, SPOOL_CHANGE_NEW);
	assert_memory_not_equal(spool.identity.stream, stream, sizeof(stream));
	assert_int_equal(spool.next_sequence, 4);
	spool_close(&spool);
}

static void test_full_disk(void **state)
{
	struct place *place = *state;
	struct rlimit before, limit;
	struct spool spool;

	signal(SIGXFSZ, SIG_IGN);
	place->config.segment_size = 4096;
	place->config.sync = true;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	open_spool(place, &spool, 0);
	append_many(&spool, 2);

	for (rlim_t room = 0; room < 131; room += 13) { /* a frame is 131 bytes */
		limit = before;
		limit.rlim_cur = room; /* of any file, also of a new segment */
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
		assert_true(append(&spool) < 0);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
		assert_int_equal(spool.next_sequence, 3);
	}
	append_many(&spool, 3);
	assert_true(count_segments(place->spool) > 1); /* what failed is not written behind */
	assert_reads(&spool, 1, 5);
	assert_int_equal(spool.reader.n_damaged, 0);
	assert_int_equal(spool.reader.damaged_bytes, 0);
	spool_close(&spool);
	open_spool(place, &spool, 5);
	assert_reads(&spool, 1, 5);
	spool_close(&spool);
}

/* A write that failed but left a whole record behind, which could not be cut off either. */
static void test_remains_of_a_failed_write_are_no_record(void **state)
{
	struct place *place = *state;
	struct spool spool;
	unsigned char *data;
	size_t size;
	char path[160];

	place->config.segment_size = 4096;
	open_spool(place, &spool, 0);
	append_many(&spool, 3);
	spool_close(&spool);
	segment_path(place, 1, path);
	data = load(path, &size);

	assert_int_equal(truncate(path, (off_t)(size / 3 * 2)), 0);
	open_spool(place, &spool, 2);
	spool.is_suspect = true; /* as after a failed write */
	append_many(&spool, 1);	 /* so 3 goes into a segment of its own */
	store(path, data, size); /* and an older 3 is still in the first */
	assert_int_equal(read_next(&spool), 1);
	assert_int_equal(read_next(&spool), 2);
	assert_int_equal(read_next(&spool), 3);
	assert_int_equal(spool.reader.first, 3);
	assert_int_equal(read_next(&spool), 0);
	spool_close(&spool);
	open_spool(place, &spool, 3);
	spool_close(&spool);
	free(data);
}

static void test_unusable_directory(void **state)
{
	struct place *place = *state;
	struct buffer none = BUFFER_INIT(64);
	struct spool spool;

	snprintf(place->spool, sizeof(place->spool), "%s/file", place->path);
	store(place->spool, (const unsigned char *)"", 0);
	assert_int_equal(spool_open(&spool, &place->config, &none), -ENOTDIR);
	place->config.directory = "";
	assert_int_equal(spool_open(&spool, &place->config, &none), -ENOENT);
}

/* A file of the spool by name, made a symbolic link to a copy of itself. */
static void make_link(const struct place *place, const char *name)
{
	char from[160], to[160];

	snprintf(from, sizeof(from), "%s/%s", place->spool, name);
	snprintf(to, sizeof(to), "%s/elsewhere", place->path);
	(void)rename(from, to); /* it may not be there yet */
	assert_int_equal(symlink(to, from), 0);
}

static void test_links_are_not_followed(void **state)
{
	static const char *const names[] = {"lock", "stream", "acked"};
	struct place *place = *state;
	struct buffer buffer = BUFFER_INIT(4096);
	struct spool spool;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		remove_tree(place->spool);
		open_spool(place, &spool, 0);
		append_many(&spool, 1);
		spool_close(&spool);
		make_link(place, names[i]);
		assert_int_equal(spool_open(&spool, &place->config, &buffer), -ELOOP);
	}
	buffer_release(&buffer);
	assert_non_null(strstr(spool_error_text(-ELOOP), "symbolic link"));
	assert_string_equal(spool_error_text(-ENOSPC), strerror(ENOSPC));
}

static void test_links_are_not_written_through(void **state)
{
	struct place *place = *state;
	struct spool spool;
	struct stat st;
	char path[160];

	open_spool(place, &spool, 0);
	make_link(place, "00000000000000000001.seg");
	assert_int_equal(append(&spool), -ELOOP);
	snprintf(path, sizeof(path), "%s/elsewhere", place->path);
	assert_int_equal(stat(path, &st), -1);
	spool_close(&spool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_reopen_continues, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_acknowledged_segments_go_but_the_newest_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_archive_keeps_acknowledged_segments, setup, teardown),
		cmocka_unit_test_setup_teardown(test_two_collectors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_torn_tail_at_every_byte, setup, teardown),
		cmocka_unit_test_setup_teardown(test_torn_tail_of_a_new_segment, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damage_in_the_middle, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sequence_never_goes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_state_before_a_lost_record_is_none, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged_small_files, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full_disk, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_remains_of_a_failed_write_are_no_record, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unusable_directory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_links_are_not_followed, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_links_are_not_written_through, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
