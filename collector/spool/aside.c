/* First the name, which asks the disk to write, then whether it reads. */
#include "collector/spool/aside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "hubmeter/cleanup.h"

#define STEP_SIZE 16384

enum blame { BLAME_MACHINE, BLAME_SEGMENT, BLAME_UNKNOWN };

static enum blame blame_of(int error)
{
	switch (error) {
	case -ENOMEM:
	case -EMFILE:
	case -ENFILE:
	case -EINTR:
	case -ENOSPC:
	case -EDQUOT:
	case -EROFS:
		return BLAME_MACHINE;
	case -EBADMSG:
	case -EFBIG:
	case -ELOOP:
	case -ENOENT:
		return BLAME_SEGMENT;
	default:
		return BLAME_UNKNOWN;
	}
}

static bool can_be_read(int dirfd, const char *name)
{
	hm_cleanup(hm_closep) int fd = -1;
	unsigned char bytes[STEP_SIZE];
	off_t offset = 0;
	ssize_t n;

	fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	while ((n = pread(fd, bytes, sizeof(bytes), offset)) > 0)
		offset += n;
	return n == 0;
}

static bool is_listed(const struct spool *spool, uint64_t first)
{
	const struct segment_list *list = &spool->segments;

	for (size_t i = 0; i < list->count; i++)
		if (list->first[i] == first)
			return true;
	return false;
}

int spool_set_aside(struct spool *spool, uint64_t first, int error)
{
	char name[SEGMENT_NAME_SIZE], bad[SEGMENT_NAME_SIZE + sizeof(".bad")];
	enum blame blame = blame_of(error);

	if (blame == BLAME_MACHINE)
		return error;
	if (!is_listed(spool, first)) /* acknowledged meanwhile: it is still open, and no more */
		return 0;
	segment_name(name, first);
	(void)snprintf(bad, sizeof(bad), "%s.bad", name); /* fits */
	if (renameat(spool->dirfd, name, spool->dirfd, bad) < 0 && errno != ENOENT)
		return -errno;
	if (blame == BLAME_UNKNOWN && can_be_read(spool->dirfd, bad) &&
		renameat(spool->dirfd, bad, spool->dirfd, name) == 0)
		return error;
	segment_list_remove(&spool->segments, first);
	spool->n_bad++;
	spool->last_bad = first;
	return 0;
}
