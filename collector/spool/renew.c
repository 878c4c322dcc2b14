/*
 * A spool whose directory went away while the collector runs: somebody cleaned up, or a file system
 * was unmounted. What is open can still be read, so nothing but older segments is lost with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/spool/directory.h"
#include "collector/spool/spool.h"
#include "hubmeter/cleanup.h"

#define COPY_SIZE 65536

/* What takes the place of the same members of struct spool. */
struct renewed {
	int dirfd;
	int lockfd; /* -1: the lock that is held is in this directory */
	int fd;	    /* of the newest segment; -1: it could not be read any more */
	int reader; /* the same for the reader, where it is in that segment; else -1 */
	struct segment_list segments;
	struct spool_cursor cursor, sent;
	struct spool_identity identity;
};

static void renewed_release(struct renewed *renewed)
{
	hm_closep(&renewed->dirfd);
	hm_closep(&renewed->lockfd);
	hm_closep(&renewed->fd);
	hm_closep(&renewed->reader);
	segment_list_release(&renewed->segments);
	spool_cursor_close(&renewed->cursor);
	spool_cursor_close(&renewed->sent);
}

static bool is_there(const struct spool *spool)
{
	hm_cleanup(hm_closep) int dirfd = -1;
	struct stat st;

	dirfd = open(spool->config.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0 || !spool_is_same_file(dirfd, spool->dirfd))
		return false;
	return spool->fd < 0 || (fstat(spool->fd, &st) == 0 && st.st_nlink > 0);
}

static int take_lock(const struct spool *spool, struct renewed *renewed)
{
	hm_cleanup(hm_closep) int fd = -1;

	fd = openat(renewed->dirfd, "lock", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && spool_is_same_file(fd, spool->lockfd))
		return 0;
	return spool_directory_lock(renewed->dirfd, &renewed->lockfd);
}

/* -EEXIST: the directory is another spool's. */
static int check_identity(const struct spool *spool, struct renewed *renewed)
{
	struct spool_identity there;
	int r = spool_identity_read(renewed->dirfd, &there);

	if (r == 0 && memcmp(there.stream, spool->identity.stream, HM_STREAM_SIZE) != 0)
		return -EEXIST;
	return r == -ENOENT || r == -EBADMSG ? 0 : r;
}

/* The identity says in which file the cursor is. */
static int take_cursor(const struct spool *spool, struct renewed *renewed)
{
	int r = spool_cursor_open(&renewed->cursor, renewed->dirfd, SPOOL_ACKED);

	if (r == 0)
		r = spool_cursor_store(&renewed->cursor, spool->cursor.sequence);
	if (r == 0)
		r = spool_cursor_open(&renewed->sent, renewed->dirfd, SPOOL_SENT);
	if (r == 0)
		r = spool_cursor_store(&renewed->sent, spool->sent.sequence);
	if (r < 0)
		return r;
	renewed->identity = spool->identity;
	(void)spool_cursor_identify(&renewed->cursor, &renewed->identity); /* as it was, then */
	return spool_identity_write(renewed->dirfd, &renewed->identity);
}

/* -EIO: @from can't be read, which is for @from's end to bear; others: @to can't be written. */
static int copy_bytes(int from, int to, uint64_t size)
{
	unsigned char bytes[COPY_SIZE];
	uint64_t done = 0;

	while (done < size) {
		size_t step = size - done < sizeof(bytes) ? (size_t)(size - done) : sizeof(bytes);
		ssize_t n = pread(from, bytes, step, (off_t)done);

		if (n <= 0)
			return -EIO;
		n = pwrite(to, bytes, (size_t)n, (off_t)done);
		if (n <= 0)
			return n < 0 && errno != EIO ? -errno : -ENOSPC;
		done += (uint64_t)n;
	}
	return 0;
}

/* Under a name of its own first: the segment there may be the very one that is read. */
static int write_copy(const struct spool *spool, struct renewed *renewed, const char *name)
{
	hm_cleanup(hm_closep) int fd = -1;
	int r;

	fd = openat(renewed->dirfd, "segment.new",
		O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = copy_bytes(spool->fd, fd, spool->size);
	if (r < 0)
		return r;
	if (spool->config.sync && fsync(fd) < 0)
		return -errno;
	if (renameat(renewed->dirfd, "segment.new", renewed->dirfd, name) < 0)
		return -errno;
	if (spool->config.sync && fsync(renewed->dirfd) < 0)
		return -errno;
	renewed->fd = hm_steal_fd(&fd);
	return 0;
}

/* First sequence of the newest segment; 0: there is none. */
static uint64_t newest_of(const struct spool *spool)
{
	size_t count = spool->segments.count;

	return count > 0 ? spool->segments.first[count - 1] : 0;
}

static int open_reader(const struct spool *spool, struct renewed *renewed, const char *name)
{
	if (spool->reader.fd < 0 || spool->reader.first != newest_of(spool))
		return 0; /* what it has open it can read to the end */
	renewed->reader = openat(renewed->dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return renewed->reader < 0 ? -errno : 0;
}

static int take_newest(const struct spool *spool, struct renewed *renewed)
{
	char name[SEGMENT_NAME_SIZE];
	int r;

	if (spool->fd < 0)
		return 0;
	segment_name(name, newest_of(spool));
	r = write_copy(spool, renewed, name);
	if (r == -EIO) {
		(void)unlinkat(renewed->dirfd, "segment.new", 0); /* nobody looks for that name */
		return 0;
	}
	return r < 0 ? r : open_reader(spool, renewed, name);
}

/* -EEXIST: it holds records that are newer than ours. */
static int take_segments(const struct spool *spool, struct renewed *renewed)
{
	struct segment_list *list = &renewed->segments;
	int r = segment_list_read(list, renewed->dirfd);

	if (r < 0 || list->count == 0)
		return r;
	return list->first[list->count - 1] > newest_of(spool) ? -EEXIST : 0;
}

static int make(const struct spool *spool, struct renewed *renewed)
{
	int r = spool_directory_open(spool->config.directory, &renewed->dirfd);

	if (r == 0)
		r = take_lock(spool, renewed);
	if (r == 0)
		r = check_identity(spool, renewed);
	if (r == 0 && spool->config.archive && mkdirat(renewed->dirfd, "archive", 0700) < 0 &&
		errno != EEXIST)
		r = -errno;
	if (r == 0)
		r = take_cursor(spool, renewed);
	if (r == 0)
		r = take_newest(spool, renewed);
	return r < 0 ? r : take_segments(spool, renewed);
}

static uint64_t count_missing(const struct spool *spool)
{
	const struct segment_list *list = &spool->segments;
	uint64_t oldest = list->count > 0 ? list->first[0] : spool->next_sequence;

	return oldest > spool_acked(spool) + 1 ? spool_count(spool, spool_acked(spool), oldest - 1)
					       : 0;
}

static void replace_fd(int *at, int *by)
{
	hm_closep(at);
	*at = hm_steal_fd(by);
}

static void take_over(struct spool *spool, struct renewed *renewed)
{
	bool has_newest = renewed->fd >= 0;

	replace_fd(&spool->dirfd, &renewed->dirfd);
	if (renewed->lockfd >= 0)
		replace_fd(&spool->lockfd, &renewed->lockfd);
	if (renewed->reader >= 0)
		replace_fd(&spool->reader.fd, &renewed->reader);
	replace_fd(&spool->fd, &renewed->fd);
	segment_list_release(&spool->segments);
	spool->segments = renewed->segments;
	renewed->segments = (struct segment_list){0};
	spool_cursor_close(&spool->cursor);
	spool->cursor = renewed->cursor;
	spool->identity = renewed->identity;
	renewed->cursor.fd = -1;
	spool_cursor_close(&spool->sent);
	spool->sent = renewed->sent;
	renewed->sent.fd = -1;
	spool->size = has_newest ? spool->size : 0;
	spool->newest_is_empty = has_newest ? spool->newest_is_empty : true;
	spool->is_suspect = false; /* nothing was copied but what is sound */
}

int spool_renew(struct spool *spool, uint64_t *ret_missing)
{
	hm_cleanup(renewed_release) struct renewed renewed = {.dirfd = -1,
		.lockfd = -1,
		.fd = -1,
		.reader = -1,
		.cursor = {.fd = -1},
		.sent = {.fd = -1}};
	int r;

	if (is_there(spool))
		return 0;
	r = make(spool, &renewed);
	if (r < 0)
		return r;
	take_over(spool, &renewed);
	*ret_missing = count_missing(spool);
	return 1;
}
