/*
 * The counters of one cgroup.
 *
 * CPU is nanoseconds, cumulative, of all processes that are or were in it and below, also of
 * directories below that are gone (measured). Memory is the working set in bytes: what is in use,
 * less the page cache that nobody used lately (what kubelet and cAdvisor call working set). Memory
 * of a cgroup without processes is cache that nobody holds: 0.
 *
 * Invariants
 *  - Descriptors are kept while the tree's limit allows (measured: pread() on a kept one is four
 *    to seven times cheaper than opening it each time); otherwise each reading opens the path and
 *    makes sure of the inode. A kept descriptor does not keep a cgroup from being removed.
 *  - The kernel is not asked again for what it would have told of, or what can hardly have changed:
 *    whether there are processes, as long as a kept descriptor tells of no change (it does so
 *    within 10 ms); and the cache that nobody used lately, as long as what is in use stands where
 *    it did, to the byte, but for every CGROUP_STAT_EVERY-th reading.
 *  - -ENOENT: it is gone for good. A path that was made anew is another cgroup.
 *  - Nothing is allocated.
 *
 * Life cycle: CGROUP_INIT -> cgroup_open() -> cgroup_read_*()* -> cgroup_close().
 */
#ifndef COLLECTOR_CGROUP_CGROUP_H
#define COLLECTOR_CGROUP_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "collector/cgroup/cgroup_tree.h"

#define CGROUP_STAT_EVERY 6u

struct cgroup {
	uint64_t inode; /* of its directory; 0: not opened yet */
	int dir;	/* descriptors: -1 where it is not kept open, or not there */
	int cpu;
	int memory;
	int memory_stat;
	int events;

	/* as last read from the kept descriptors */
	bool has_populated, is_populated;
	uint64_t used_bytes, inactive_bytes;
	unsigned int stat_readings; /* for which inactive_bytes may stand, if used_bytes does */
};

#define CGROUP_INIT                                                                                \
	{                                                                                          \
		.dir = -1, .cpu = -1, .memory = -1, .memory_stat = -1, .events = -1                \
	}

/*
 * @path is relative to the tree's top, without a slash before it ("": the top). With cgroup->inode
 * set, another inode is -ENOENT. Other errors: it can't be opened now.
 */
int cgroup_open(struct cgroup *cgroup, struct cgroup_tree *tree, const char *path);
void cgroup_close(struct cgroup *cgroup, struct cgroup_tree *tree);

int cgroup_read_cpu(
	struct cgroup *cgroup, struct cgroup_tree *tree, const char *path, uint64_t *ret_nsec);

/* -ENODATA: no memory controller here, so far. */
int cgroup_read_memory(
	struct cgroup *cgroup, struct cgroup_tree *tree, const char *path, uint64_t *ret_bytes);

/* Whether processes are in it or below. */
int cgroup_read_populated(
	struct cgroup *cgroup, struct cgroup_tree *tree, const char *path, bool *ret);

/* The first process in it, else below it. -ENODATA: none. */
int cgroup_read_first_pid(
	struct cgroup *cgroup, struct cgroup_tree *tree, const char *path, int32_t *ret);

/*
 * Call @visit for each directory in it; an error of @visit ends it. Without memory from the heap.
 */
typedef int cgroup_visit(void *context, const char *name, uint64_t inode);
int cgroup_list(struct cgroup *cgroup, struct cgroup_tree *tree, const char *path,
	cgroup_visit *visit, void *context);

/* Call @visit for each cgroup below it, down to the leaves, a bounded number of levels deep. */
int cgroup_list_below(struct cgroup *cgroup, struct cgroup_tree *tree, const char *path,
	cgroup_visit *visit, void *context);

#endif
