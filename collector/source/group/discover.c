/*
 * Which cgroups there are. A place is watched first and listed after, so that nothing made in
 * between is missed; from then on events say what changes. Where nobody is told, each pass lists.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector/config.h"
#include "collector/source/group/private.h"
#include "common/log.h"

#define DEPTH_MAX 12

/* When what is new was born at the earliest, and from when on it is taken to have been there. */
struct moment {
	int64_t born_usec;
	int64_t first_usec;
	int64_t now_usec;
};

struct listing {
	struct group_source *source;
	struct group_node *place;
	const struct moment *moment;
};

static void list_place(
	struct group_source *source, struct group_node *place, const struct moment *moment);
static void meter_place(
	struct group_source *source, struct group_node *place, const struct moment *moment);

static enum group_role role_of(
	const struct group_source *source, const struct group_node *place, const char *name)
{
	char path[GROUP_PATH_SIZE];

	return node_path(place, path) ? source->rules->role(source->self, path, name)
				      : GROUP_ROLE_OTHER;
}

static unsigned int depth_of(const struct group_node *node)
{
	unsigned int depth = 0;

	while ((node = node->parent))
		depth++;
	return depth;
}

static struct group_node *add_node(struct group_source *source, struct group_node *place,
	const char *name, enum group_role role, const struct moment *moment)
{
	struct group_node *node;

	if (source->n_nodes == GROUP_NODES_MAX || depth_of(place) == DEPTH_MAX)
		return NULL;
	node = node_new(place, name, role);
	if (!node)
		return NULL;
	source->n_nodes++;
	node->is_newborn = place->is_listed || place->is_newborn;
	node->first_usec = node->is_newborn ? moment->first_usec : moment->now_usec;
	node->booked_usec = node->read_usec =
		node->is_newborn ? moment->born_usec : moment->now_usec;
	source->last_serial = (uint64_t)moment->now_usec > source->last_serial
				      ? (uint64_t)moment->now_usec
				      : source->last_serial + 1;
	node->serial = source->last_serial;
	return node;
}

static void drop_node(struct group_source *source, struct group_node *node)
{
	node_remove(node, &source->tree);
	source->n_nodes--;
}

static void watch_place(struct group_source *source, struct group_node *place)
{
	char path[GROUP_PATH_SIZE], whole[2 * GROUP_PATH_SIZE];

	if (!node_path(place, path))
		return;
	(void)snprintf(whole, sizeof(whole), "%s/%s", source->tree.path, path); /* both fit */
	place->watch = cgroup_watch_add(&source->watch, whole);
	if (place->watch >= 0 || place->watch == -ENOENT || source->said_blind)
		return;
	source->said_blind = true;
	log_event(LOG_PRIORITY_WARNING, "cgroups_unwatched",
		"reason=\"%s\" consequence=\"cgroups are listed at every sample, and those that live "
		"for less than that are the system's\"",
		strerror(-place->watch));
}

/*
 * One that is gone before anybody saw more than its name. Where it was the first of a place that
 * was there before, what it did can't be told from what others did.
 */
static void add_gone(struct group_source *source, struct group_node *place, const char *name,
	enum group_role role, const struct moment *moment)
{
	struct group_node *node;

	if (role == GROUP_ROLE_WORKLOAD)
		meter_place(source, place, moment);
	if (!place->is_metered)
		return;
	node = add_node(source, place, name, role, moment);
	if (node)
		node->is_gone = true;
	else
		place->may_hide = true;
}

/* @cgroup's owner is the new node. */
static void add_child(struct group_source *source, struct group_node *place, const char *name,
	enum group_role role, struct cgroup *cgroup, const struct moment *moment)
{
	struct group_node *node = add_node(source, place, name, role, moment);

	if (!node) {
		cgroup_close(cgroup, &source->tree);
		place->may_hide = true;
		return;
	}
	node->cgroup = *cgroup;
	if (group_read_node(source, node, moment->now_usec) < 0 && !node->is_newborn) {
		drop_node(source, node); /* nobody knows what it did before */
		return;
	}
	if (!node->is_newborn)
		node->booked_nsec = node->cpu_nsec;
	if (node->is_gone)
		return;
	if (role == GROUP_ROLE_PLACE) {
		watch_place(source, node);
		list_place(source, node, moment);
	}
	if (role == GROUP_ROLE_WORKLOAD)
		meter_place(source, place, moment);
}

static int open_child(struct group_source *source, const struct group_node *place, const char *name,
	struct cgroup *ret)
{
	char path[GROUP_PATH_SIZE];
	size_t size;

	if (!node_path(place, path))
		return -ENAMETOOLONG;
	size = strlen(path);
	if (size + strlen(name) + 2 > sizeof(path))
		return -ENAMETOOLONG;
	if (size > 0)
		path[size++] = '/';
	memcpy(path + size, name, strlen(name) + 1);
	*ret = (struct cgroup)CGROUP_INIT;
	return cgroup_open(ret, &source->tree, path);
}

/* A directory @name is there, or was a moment ago. */
static void note_child(struct group_source *source, struct group_node *place, const char *name,
	const struct moment *moment)
{
	enum group_role role = role_of(source, place, name);
	struct group_node *node = node_find(place, name);
	struct cgroup cgroup;
	int r;

	if (role == GROUP_ROLE_OTHER && !place->is_metered)
		return;
	r = open_child(source, place, name, &cgroup);
	if (r == -ENOENT && !node)
		add_gone(source, place, name, role, moment);
	if (r < 0) {
		source->watch.has_missed |= r != -ENOENT; /* the next pass tries again */
		return;
	}
	if (node && node->cgroup.inode == cgroup.inode) {
		node->is_marked = true;
		cgroup_close(&cgroup, &source->tree);
		return;
	}
	if (node)
		group_mark_gone(node);
	add_child(source, place, name, role, &cgroup, moment);
	node = node_find(place, name);
	if (node)
		node->is_marked = true;
}

static int visit_child(void *context, const char *name, uint64_t inode)
{
	const struct listing *listing = context;
	struct group_node *node = node_find(listing->place, name);

	if (node && node->cgroup.inode == inode)
		node->is_marked = true;
	else
		note_child(listing->source, listing->place, name, listing->moment);
	return 0;
}

static void list_place(
	struct group_source *source, struct group_node *place, const struct moment *moment)
{
	struct listing listing = {source, place, moment};
	char path[GROUP_PATH_SIZE];

	if (!node_path(place, path))
		return;
	for (struct group_node *n = place->child; n; n = n->next)
		n->is_marked = false;
	if (cgroup_list(&place->cgroup, &source->tree, path, visit_child, &listing) < 0)
		return;
	for (struct group_node *n = place->child; n; n = n->next)
		if (!n->is_marked && !n->is_gone)
			group_mark_gone(n);
	place->is_listed = true;
}

/* What is in @place is known by now, and what it did before is not asked. */
static void take_baseline(struct group_source *source, struct group_node *place, int64_t now_usec)
{
	uint64_t known = 0;

	if (place->is_newborn)
		return;
	(void)group_read_place(source, place, now_usec);
	for (const struct group_node *n = place->child; n; n = n->next)
		known += group_gain(n);
	place->carried_nsec = (int64_t)known - (int64_t)group_gain(place);
}

/* From now on @place adds up, and so does what is above it: all but the root. */
static void meter_place(
	struct group_source *source, struct group_node *place, const struct moment *moment)
{
	for (; place->parent && !place->is_metered; place = place->parent) {
		place->is_metered = true;
		place->after_nsec = place->cpu_nsec;
		list_place(source, place, moment);
		take_baseline(source, place, moment->now_usec);
	}
}

/* ------------------------------------------------------------------------------- events */

static struct group_node *find_watched(struct group_source *source, int number)
{
	struct group_node *node = source->root;

	while (node && (node->role != GROUP_ROLE_PLACE || node->watch != number))
		node = node_next(node);
	return node;
}

/* Whether it stands there as it is known here; else it is another, or none. */
static bool still_stands(struct group_source *source, const struct group_node *node)
{
	struct cgroup cgroup;

	if (open_child(source, node->parent, node->name, &cgroup) < 0)
		return false;
	cgroup_close(&cgroup, &source->tree);
	return cgroup.inode == node->cgroup.inode;
}

/* If it still stands, then it was made after another one of its name, which is the one that went.
 */
static void note_removed(struct group_source *source, struct group_node *place, const char *name,
	const struct moment *moment)
{
	struct group_node *node = node_find(place, name);

	if (!node)
		return;
	if (still_stands(source, node))
		add_gone(source, place, name, node->role, moment);
	else
		group_mark_gone(node);
	/* a place that goes with its last workload: this may be the last moment to ask it */
	if (place->is_metered && node->role == GROUP_ROLE_WORKLOAD)
		(void)group_read_node(source, place, moment->now_usec);
}

bool group_take_events(struct group_source *source, int64_t now_usec, int64_t first_usec)
{
	int64_t drained_usec = source->drained_usec;
	struct moment moment = {first_usec, first_usec, now_usec};
	struct cgroup_event event;
	bool is_wanted = false;

	if (drained_usec >= 0)
		moment.born_usec = drained_usec;
	if (moment.first_usec < moment.born_usec)
		moment.first_usec = moment.born_usec;
	while (cgroup_watch_next(&source->watch, &event)) {
		struct group_node *place = find_watched(source, event.number);

		if (!place)
			continue;
		if (!event.is_removed) {
			note_child(source, place, event.name, &moment);
			continue;
		}
		is_wanted |= role_of(source, place, event.name) == GROUP_ROLE_WORKLOAD;
		note_removed(source, place, event.name, &moment);
	}
	source->drained_usec = now_usec;
	return is_wanted;
}

/* ---------------------------------------------------------------------------- every pass */

static void make_root(struct group_source *source, const struct source_pass *pass)
{
	source->root = node_new(NULL, "", GROUP_ROLE_PLACE);
	if (!source->root)
		return;
	source->n_nodes++;
	source->root->is_newborn = pass->previous_usec == 0; /* the machine is, and all in it */
}

static void find_root(struct group_source *source, const struct source_pass *pass)
{
	if (!source->root)
		make_root(source, pass);
	if (source->root && source->root->cgroup.dir < 0 &&
		cgroup_open(&source->root->cgroup, &source->tree, "") == -ENOENT) {
		/* mounted anew: nothing of before is there */
		group_source_forget(source);
	}
}

void group_discover(struct group_source *source, const struct source_pass *pass)
{
	int64_t since = pass->previous_usec >= 0 ? pass->previous_usec : pass->now_usec;
	struct moment moment = {since, since, pass->now_usec};
	bool has_missed;

	if (cgroup_tree_find(&source->tree, source->config->cgroup, source->rules->preference) < 0)
		return;
	find_root(source, pass);
	(void)group_take_events(source, pass->now_usec, since);
	has_missed = source->watch.has_missed;
	if (has_missed && !source->said_missed)
		log_event(LOG_PRIORITY_NOTICE, "cgroups_missed",
			"consequence=\"more came and went than the kernel keeps for us: all are "
			"listed again, and those that nobody saw are the system's\"");
	source->said_missed |= has_missed;
	source->watch.has_missed = false;
	for (struct group_node *n = source->root; n; n = node_next(n)) {
		bool is_told = n->watch >= 0 && !has_missed;

		if (n->role != GROUP_ROLE_PLACE || n->is_gone || is_told)
			continue;
		n->may_hide = true;
		if (n->watch < 0)
			watch_place(source, n);
		list_place(source, n, &moment);
	}
}
