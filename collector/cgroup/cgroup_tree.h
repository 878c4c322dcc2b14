/*
 * Where the cgroups of this machine are: below /sys/fs/cgroup, or a directory that stands in for
 *it.
 *
 *	unified		one tree of version 2
 *	legacy		a tree of version 1 for each controller; cpuacct is the one that is walked
 *	hybrid		those, and a tree of version 2 without controllers at unified/, in which
 *			cpu.stat counts all the same
 *
 * A source walks one tree (the cpu tree): its directories are what it meters, their inodes what
 * they are known by. Memory comes from the same directory (version 2) or from the same path in the
 * tree of the memory controller.
 *
 * Invariants
 *  - Inodes count from 1 in each tree, so one of version 1 and one of version 2 may be the same
 *    number: cgroup_tree_key() keeps them apart wherever both may meet.
 *  - What is missing may be mounted later: cgroup_tree_find() is cheap and may be called again.
 *
 * Life cycle: CGROUP_TREE_INIT -> cgroup_tree_find()* -> cgroup_tree_close().
 */
#ifndef COLLECTOR_CGROUP_CGROUP_TREE_H
#define COLLECTOR_CGROUP_CGROUP_TREE_H

#include <stdbool.h>
#include <stdint.h>

#define CGROUP_KEY_V1 (1ULL << 63) /* no kernel counts that far */

/* Which tree is walked where there are two. */
enum cgroup_preference {
	CGROUP_PREFER_V2, /* who puts processes there: systemd */
	CGROUP_PREFER_V1  /* who only knows the controllers' trees: kubelet, Slurm */
};

struct cgroup_tree {
	int fd;		   /* of the cpu tree's top directory; -1: not found yet */
	int memory_fd;	   /* of version 1's memory tree; -1: none, or version 2 */
	bool is_v1;	   /* the cpu tree */
	bool is_memory_v1; /* memory is looked for in a tree of its own */
	bool is_kernel;	   /* else a directory that stands in */
	char path[4096];   /* of the cpu tree */
	int open_fds;	   /* kept open by cgroups of this tree ... */
	int max_open_fds;  /* ... at most; those beyond are opened for each reading */
};

#define CGROUP_TREE_INIT                                                                           \
	{                                                                                          \
		.fd = -1, .memory_fd = -1                                                          \
	}

/*
 * Look for what is missing of @tree below @root. -ENOENT: no tree that counts CPU. A tree that was
 * found stays; its memory may be found by a later call.
 */
int cgroup_tree_find(struct cgroup_tree *tree, const char *root, enum cgroup_preference preference);

void cgroup_tree_close(struct cgroup_tree *tree);

/* What a directory with @inode in @tree is known by, for the life of the machine since its boot. */
static inline uint64_t cgroup_tree_key(const struct cgroup_tree *tree, uint64_t inode)
{
	return tree->is_v1 ? inode | CGROUP_KEY_V1 : inode;
}

#endif
