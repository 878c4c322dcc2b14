/* Directories entry by entry; files as a whole. */
#include "collector/replay/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hubmeter/cleanup.h"

#define OPEN_DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

typedef int (*entry_fn)(int dirfd, const char *name, int other, int depth);

static void closedirp(DIR **directory)
{
	if (*directory)
		(void)closedir(*directory); /* only read */
}

/* @visit each entry of @dirfd; it may remove that entry. */
static int each_entry(int dirfd, entry_fn visit, int other, int depth)
{
	hm_cleanup(closedirp) DIR *directory = NULL;
	const struct dirent *entry;
	int fd, r = 0;

	if (depth >= TREE_DEPTH_MAX)
		return -ELOOP;
	fd = openat(dirfd, ".", OPEN_DIRECTORY);
	if (fd < 0)
		return -errno;
	directory = fdopendir(fd);
	if (!directory) {
		r = -errno;
		(void)close(fd); /* only read */
		return r;
	}
	while (r == 0 && (errno = 0, entry = readdir(directory)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			r = visit(dirfd, entry->d_name, other, depth);
	return r == 0 && errno ? -errno : r;
}

static int type_of(int dirfd, const char *name, struct stat *ret)
{
	return fstatat(dirfd, name, ret, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

static int remove_entry(int dirfd, const char *name, int unused, int depth)
{
	hm_cleanup(hm_closep) int fd = -1;
	struct stat st;
	int r = type_of(dirfd, name, &st);

	if (r < 0)
		return r;
	if (!S_ISDIR(st.st_mode))
		return unlinkat(dirfd, name, 0) < 0 ? -errno : 0;
	fd = openat(dirfd, name, OPEN_DIRECTORY);
	if (fd < 0)
		return -errno;
	r = each_entry(fd, remove_entry, unused, depth + 1);
	return r == 0 && unlinkat(dirfd, name, AT_REMOVEDIR) < 0 ? -errno : r;
}

int tree_clear(int dirfd)
{
	return each_entry(dirfd, remove_entry, -1, 0);
}

/* Remove what is at @name in @to when it is of another type. */
static int make_way(int to, const char *name, mode_t type, int depth)
{
	struct stat st;
	int r = type_of(to, name, &st);

	if (r == -ENOENT)
		return 0;
	if (r < 0 || (st.st_mode & S_IFMT) == type)
		return r;
	return remove_entry(to, name, -1, depth);
}

static int copy_bytes(int from, int to)
{
	char bytes[16384];
	ssize_t n, written;

	if (ftruncate(to, 0) < 0)
		return -errno;
	while ((n = read(from, bytes, sizeof(bytes))) > 0)
		for (ssize_t at = 0; at < n; at += written) {
			written = write(to, bytes + at, (size_t)(n - at));
			if (written < 0)
				return -errno;
		}
	return n < 0 ? -errno : 0;
}

static int copy_file(int from, const char *name, int to)
{
	hm_cleanup(hm_closep) int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	hm_cleanup(hm_closep) int out = -1;

	if (in < 0)
		return -errno;
	out = openat(to, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	return out < 0 ? -errno : copy_bytes(in, out);
}

static int copy_entry(int from, const char *name, int to, int depth);

static int copy_directory(int from, const char *name, int to, const struct stat *st, int depth)
{
	hm_cleanup(hm_closep) int in = openat(from, name, OPEN_DIRECTORY);
	hm_cleanup(hm_closep) int out = -1;

	if (in < 0)
		return -errno;
	if (mkdirat(to, name, 0700) < 0 && errno != EEXIST)
		return -errno;
	out = openat(to, name, OPEN_DIRECTORY);
	if (out < 0)
		return -errno;
	if (fchown(out, st->st_uid, st->st_gid) < 0 && errno != EPERM)
		return -errno;
	return each_entry(in, copy_entry, out, depth + 1);
}

static int copy_entry(int from, const char *name, int to, int depth)
{
	struct stat st;
	int r = type_of(from, name, &st);

	if (r < 0)
		return r;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return -EINVAL;
	r = make_way(to, name, st.st_mode & S_IFMT, depth);
	if (r < 0)
		return r;
	return S_ISDIR(st.st_mode) ? copy_directory(from, name, to, &st, depth)
				   : copy_file(from, name, to);
}

/* What is in the copy and no longer in the original; what is in both was made alike before. */
static int prune_entry(int to, const char *name, int from, int depth)
{
	hm_cleanup(hm_closep) int inner_from = -1;
	hm_cleanup(hm_closep) int inner_to = -1;
	struct stat st;
	int r = type_of(from, name, &st);

	if (r == -ENOENT)
		return remove_entry(to, name, -1, depth);
	if (r < 0 || !S_ISDIR(st.st_mode))
		return r;
	inner_from = openat(from, name, OPEN_DIRECTORY);
	inner_to = openat(to, name, OPEN_DIRECTORY);
	if (inner_from < 0 || inner_to < 0)
		return -errno;
	return each_entry(inner_to, prune_entry, inner_from, depth + 1);
}

int tree_follow(int from, int to)
{
	int r = each_entry(from, copy_entry, to, 0);

	return r < 0 ? r : each_entry(to, prune_entry, from, 0);
}
