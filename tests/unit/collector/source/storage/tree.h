/*
 * A tree of real files in a directory of its own, and what du(1) would say of it: an own look at
 * every name, by path, that shares nothing with what is tested.
 */
#ifndef TESTS_UNIT_COLLECTOR_SOURCE_STORAGE_TREE_H
#define TESTS_UNIT_COLLECTOR_SOURCE_STORAGE_TREE_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct tree {
	char path[64];
	int fd;
};

static inline void tree_init(struct tree *tree)
{
	snprintf(tree->path, sizeof(tree->path), "%s/hubmeter-tree-XXXXXX",
		access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(tree->path));
	tree->fd = open(tree->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(tree->fd >= 0);
}

static inline void tree_mkdir(const struct tree *tree, const char *name)
{
	assert_int_equal(mkdirat(tree->fd, name, 0755), 0);
}

static inline void tree_write(const struct tree *tree, const char *name, size_t size)
{
	static char bytes[1 << 20];
	int fd = openat(tree->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	if (!bytes[0])
		memset(bytes, 'x', sizeof(bytes));
	for (size_t n; size > 0; size -= n) {
		n = size < sizeof(bytes) ? size : sizeof(bytes);
		assert_int_equal(write(fd, bytes, n), (ssize_t)n);
	}
	assert_int_equal(close(fd), 0);
}

static inline void tree_link(const struct tree *tree, const char *from, const char *to)
{
	assert_int_equal(linkat(tree->fd, from, tree->fd, to, 0), 0);
}

/* Descends without paths, which may be too long for any call. Takes @fd. */
static inline void tree_empty(int fd)
{
	DIR *dir = fdopendir(fd);
	const struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(fd, entry->d_name, 0) == 0)
			continue;
		if (unlinkat(fd, entry->d_name, AT_REMOVEDIR) < 0) {
			tree_empty(openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
			assert_int_equal(unlinkat(fd, entry->d_name, AT_REMOVEDIR), 0);
		}
	}
	closedir(dir);
}

static inline void tree_release(struct tree *tree)
{
	tree_empty(tree->fd);
	assert_int_equal(rmdir(tree->path), 0);
}

static uint64_t du_bytes;
static dev_t du_device;
static ino_t du_inode[100000];
static size_t du_inodes;

static inline bool du_is_new(ino_t inode)
{
	for (size_t i = 0; i < du_inodes; i++)
		if (du_inode[i] == inode)
			return false;
	du_inode[du_inodes++] = inode;
	return true;
}

static inline int du_visit(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)path;
	(void)flag;
	if (ftw->level == 0)
		du_device = st->st_dev;
	if (st->st_dev == du_device &&
		(S_ISDIR(st->st_mode) || st->st_nlink < 2 || du_is_new(st->st_ino)))
		du_bytes += (uint64_t)st->st_blocks * 512;
	return 0;
}

/* Allocated bytes of all that is at @path and below. */
static inline uint64_t du(const char *path)
{
	du_bytes = du_inodes = 0;
	assert_int_equal(nftw(path, du_visit, 20, FTW_PHYS | FTW_MOUNT), 0);
	return du_bytes;
}

/* Directories, files, holes, links of both kinds, as @seed says. */
static inline void tree_grow(const struct tree *tree, const char *below, unsigned int seed, int n)
{
	char dir[64][96], name[128], other[128];
	int n_dirs = 1, n_files = 0;

	srandom(seed);
	snprintf(dir[0], sizeof(dir[0]), "%s", below);
	for (int i = 0; i < n; i++) {
		const char *in = dir[random() % n_dirs];

		snprintf(name, sizeof(name), "%s/%d", in, i);
		switch (random() % 8) {
		case 0:
		case 1:
			if (n_dirs < 64 && strlen(name) < sizeof(dir[0])) {
				tree_mkdir(tree, name);
				memcpy(dir[n_dirs++], name, strlen(name) + 1);
			}
			break;
		case 2:
			assert_int_equal(symlinkat("..", tree->fd, name), 0);
			break;
		case 3:
			if (n_files > 0)
				tree_link(tree, other, name);
			break;
		case 4: {
			int fd = openat(tree->fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

			assert_int_equal(ftruncate(fd, 1 << 30), 0);
			assert_int_equal(pwrite(fd, "x", 1, random() % (1 << 30)), 1);
			close(fd);
			break;
		}
		default:
			tree_write(tree, name, (size_t)(random() % 40000));
			snprintf(other, sizeof(other), "%s", name);
			n_files++;
			break;
		}
	}
}

#endif
