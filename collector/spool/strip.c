/* A copy beside it, then a rename; who reads the old file at the time reads it to the end. */
#include "collector/spool/strip.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "collector/spool/segment.h"
#include "hubmeter/cleanup.h"

#define TEMPORARY "segment.new"

static int copy_batches(struct segment_reader *reader, uint64_t before, int fd)
{
	struct spool_record record;
	uint64_t size = 0, rest;
	int r;

	while ((r = segment_reader_next(reader, before, UINT64_MAX, &record)) > 0) {
		record.state_size = 0;
		r = spool_record_write(fd, size, &record);
		if (r < 0)
			return r;
		size += spool_record_size(&record);
	}
	if (r == 0)
		r = segment_reader_rest(reader, &rest);
	if (r < 0)
		return r;
	return rest > 0 || reader->n_damaged > 0 ? -EUCLEAN : 0;
}

static int replace(int dirfd, int fd, uint64_t first, bool sync)
{
	char name[SEGMENT_NAME_SIZE];

	if (sync && fsync(fd) < 0)
		return -errno;
	if (renameat(dirfd, TEMPORARY, dirfd, segment_name(name, first)) < 0)
		return -errno;
	return 0; /* a power cut may undo the rename, which is as good */
}

int segment_strip(int dirfd, uint64_t first, uint64_t before, bool sync)
{
	hm_cleanup(segment_reader_release) struct segment_reader reader = SEGMENT_READER_INIT;
	hm_cleanup(hm_closep) int fd = -1;
	int r = segment_reader_open(&reader, dirfd, first);

	if (r < 0)
		return r;
	fd = openat(dirfd, TEMPORARY, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = copy_batches(&reader, before, fd);
	if (r == 0)
		r = replace(dirfd, fd, first, sync);
	if (r < 0)
		(void)unlinkat(dirfd, TEMPORARY, 0); /* it is written over next time */
	return r;
}
