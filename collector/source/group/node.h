/*
 * The cgroups that the engine knows, as a tree.
 *
 * Invariants
 *  - Of the children of one place at most one with a name is not gone.
 *  - A node that is gone stays until what it did is booked.
 *
 * Life cycle: node_new() -> passes -> node_remove(), with all that is below it.
 */
#ifndef COLLECTOR_SOURCE_GROUP_NODE_H
#define COLLECTOR_SOURCE_GROUP_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/cgroup/cgroup.h"
#include "collector/cgroup/cgroup_watch.h"
#include "collector/source/group/group.h"
#include "collector/source/group/network.h"

struct group_node {
	struct group_node *parent, *child, *next;
	char *name;
	enum group_role role;
	struct cgroup cgroup;
	bool is_gone;
	bool is_over;	 /* gone, and its share is known: waits for memory to be booked */
	bool is_marked;	 /* seen in the listing under way */
	bool is_newborn; /* since the last booked pass */

	/* CPU, nanoseconds */
	uint64_t cpu_nsec;    /* as last read */
	uint64_t booked_nsec; /* how much of it is accounted for */
	uint64_t share_nsec;  /* of this pass: found in its place after its end */
	uint64_t recent_nsec; /* lately ... */
	uint64_t recent_usec; /* ... and the time that it was read for it */
	int64_t read_usec;    /* boottime of the last reading, or one before its birth */
	int64_t booked_usec;  /* boottime of the reading that is accounted for */
	uint32_t flags;	      /* enum hm_flag, for what is booked next */

	/* a place */
	int watch;	/* CGROUP_WATCH_NONE */
	bool is_listed; /* what is in it was known in a pass before: what is new was born since */
	bool is_metered;
	bool may_hide;	     /* something may have come and gone unseen */
	uint64_t after_nsec; /* cpu_nsec is from before its children were read, this from after */
	int64_t carried_nsec;

	/* a workload */
	struct workload *workload; /* NULL: nothing is booked yet */
	int64_t first_usec;	   /* boottime from when on it is metered */
	struct group_identity identity;
	uint32_t n_asked;   /* for its identity */
	bool is_identified; /* nothing more to ask for */
	bool is_withheld;   /* in the window, which keeps @workload until that is decided */
	bool was_populated; /* at the reading before */
	bool is_populated;
	bool has_level; /* of memory, at the reading before */
	bool has_next_level;
	uint64_t level_bytes, next_level_bytes;
	uint32_t n_gpus;	   /* as last seen */
	bool has_shared_gpu;	   /* among them */
	uint64_t pending_nsec;	   /* found no memory to be booked ... */
	uint64_t pending_gpu_nsec; /* ... and of GPUs */
	uint64_t serial;	   /* names it where there is no inode */
	uint64_t *below;	   /* inodes of the cgroups below, as last seen */
	size_t n_below, max_below;

	struct network *network; /* of a workload; NULL: does not count, or not so far */
};

/* A copy of @name of @size bytes. NULL: no memory. */
struct group_node *node_new(struct group_node *parent, const char *name, enum group_role role);

/* With all below; cgroups are closed, the watch is the caller's business. */
void node_remove(struct group_node *node, struct cgroup_tree *tree);

/* The child called @name that is not gone, or NULL. */
struct group_node *node_find(const struct group_node *place, const char *name);

/* The next one in the order in which a place comes before what is in it; NULL: that was all. */
struct group_node *node_next(const struct group_node *node);

/* As node_next(), but nothing of what is in @node. */
struct group_node *node_after(const struct group_node *node);

/* Its path below the root's directory. False: longer than that. */
bool node_path(const struct group_node *node, char path[GROUP_PATH_SIZE]);

#endif
