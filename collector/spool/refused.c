/* A file for each, so that an operator can look at one, send it to somebody, and delete it. */
#include "collector/spool/refused.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/spool/segment.h"
#include "hubmeter/cleanup.h"

#define NAME_SIZE 32
#define TEMPORARY "record.new"

static int open_directory(int dirfd, int *ret)
{
	int fd = openat(dirfd, REFUSED_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	*ret = fd;
	return 0;
}

/* What the file @name adds; one of another name adds nothing. */
static void add_file(int fd, const char *name, struct refused_sum *sum)
{
	uint64_t sequence;
	struct stat st;

	if (segment_parse_name(name, ".rec", &sequence) < 0 ||
		fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	sum->count++;
	sum->bytes += (uint64_t)st.st_size;
	if (sum->first == 0 || sequence < sum->first)
		sum->first = sequence;
	if (sequence > sum->last)
		sum->last = sequence;
}

int refused_sum(int dirfd, struct refused_sum *ret)
{
	struct refused_sum sum = {0};
	struct dirent *entry;
	DIR *directory;
	int fd = -1;
	int r = open_directory(dirfd, &fd);

	if (r == -ENOENT) {
		*ret = sum;
		return 0;
	}
	if (r < 0)
		return r;
	directory = fdopendir(fd);
	if (!directory) {
		r = -errno;
		(void)close(fd); /* nothing was written */
		return r;
	}
	while ((entry = readdir(directory)))
		add_file(fd, entry->d_name, &sum);
	(void)closedir(directory); /* nothing was written */
	*ret = sum;
	return 0;
}

static int write_file(int dirfd, const struct spool_record *record)
{
	hm_cleanup(hm_closep) int fd = -1;
	char name[NAME_SIZE];
	int r;

	fd = openat(dirfd, TEMPORARY, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = spool_record_write(fd, 0, record);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlinkat(dirfd, TEMPORARY, 0); /* what is left is written over */
		return r;
	}
	(void)snprintf(name, sizeof(name), "%020" PRIu64 ".rec", record->sequence); /* fits */
	if (renameat(dirfd, TEMPORARY, dirfd, name) < 0)
		return -errno;
	return fsync(dirfd) < 0 ? -errno : 0;
}

int refused_keep(int dirfd, const struct spool_record *record)
{
	hm_cleanup(hm_closep) int fd = -1;
	struct spool_record stateless = *record;
	struct refused_sum sum;
	int r;

	stateless.state_size = 0;
	if (mkdirat(dirfd, REFUSED_DIRECTORY, 0700) < 0 && errno != EEXIST)
		return -errno;
	r = refused_sum(dirfd, &sum);
	if (r < 0)
		return r;
	if (sum.bytes + spool_record_size(&stateless) > REFUSED_MAX_BYTES)
		return -EDQUOT;
	r = open_directory(dirfd, &fd);
	return r < 0 ? r : write_file(fd, &stateless);
}
