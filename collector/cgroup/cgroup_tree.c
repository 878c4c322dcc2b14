/* A look at file names: statfs() would not tell a directory that stands in for the kernel's. */
#include "collector/cgroup/cgroup_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "hubmeter/cleanup.h"

#define OPEN_DIRECTORY (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

/* A part of what this program may open: others need some, too. */
static int open_fd_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 256;
	return limit.rlim_cur / 4 < 65536 ? (int)(limit.rlim_cur / 4) : 65536;
}

/* A directory below @root that has @file in it; -1: none such. */
static int open_with(const char *root, const char *name, const char *file)
{
	char path[4096];
	int fd;

	if (snprintf(path, sizeof(path), "%s%s", root, name) >= (int)sizeof(path))
		return -1;
	fd = open(path, OPEN_DIRECTORY);
	if (fd >= 0 && faccessat(fd, file, F_OK, 0) == 0)
		return fd;
	if (fd >= 0)
		(void)close(fd); /* only looked at */
	return -1;
}

struct candidate {
	const char *name, *file;
	bool is_v1;
};

/* The cpu tree, in the order of preference. */
static const struct candidate unified = {"", "cgroup.controllers", false};
static const struct candidate beside = {"/unified", "cgroup.controllers", false};
static const struct candidate cpuacct = {"/cpuacct", "cpuacct.usage", true};
static const struct candidate cpu_cpuacct = {"/cpu,cpuacct", "cpuacct.usage", true};
static const struct candidate *const orders[][4] = {
	[CGROUP_PREFER_V2] = {&unified, &beside, &cpuacct, &cpu_cpuacct},
	[CGROUP_PREFER_V1] = {&unified, &cpuacct, &cpu_cpuacct, &beside},
};

static bool is_kernel_tree(int fd)
{
	struct statfs st;

	return fstatfs(fd, &st) == 0 &&
	       (st.f_type == CGROUP_SUPER_MAGIC || st.f_type == CGROUP2_SUPER_MAGIC);
}

static int find_cpu(struct cgroup_tree *tree, const char *root, enum cgroup_preference preference)
{
	for (size_t i = 0; i < sizeof(orders[0]) / sizeof(*orders[0]); i++) {
		const struct candidate *candidate = orders[preference][i];
		int fd = open_with(root, candidate->name, candidate->file);

		if (fd < 0)
			continue;
		(void)snprintf(tree->path, sizeof(tree->path), "%s%s", root,
			candidate->name); /* as long as the one that was just opened */
		tree->fd = fd;
		tree->is_v1 = candidate->is_v1;
		tree->is_memory_v1 = candidate != &unified;
		tree->is_kernel = is_kernel_tree(fd);
		tree->max_open_fds = open_fd_limit();
		return 0;
	}
	return -ENOENT;
}

int cgroup_tree_find(struct cgroup_tree *tree, const char *root, enum cgroup_preference preference)
{
	int r = tree->fd >= 0 ? 0 : find_cpu(tree, root, preference);

	if (r == 0 && tree->is_memory_v1 && tree->memory_fd < 0)
		tree->memory_fd = open_with(root, "/memory", "memory.usage_in_bytes");
	return r;
}

void cgroup_tree_close(struct cgroup_tree *tree)
{
	hm_closep(&tree->fd);
	hm_closep(&tree->memory_fd);
	*tree = (struct cgroup_tree)CGROUP_TREE_INIT;
}
