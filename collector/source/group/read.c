/*
 * The counters. A place is read before and after its children. Whoever is found gone went some time
 * before, so that all it did is in the second reading but perhaps not in the first: then everything
 * is read again, and all who are gone by then are in both.
 */
#include <errno.h>
#include <stdlib.h>

#include "common/array.h"

#include "collector/source/group/private.h"

#define ROUNDS_MAX 4
#define BELOW_MAX  4096 /* a user who may make cgroups may make many */

static bool is_metered_place(const struct group_node *node)
{
	return node->role == GROUP_ROLE_PLACE && node->is_metered;
}

/* What is below a directory that was removed was removed before. */
void group_mark_gone(struct group_node *node)
{
	const struct group_node *end = node_after(node);

	for (struct group_node *n = node; n != end; n = node_next(n)) {
		n->is_gone = true;
		n->after_nsec = n->cpu_nsec;
	}
}

uint64_t group_gain(const struct group_node *node)
{
	struct account account = {.before = node->cpu_nsec - node->booked_nsec};

	if (!is_metered_place(node) || node->after_nsec < node->cpu_nsec)
		return account.before;
	account.after = node->after_nsec - node->booked_nsec;
	return account_gain(&account);
}

/* A counter that shrank started over. */
static void note_reset(struct group_node *node, uint64_t nsec)
{
	if (nsec >= node->booked_nsec)
		return;
	node->booked_nsec = 0;
	node->flags |= HM_FLAG_RESET;
}

static int read_cpu(struct group_source *source, struct group_node *node, uint64_t *ret)
{
	char path[GROUP_PATH_SIZE];
	int r = node_path(node, path) ? cgroup_read_cpu(&node->cgroup, &source->tree, path, ret)
				      : -ENAMETOOLONG;

	if (r == -ENOENT)
		group_mark_gone(node);
	return r;
}

int group_read_node(struct group_source *source, struct group_node *node, int64_t now_usec)
{
	uint64_t nsec;
	int r = node->is_gone ? -ENOENT : read_cpu(source, node, &nsec);

	if (r < 0)
		return r;
	note_reset(node, nsec);
	node->cpu_nsec = nsec;
	node->read_usec = now_usec;
	return 0;
}

/* What it did while what is in it was read is in the second reading alone. */
static void read_again(struct group_source *source, struct group_node *place)
{
	uint64_t nsec;

	place->after_nsec = place->cpu_nsec;
	if (!place->is_gone && read_cpu(source, place, &nsec) == 0 && nsec > place->cpu_nsec)
		place->after_nsec = nsec;
}

bool group_read_place(struct group_source *source, struct group_node *place, int64_t now_usec)
{
	struct group_node *node = place;
	bool any = false;

	for (;;) {
		bool was_there = !node->is_gone;

		any |= was_there && group_read_node(source, node, now_usec) == -ENOENT;
		if (is_metered_place(node) && !node->is_gone && node->child) {
			node = node->child;
			continue;
		}
		for (;; node = node->parent) { /* all that is in it was read */
			was_there = !node->is_gone;
			if (is_metered_place(node))
				read_again(source, node);
			any |= was_there && node->is_gone;
			if (node == place)
				return any;
			if (node->next)
				break;
		}
		node = node->next;
	}
}

/* ------------------------------------------------------------------- workloads: all but CPU */

static int add_below(void *context, const char *name, uint64_t inode)
{
	struct group_node *node = context;
	int r;

	(void)name;
	if (node->n_below == BELOW_MAX)
		return -E2BIG;
	r = array_make_room(&node->below, node->n_below, &node->max_below, sizeof(*node->below), 8);
	if (r < 0)
		return r;
	node->below[node->n_below++] = inode;
	return 0;
}

static void read_workload(
	struct group_source *source, struct group_node *node, const struct source_pass *pass)
{
	struct cgroup_tree *tree = &source->tree;
	char path[GROUP_PATH_SIZE];

	node->has_next_level = false;
	if (node->is_gone || !node_path(node, path))
		return;
	if (source->rules->gpus)
		node->n_gpus = source->rules->gpus(source->self, node->name, &node->has_shared_gpu);
	node->n_below = 0;
	if (pass->needs_claims)
		(void)cgroup_list_below(
			&node->cgroup, tree, path, add_below, node); /* asked again */
	if (cgroup_read_populated(&node->cgroup, tree, path, &node->is_populated) < 0)
		return;
	node->next_level_bytes = 0;
	node->has_next_level = !node->is_populated || cgroup_read_memory(&node->cgroup, tree, path,
							      &node->next_level_bytes) == 0;
}

void group_read(struct group_source *source, const struct source_pass *pass)
{
	for (struct group_node *n = source->root ? source->root->child : NULL; n; n = n->next) {
		for (int round = 0; is_metered_place(n) && round < ROUNDS_MAX; round++)
			if (!group_read_place(source, n, pass->now_usec))
				break;
		if (n->role == GROUP_ROLE_WORKLOAD)
			(void)group_read_node(source, n, pass->now_usec); /* is_gone says it */
	}
	for (struct group_node *n = source->root; n; n = node_next(n)) {
		if (n->role != GROUP_ROLE_WORKLOAD)
			continue;
		read_workload(source, n, pass);
		group_read_network(source, n);
	}
}
