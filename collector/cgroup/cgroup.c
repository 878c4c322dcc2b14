/*
 * The kernel says ENODEV of a kept descriptor and ENOENT of a path, both for a directory that is
 * gone. A directory that stands in for the kernel's says nothing: there the link count does.
 */
#include "collector/cgroup/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "collector/cgroup/cgroup_parse.h"
#include "collector/proc/proc_parse.h"
#include "hubmeter/cleanup.h"

#define FILE_MAX  16384 /* memory.stat is the largest: 4 KiB */
#define LIST_SIZE 4096
#define DEPTH_MAX 8

#define OPEN_FILE      (O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
#define OPEN_DIRECTORY (O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)

static int gone(int error)
{
	return error == ENODEV || error == ENOENT || error == ESRCH ? -ENOENT : -error;
}

/* ---------------------------------------------------------------------------- descriptors */

static bool may_keep(const struct cgroup_tree *tree)
{
	return tree->open_fds < tree->max_open_fds;
}

/* Keep @fd in *@at if there is room, else leave it to the caller. */
static void keep(struct cgroup_tree *tree, int *at, int *fd)
{
	if (*fd < 0 || !may_keep(tree))
		return;
	*at = hm_steal_fd(fd);
	tree->open_fds++;
}

static void drop(struct cgroup_tree *tree, int *fd)
{
	if (*fd < 0)
		return;
	hm_closep(fd);
	*fd = -1;
	tree->open_fds--;
}

static int open_at(int top, const char *path)
{
	int fd = openat(top, *path ? path : ".", OPEN_DIRECTORY);

	return fd < 0 ? gone(errno) : fd;
}

/*
 * Its directory: the kept one, or *@own, which the caller closes. The inode is made sure of
 * whenever the path was asked.
 */
static int directory(struct cgroup *cgroup, struct cgroup_tree *tree, const char *path, int *own)
{
	struct stat st;

	if (cgroup->dir >= 0)
		return cgroup->dir;
	*own = open_at(tree->fd, path);
	if (*own < 0)
		return *own;
	if (fstat(*own, &st) < 0)
		return -errno;
	if (cgroup->inode != 0 && st.st_ino != cgroup->inode)
		return -ENOENT;
	cgroup->inode = st.st_ino;
	return *own;
}

int cgroup_open(struct cgroup *cgroup, struct cgroup_tree *tree, const char *path)
{
	hm_cleanup(hm_closep) int own = -1;
	int fd = directory(cgroup, tree, path, &own);

	if (fd < 0)
		return fd;
	keep(tree, &cgroup->dir, &own);
	return 0;
}

void cgroup_close(struct cgroup *cgroup, struct cgroup_tree *tree)
{
	drop(tree, &cgroup->dir);
	drop(tree, &cgroup->cpu);
	drop(tree, &cgroup->memory);
	drop(tree, &cgroup->memory_stat);
	drop(tree, &cgroup->events);
}

/* -------------------------------------------------------------------------------- reading */

static int read_fd(const struct cgroup_tree *tree, int fd, char *buffer, size_t *ret_size)
{
	struct stat st;
	ssize_t n = pread(fd, buffer, FILE_MAX, 0);

	if (n < 0)
		return gone(errno);
	if (!tree->is_kernel && (fstat(fd, &st) < 0 || st.st_nlink == 0))
		return -ENOENT;
	*ret_size = (size_t)n;
	return 0;
}

/* Read @name in the directory @dir, by *@kept if it is open or may stay so. */
static int read_file(struct cgroup_tree *tree, int dir, int *kept, const char *name, char *buffer,
	size_t *ret_size)
{
	hm_cleanup(hm_closep) int own = -1;

	if (*kept >= 0)
		return read_fd(tree, *kept, buffer, ret_size);
	own = openat(dir, name, OPEN_FILE);
	if (own < 0)
		return gone(errno);
	if (!may_keep(tree))
		return read_fd(tree, own, buffer, ret_size);
	keep(tree, kept, &own);
	return read_fd(tree, *kept, buffer, ret_size);
}

int cgroup_read_cpu(
	struct cgroup *cgroup, struct cgroup_tree *tree, const char *path, uint64_t *ret_nsec)
{
	hm_cleanup(hm_closep) int own = -1;
	char buffer[FILE_MAX];
	size_t size = 0;
	uint64_t value;
	int dir = cgroup->cpu >= 0 ? 0 : directory(cgroup, tree, path, &own);
	int r = dir < 0 ? dir
			: read_file(tree, dir, &cgroup->cpu,
				  tree->is_v1 ? "cpuacct.usage" : "cpu.stat", buffer, &size);

	if (r < 0)
		return r;
	if (tree->is_v1)
		return cgroup_parse_number(buffer, size, ret_nsec);
	r = cgroup_parse_key(buffer, size, "usage_usec", &value);
	if (r == 0 && __builtin_mul_overflow(value, 1000, ret_nsec))
		r = -EBADMSG;
	return r;
}

/* As directory(), in the tree that counts memory: of no use any more once both files are kept. */
static int memory_directory(
	struct cgroup *cgroup, struct cgroup_tree *tree, const char *path, int *own)
{
	if (cgroup->memory >= 0 && cgroup->memory_stat >= 0)
		return 0;
	if (!tree->is_memory_v1)
		return directory(cgroup, tree, path, own);
	if (tree->memory_fd < 0)
		return -ENODATA;
	*own = open_at(tree->memory_fd, path);
	return *own < 0 ? -ENODATA : *own;
}

/* What is in use. */
static int read_used(struct cgroup *cgroup, struct cgroup_tree *tree, int dir, uint64_t *ret)
{
	const char *name = tree->is_memory_v1 ? "memory.usage_in_bytes" : "memory.current";
	char buffer[FILE_MAX];
	size_t size;
	int r = read_file(tree, dir, &cgroup->memory, name, buffer, &size);

	return r < 0 ? r : cgroup_parse_number(buffer, size, ret);
}

/*
 * The cache that nobody used lately: the kernel makes 40 lines of figures for this one. With as
 * much in use as before it can only have become cache that is used, or the other way round; or it
 * is within the 64 pages a CPU that the kernel charges ahead.
 */
static int read_inactive(
	struct cgroup *cgroup, struct cgroup_tree *tree, int dir, uint64_t used, uint64_t *ret)
{
	const char *key = tree->is_memory_v1 ? "total_inactive_file" : "inactive_file";
	char buffer[FILE_MAX];
	uint64_t inactive;
	size_t size;
	int r;

	if (cgroup->stat_readings > 0 && used == cgroup->used_bytes) {
		cgroup->stat_readings--;
		*ret = cgroup->inactive_bytes;
		return 0;
	}
	cgroup->stat_readings = 0;
	r = read_file(tree, dir, &cgroup->memory_stat, "memory.stat", buffer, &size);
	if (r == 0)
		r = cgroup_parse_key(buffer, size, key, &inactive);
	if (r < 0)
		return r;
	cgroup->stat_readings = CGROUP_STAT_EVERY - 1;
	cgroup->used_bytes = used;
	cgroup->inactive_bytes = *ret = inactive;
	return 0;
}

int cgroup_read_memory(
	struct cgroup *cgroup, struct cgroup_tree *tree, const char *path, uint64_t *ret_bytes)
{
	hm_cleanup(hm_closep) int own = -1;
	uint64_t used, inactive;
	int dir = memory_directory(cgroup, tree, path, &own);
	int r = dir < 0 ? dir : read_used(cgroup, tree, dir, &used);

	if (r == 0)
		r = read_inactive(cgroup, tree, dir, used, &inactive);
	if (r < 0) /* whether the cgroup itself is gone is for its CPU to say */
		return r == -ENOENT ? -ENODATA : r;
	*ret_bytes = used > inactive ? used - inactive : 0;
	return 0;
}

/* ------------------------------------------------------------------------------- below it */

struct entry { /* as getdents64() fills it in */
	uint64_t inode;
	int64_t offset;
	uint16_t size;
	uint8_t type;
	char name[];
};

static bool is_child(const struct entry *entry)
{
	return entry->type == DT_DIR && strcmp(entry->name, ".") != 0 &&
	       strcmp(entry->name, "..") != 0;
}

/* @fd: a directory opened for this, at its beginning. */
static int list_fd(int fd, cgroup_visit *visit, void *context)
{
	_Alignas(struct entry) char buffer[LIST_SIZE];
	long n;
	int r = 0;

	while (r == 0 && (n = syscall(SYS_getdents64, fd, buffer, sizeof(buffer))) != 0) {
		if (n < 0)
			return gone(errno);
		for (long at = 0; at < n && r == 0;) {
			const struct entry *entry =
				(const struct entry *)(const void *)(buffer + at);

			at += entry->size;
			if (is_child(entry))
				r = visit(context, entry->name, entry->inode);
		}
	}
	return r;
}

int cgroup_list(struct cgroup *cgroup, struct cgroup_tree *tree, const char *path,
	cgroup_visit *visit, void *context)
{
	hm_cleanup(hm_closep) int own = -1, fresh = -1;
	int dir = directory(cgroup, tree, path, &own);

	if (dir < 0)
		return dir;
	fresh = open_at(dir, ".");
	return fresh < 0 ? fresh : list_fd(fresh, visit, context);
}

struct below {
	int dir;
	unsigned int depth;
	cgroup_visit *visit;
	void *context;
};

static int list_dir_below(int dir, unsigned int depth, cgroup_visit *visit, void *context);

static int visit_below(void *context, const char *name, uint64_t inode)
{
	const struct below *below = context;
	hm_cleanup(hm_closep) int dir = -1;
	int r = below->visit(below->context, name, inode);

	if (r < 0 || below->depth == DEPTH_MAX)
		return r;
	dir = open_at(below->dir, name);
	return dir < 0 ? 0 : list_dir_below(dir, below->depth + 1, below->visit, below->context);
}

/* A directory that has none below says so by its link count. */
static int list_dir_below(int dir, unsigned int depth, cgroup_visit *visit, void *context)
{
	struct below below = {dir, depth, visit, context};
	hm_cleanup(hm_closep) int fresh = -1;
	struct stat st;

	if (fstat(dir, &st) < 0 || st.st_nlink == 2)
		return 0;
	fresh = open_at(dir, ".");
	return fresh < 0 ? 0 : list_fd(fresh, visit_below, &below);
}

int cgroup_list_below(struct cgroup *cgroup, struct cgroup_tree *tree, const char *path,
	cgroup_visit *visit, void *context)
{
	hm_cleanup(hm_closep) int own = -1;
	int dir = directory(cgroup, tree, path, &own);

	return dir < 0 ? dir : list_dir_below(dir, 0, visit, context);
}

/* -------------------------------------------------------------------------- who is in there */

struct search {
	int dir;
	unsigned int depth;
	int32_t pid; /* the first one found; 0: none, or none that can be seen from here */
	bool is_found;
};

/* Those in the directory itself. */
static int find_process(struct search *search)
{
	hm_cleanup(hm_closep) int fd = openat(search->dir, "cgroup.procs", OPEN_FILE);
	char line[16];
	const char *newline;
	uint64_t pid;
	ssize_t n;

	if (fd < 0)
		return gone(errno);
	n = pread(fd, line, sizeof(line), 0);
	if (n <= 0)
		return n < 0 ? gone(errno) : 0;
	search->is_found = true;
	newline = memchr(line, '\n', (size_t)n);
	if (!newline || proc_parse_u64(line, (size_t)(newline - line), &pid) < 0 || pid > INT32_MAX)
		return -EBADMSG;
	search->pid = (int32_t)pid;
	return 0;
}

static int find_below(struct search *search);

static int visit_search(void *context, const char *name, uint64_t inode)
{
	struct search *above = context;
	hm_cleanup(hm_closep) int dir = open_at(above->dir, name);
	struct search search = {.dir = dir, .depth = above->depth + 1};

	(void)inode;
	if (dir < 0 || search.depth > DEPTH_MAX || above->is_found)
		return 0;
	(void)find_below(&search); /* gone meanwhile: nobody is in there */
	above->is_found = search.is_found;
	above->pid = search.pid;
	return 0;
}

/* It first, then what is below. */
static int find_below(struct search *search)
{
	hm_cleanup(hm_closep) int fresh = -1;
	struct stat st;
	int r = find_process(search);

	if (r < 0 || search->is_found)
		return r;
	if (fstat(search->dir, &st) < 0 || st.st_nlink == 2)
		return 0;
	fresh = open_at(search->dir, ".");
	return fresh < 0 ? fresh : list_fd(fresh, visit_search, search);
}

int cgroup_read_first_pid(
	struct cgroup *cgroup, struct cgroup_tree *tree, const char *path, int32_t *ret)
{
	hm_cleanup(hm_closep) int own = -1;
	struct search search = {.dir = directory(cgroup, tree, path, &own)};
	int r = search.dir < 0 ? search.dir : find_below(&search);

	if (r < 0)
		return r;
	if (search.pid == 0)
		return -ENODATA;
	*ret = search.pid;
	return 0;
}

/* Version 1 has no file that says it. */
static int look_for_processes(
	struct cgroup *cgroup, struct cgroup_tree *tree, const char *path, bool *ret)
{
	hm_cleanup(hm_closep) int own = -1;
	struct search search = {.dir = directory(cgroup, tree, path, &own)};
	int r = search.dir < 0 ? search.dir : find_below(&search);

	if (r == 0)
		*ret = search.is_found;
	return r;
}

/*
 * Whether the kernel has told of no change of cgroup.events since it was read; nor of its end. It
 * holds back what comes within 10 ms of another change, for so long.
 */
static bool is_unchanged(const struct cgroup *cgroup, const struct cgroup_tree *tree)
{
	struct pollfd events = {.fd = cgroup->events, .events = POLLPRI};

	return tree->is_kernel && cgroup->has_populated && cgroup->events >= 0 &&
	       poll(&events, 1, 0) == 0;
}

static int read_events(struct cgroup *cgroup, struct cgroup_tree *tree, const char *path, bool *ret)
{
	hm_cleanup(hm_closep) int own = -1;
	char buffer[FILE_MAX];
	uint64_t value;
	size_t size;
	int dir = cgroup->events >= 0 ? 0 : directory(cgroup, tree, path, &own);
	int r = dir < 0 ? dir
			: read_file(tree, dir, &cgroup->events, "cgroup.events", buffer, &size);

	if (r == 0)
		r = cgroup_parse_key(buffer, size, "populated", &value);
	cgroup->has_populated = r == 0;
	if (r < 0)
		return r;
	cgroup->is_populated = *ret = value != 0;
	return 0;
}

int cgroup_read_populated(
	struct cgroup *cgroup, struct cgroup_tree *tree, const char *path, bool *ret)
{
	if (tree->is_v1)
		return look_for_processes(cgroup, tree, path, ret);
	if (!is_unchanged(cgroup, tree))
		return read_events(cgroup, tree, path, ret);
	*ret = cgroup->is_populated;
	return 0;
}
