/* Made by whoever comes first: a package, an operator, or the collector itself. */
#include "collector/spool/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hubmeter/cleanup.h"

#define PATH_LIMIT 4096

static int make_directories(const char *path)
{
	char partial[PATH_LIMIT];
	size_t length = strlen(path);

	if (length == 0)
		return -ENOENT;
	if (length >= sizeof(partial))
		return -ENAMETOOLONG;
	memcpy(partial, path, length + 1);
	for (size_t i = 1; i <= length; i++) {
		if (partial[i] != '/' && partial[i] != '\0')
			continue;
		partial[i] = '\0';
		if (mkdir(partial, i == length ? 0700 : 0755) < 0 && errno != EEXIST)
			return -errno;
		if (i < length)
			partial[i] = '/';
	}
	return 0;
}

int spool_directory_open(const char *path, int *ret)
{
	int fd, r;

	r = make_directories(path);
	if (r < 0)
		return r;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret = fd;
	return 0;
}

int spool_directory_lock(int dirfd, int *ret)
{
	hm_cleanup(hm_closep) int fd = -1;

	fd = openat(dirfd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	*ret = hm_steal_fd(&fd);
	return 0;
}

bool spool_is_same_file(int a, int b)
{
	struct stat left, right;

	return fstat(a, &left) == 0 && fstat(b, &right) == 0 && left.st_dev == right.st_dev &&
	       left.st_ino == right.st_ino && left.st_nlink > 0;
}
