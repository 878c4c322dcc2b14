/* A spool whose directory goes away while it is open. Laws: what is not missing is read, once, in
 * order; sequences and identity go on. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
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

#define BATCH_SIZE  100
#define SMALL_SPOOL 300 /* segments of two records */

struct place {
	char path[64];
	char directory[80];
	char aside[80];
	struct spool_config config;
	struct spool spool;
};

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_tree(const char *path)
{
	(void)nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS); /* it may not be there */
}

static void open_again(struct place *place)
{
	struct buffer state = BUFFER_INIT(4096);

	assert_int_equal(spool_open(&place->spool, &place->config, &state), 0);
	buffer_release(&state);
}

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	strcpy(place->path,
		access("/dev/shm", W_OK) == 0 ? "/dev/shm/spool-XXXXXX" : "/tmp/spool-XXXXXX");
	assert_non_null(mkdtemp(place->path));
	snprintf(place->directory, sizeof(place->directory), "%s/a/b", place->path);
	snprintf(place->aside, sizeof(place->aside), "%s/aside", place->path);
	place->config = (struct spool_config){
		.directory = place->directory, .segment_size = SMALL_SPOOL, .sync = true};
	open_again(place);
	*state = place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;

	spool_close(&place->spool);
	remove_tree(place->path);
	free(place);
	return 0;
}

static void append_many(struct place *place, int count)
{
	char batch[BATCH_SIZE];

	while (count-- > 0) {
		memset(batch, (int)(place->spool.next_sequence & 0xff), sizeof(batch));
		assert_int_equal(spool_append(&place->spool, batch, sizeof(batch), "s", 1), 0);
	}
}

static void assert_next(struct place *place, uint64_t sequence)
{
	struct spool_record record;

	assert_int_equal(spool_next(&place->spool, &record), sequence > 0);
	if (sequence == 0)
		return;
	assert_int_equal(record.sequence, sequence);
	assert_int_equal(record.batch_size, BATCH_SIZE);
	assert_int_equal(record.batch[0], sequence & 0xff);
}

static uint64_t renew(struct place *place)
{
	uint64_t missing = UINT64_MAX;

	assert_int_equal(spool_renew(&place->spool, &missing), 1);
	assert_int_equal(spool_renew(&place->spool, &missing), 0);
	return missing;
}

static void test_nothing_to_do(void **state)
{
	struct place *place = *state;
	uint64_t missing;

	assert_int_equal(spool_renew(&place->spool, &missing), 0);
	append_many(place, 3);
	assert_int_equal(spool_renew(&place->spool, &missing), 0);
	assert_int_equal(spool_ack(&place->spool, 3), 0);
	assert_int_equal(spool_renew(&place->spool, &missing), 0);
}

static void test_deleted_before_the_first_record(void **state)
{
	struct place *place = *state;

	remove_tree(place->directory);
	assert_int_equal(renew(place), 0);
	append_many(place, 3);
	for (uint64_t i = 1; i <= 3; i++)
		assert_next(place, i);
}

static void test_deleted(void **state)
{
	struct place *place = *state;
	uint8_t stream[HM_STREAM_SIZE];

	append_many(place, 6); /* 1 2 | 3 4 | 5 6 */
	assert_int_equal(spool_ack(&place->spool, 1), 0);
	memcpy(stream, place->spool.identity.stream, sizeof(stream));
	remove_tree(place->directory);
	assert_int_equal(renew(place), 3); /* 2 3 4 */
	append_many(place, 1);
	for (uint64_t i = 5; i <= 7; i++)
		assert_next(place, i);
	assert_next(place, 0);
	assert_int_equal(spool_ack(&place->spool, 6), 0);
	spool_close(&place->spool);

	open_again(place);
	assert_memory_equal(place->spool.identity.stream, stream, sizeof(stream));
	assert_int_equal(place->spool.next_sequence, 8);
	assert_int_equal(spool_acked(&place->spool), 6);
	assert_next(place, 7);
}

static void test_what_was_read_is_not_read_again(void **state)
{
	struct place *place = *state;

	for (int read = 0; read <= 6; read++) {
		remove_tree(place->directory);
		spool_close(&place->spool);
		open_again(place);
		append_many(place, 6);
		for (int i = 1; i <= read; i++)
			assert_next(place, (uint64_t)i);
		remove_tree(place->directory);
		assert_int_equal(renew(place), 4);
		append_many(place, 2);
		/* the reader has its segment open, and reads that to the end */
		for (int i = read + 1; i <= 8; i++)
			if (i >= 5 || (read > 0 && i <= (read + 1) / 2 * 2))
				assert_next(place, (uint64_t)i);
		assert_next(place, 0);
	}
}

static void test_emptied(void **state)
{
	struct place *place = *state;

	append_many(place, 2);
	remove_tree(place->directory);
	assert_int_equal(mkdir(place->directory, 0700), 0);
	assert_int_equal(renew(place), 0);
	append_many(place, 1);
	for (uint64_t i = 1; i <= 3; i++)
		assert_next(place, i);
}

static void test_one_file_deleted(void **state)
{
	struct place *place = *state;
	char path[128];

	append_many(place, 4);
	snprintf(path, sizeof(path), "%s/%020d.seg", place->directory, 3);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(renew(place), 0);
	append_many(place, 1);
	for (uint64_t i = 1; i <= 5; i++)
		assert_next(place, i);
}

/* As when a file system is unmounted, written below, and mounted again. */
static void test_moved_away_and_back(void **state)
{
	struct place *place = *state;

	append_many(place, 6);
	assert_int_equal(rename(place->directory, place->aside), 0);
	assert_int_equal(renew(place), 4);
	append_many(place, 2);
	remove_tree(place->directory);
	assert_int_equal(rename(place->aside, place->directory), 0);
	assert_int_equal(renew(place), 0);
	for (uint64_t i = 1; i <= 4; i++)
		assert_next(place, i);
}

static void test_another_spool_is_left_alone(void **state)
{
	struct place *place = *state;
	struct buffer buffer = BUFFER_INIT(4096);
	struct spool other;
	uint64_t missing;

	append_many(place, 1);
	assert_int_equal(rename(place->directory, place->aside), 0);
	assert_int_equal(spool_open(&other, &place->config, &buffer), 0);
	assert_int_equal(spool_renew(&place->spool, &missing), -EBUSY);
	assert_int_equal(spool_append(&other, "x", 1, "s", 1), 0);
	spool_close(&other);
	assert_int_equal(spool_renew(&place->spool, &missing), -EEXIST);
	assert_next(place, 1);
	assert_int_equal(spool_open(&other, &place->config, &buffer), 0);
	assert_int_equal(other.next_sequence, 2);
	spool_close(&other);
	buffer_release(&buffer);
}

static void test_a_place_that_is_no_directory(void **state)
{
	struct place *place = *state;
	uint64_t missing;
	int fd;

	append_many(place, 1);
	remove_tree(place->directory);
	fd = open(place->directory, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(spool_renew(&place->spool, &missing), -ENOTDIR);
	assert_int_equal(unlink(place->directory), 0);
	assert_int_equal(renew(place), 0);
	assert_next(place, 1);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_to_do),
		TEST(test_deleted_before_the_first_record),
		TEST(test_deleted),
		TEST(test_what_was_read_is_not_read_again),
		TEST(test_emptied),
		TEST(test_one_file_deleted),
		TEST(test_moved_away_and_back),
		TEST(test_another_spool_is_left_alone),
		TEST(test_a_place_that_is_no_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
