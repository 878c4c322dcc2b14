/* The same file is one with the same inode, size and time of its last change. */
#include "collector/source/watched_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include "hubmeter/cleanup.h"

static int read_open_file(int fd, struct buffer *buffer)
{
	char chunk[65536];
	ssize_t n;
	int r = 0;

	while (r == 0 && (n = read(fd, chunk, sizeof(chunk))) != 0)
		r = n < 0 ? (errno == EINTR ? 0 : -errno) : buffer_append(buffer, chunk, (size_t)n);
	return r;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

int watched_file_read(struct watched_file *file, const char *path, struct buffer *ret)
{
	hm_cleanup(hm_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int r;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &file->read) < 0)
		return -errno;
	if (!S_ISREG(file->read.st_mode))
		return -EINVAL;
	if (is_same_file(&file->read, &file->kept))
		return 0;
	r = read_open_file(fd, ret);
	return r < 0 ? r : 1;
}

void watched_file_keep(struct watched_file *file)
{
	file->kept = file->read;
}
