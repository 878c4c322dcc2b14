/* Reading what is on disk: record by record, a few KiB at a time, whole rests only after damage. */
#include "collector/spool/segment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/array.h"
#include "hubmeter/cleanup.h"

#define NAME_DIGITS 20

const char *segment_name(char name[SEGMENT_NAME_SIZE], uint64_t first)
{
	(void)snprintf(name, SEGMENT_NAME_SIZE, "%020" PRIu64 ".seg", first); /* always fits */
	return name;
}

int segment_parse_name(const char *name, const char *suffix, uint64_t *ret)
{
	uint64_t first = 0;

	if (strlen(name) < NAME_DIGITS || strcmp(name + NAME_DIGITS, suffix) != 0)
		return -EBADMSG;
	for (int i = 0; i < NAME_DIGITS; i++) {
		if (name[i] < '0' || name[i] > '9')
			return -EBADMSG;
		if (__builtin_mul_overflow(first, 10u, &first) ||
			__builtin_add_overflow(first, (uint64_t)(name[i] - '0'), &first))
			return -EBADMSG;
	}

	if (first > INT64_MAX) /* no batch may have such a number */
		return -EBADMSG;
	*ret = first;
	return 0;
}

int segment_list_append(struct segment_list *list, uint64_t first)
{
	int r = array_make_room(
		&list->first, list->count, &list->capacity, sizeof(*list->first), 16);

	if (r < 0)
		return r;
	list->first[list->count++] = first;
	return 0;
}

void segment_list_remove(struct segment_list *list, uint64_t first)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (list->first[i] != first)
			list->first[kept++] = list->first[i];
	}
	list->count = kept;
}

void segment_list_release(struct segment_list *list)
{
	free(list->first);
	*list = (struct segment_list){0};
}

static int compare_u64(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static void sort_unique(struct segment_list *list)
{
	size_t kept = 0;

	if (list->count == 0)
		return;
	qsort(list->first, list->count, sizeof(*list->first), compare_u64);
	for (size_t i = 1; i < list->count; i++) {
		if (list->first[i] != list->first[kept])
			list->first[++kept] = list->first[i];
	}
	list->count = kept + 1;
}

int segment_list_read(struct segment_list *list, int dirfd)
{
	struct dirent *entry;
	uint64_t first;
	DIR *directory;
	int fd, r = 0;

	fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	directory = fdopendir(fd);
	if (!directory) {
		r = -errno;
		(void)close(fd); /* nothing was written */
		return r;
	}

	while (r == 0 && (errno = 0, entry = readdir(directory))) {
		if (segment_parse_name(entry->d_name, ".seg", &first) == 0)
			r = segment_list_append(list, first);
	}
	if (r == 0)
		r = -errno;
	(void)closedir(directory); /* nothing was written */
	sort_unique(list);
	return r;
}

int segment_reader_open(struct segment_reader *reader, int dirfd, uint64_t first)
{
	hm_cleanup(hm_closep) int fd = -1;
	char name[SEGMENT_NAME_SIZE];
	struct stat st;

	/* a FIFO of that name is not waited for */
	fd = openat(
		dirfd, segment_name(name, first), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBADMSG;

	segment_reader_close(reader);
	reader->fd = hm_steal_fd(&fd);
	reader->first = first;
	reader->offset = 0;
	reader->sequence = first > 0 ? first - 1 : 0;
	return 0;
}

static int read_at(struct segment_reader *reader, uint64_t offset, size_t size)
{
	size_t done = 0;
	int r;

	buffer_clear(&reader->bytes);
	r = buffer_reserve(&reader->bytes, size);
	if (r < 0)
		return r;
	while (done < size) {
		ssize_t n = pread(
			reader->fd, reader->bytes.data + done, size - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	reader->bytes.size = done;
	return 0;
}

/* The frame right behind the last one: two short reads. -EBADMSG when it is not there. */
static int read_next(
	struct segment_reader *reader, uint64_t before, uint64_t end, struct spool_record *ret)
{
	struct spool_record record;
	size_t frame;
	int r;

	r = read_at(reader, reader->offset, SPOOL_RECORD_HEADER_SIZE);
	if (r < 0)
		return r;
	r = spool_record_peek(reader->bytes.data, reader->bytes.size, &frame);
	if (r < 0)
		return r;
	if (frame > end - reader->offset)
		return -EBADMSG;
	r = read_at(reader, reader->offset, frame);
	if (r < 0)
		return r;
	r = spool_record_parse(reader->bytes.data, reader->bytes.size, &record);
	if (r < 0)
		return r;
	if (record.sequence <= reader->sequence || record.sequence >= before)
		return -EBADMSG;

	*ret = record;
	return 0;
}

/* Damage right behind the last record: look at everything up to @end for the next sound one. */
static int resync(
	struct segment_reader *reader, uint64_t before, uint64_t end, struct spool_record *ret)
{
	size_t skipped;
	int r;

	if (end - reader->offset > SEGMENT_READER_LIMIT)
		return -EFBIG;
	r = read_at(reader, reader->offset, (size_t)(end - reader->offset));
	if (r < 0)
		return r;
	r = spool_record_find(
		reader->bytes.data, reader->bytes.size, 1, reader->sequence, before, ret, &skipped);
	if (r < 0)
		return r;

	reader->n_damaged++;
	reader->damaged_bytes += skipped;
	reader->offset += skipped;
	return 0;
}

static int file_size(int fd, uint64_t *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	*ret = (uint64_t)st.st_size;
	return 0;
}

int segment_reader_next(
	struct segment_reader *reader, uint64_t before, uint64_t end, struct spool_record *ret)
{
	struct spool_record record;
	uint64_t size;
	int r;

	r = file_size(reader->fd, &size);
	if (r < 0)
		return r;
	if (end > size)
		end = size;
	if (reader->offset >= end)
		return 0;

	r = read_next(reader, before, end, &record);
	if (r == -EBADMSG)
		r = resync(reader, before, end, &record);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;

	reader->offset += spool_record_size(&record);
	reader->sequence = record.sequence;
	*ret = record;
	return 1;
}

int segment_reader_rest(const struct segment_reader *reader, uint64_t *ret)
{
	uint64_t size;
	int r;

	r = file_size(reader->fd, &size);
	if (r < 0)
		return r;

	*ret = size > reader->offset ? size - reader->offset : 0;
	return 0;
}

void segment_reader_close(struct segment_reader *reader)
{
	hm_closep(&reader->fd);
	reader->fd = -1;
}

void segment_reader_release(struct segment_reader *reader)
{
	segment_reader_close(reader);
	buffer_release(&reader->bytes);
}
