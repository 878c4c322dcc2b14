/*
 * A spool in a directory of its own, whose records say which they are: record n holds bytes of n,
 * and its state is "state n".
 */
#ifndef TESTS_UNIT_COLLECTOR_SPOOL_PLACE_H
#define TESTS_UNIT_COLLECTOR_SPOOL_PLACE_H

#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
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
	char spool[80];
	struct spool_config config;
};

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void remove_tree(const char *path)
{
	(void)nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS); /* it may not be there */
}

static inline int setup(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	strcpy(place->path,
		access("/dev/shm", W_OK) == 0 ? "/dev/shm/spool-XXXXXX" : "/tmp/spool-XXXXXX");
	assert_non_null(mkdtemp(place->path));
	snprintf(place->spool, sizeof(place->spool), "%s/a/b", place->path);
	place->config =
		(struct spool_config){.directory = place->spool, .segment_size = SMALL_SPOOL};
	*state = place;
	return 0;
}

static inline int teardown(void **state)
{
	struct place *place = *state;

	remove_tree(place->path);
	free(place);
	return 0;
}

static inline void open_spool(
	const struct place *place, struct spool *spool, uint64_t expected_state)
{
	struct buffer state = BUFFER_INIT(4096);
	char expected[32];

	assert_int_equal(spool_open(spool, &place->config, &state), 0);
	if (expected_state == 0) {
		assert_int_equal(state.size, 0);
	} else {
		int n = snprintf(expected, sizeof(expected), "state %" PRIu64, expected_state);

		assert_int_equal(state.size, n);
		assert_memory_equal(state.data, expected, state.size);
	}
	buffer_release(&state);
}

static inline int append(struct spool *spool)
{
	char batch[BATCH_SIZE], state[32];
	int n = snprintf(state, sizeof(state), "state %" PRIu64, spool->next_sequence);

	memset(batch, (int)(spool->next_sequence & 0xff), sizeof(batch));
	return spool_append(spool, batch, sizeof(batch), state, (size_t)n);
}

static inline void append_many(struct spool *spool, int count)
{
	while (count-- > 0)
		assert_int_equal(append(spool), 0);
}

static inline uint64_t read_next(struct spool *spool)
{
	struct spool_record record;
	int r = spool_next(spool, &record);

	assert_true(r >= 0);
	if (r == 0)
		return 0;
	assert_int_equal(record.batch_size, BATCH_SIZE);
	for (size_t i = 0; i < BATCH_SIZE; i++)
		assert_int_equal(record.batch[i], record.sequence & 0xff);
	return record.sequence;
}

static inline void assert_reads(struct spool *spool, uint64_t from, uint64_t to)
{
	for (uint64_t sequence = from; sequence <= to; sequence++)
		assert_int_equal(read_next(spool), sequence);
	assert_int_equal(read_next(spool), 0);
}

static inline size_t count_segments(const char *directory)
{
	struct segment_list list = {0};
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t count;

	assert_true(fd >= 0);
	assert_int_equal(segment_list_read(&list, fd), 0);
	count = list.count;
	segment_list_release(&list);
	close(fd);
	return count;
}

static inline void segment_path(const struct place *place, uint64_t first, char path[160])
{
	char name[SEGMENT_NAME_SIZE];

	snprintf(path, 160, "%s/%s", place->spool, segment_name(name, first));
}

static inline unsigned char *load(const char *path, size_t *ret_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char *data = malloc(1 << 16);
	ssize_t n = read(fd, data, 1 << 16);

	assert_true(n >= 0);
	close(fd);
	*ret_size = (size_t)n;
	return data;
}

static inline void store(const char *path, const unsigned char *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, data, size), size);
	close(fd);
}

#endif
