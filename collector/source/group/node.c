/* Lists of children: a place has tens of them, and each pass walks all. */
#include "collector/source/group/node.h"

#include <stdlib.h>
#include <string.h>

struct group_node *node_new(struct group_node *parent, const char *name, enum group_role role)
{
	struct group_node *node = calloc(1, sizeof(*node));

	if (!node)
		return NULL;
	node->name = strdup(name);
	if (!node->name) {
		free(node);
		return NULL;
	}
	node->parent = parent;
	node->role = role;
	node->cgroup = (struct cgroup)CGROUP_INIT;
	node->watch = CGROUP_WATCH_NONE;
	if (parent) {
		node->next = parent->child;
		parent->child = node;
	}
	return node;
}

static void unlink_node(struct group_node *node)
{
	struct group_node **at;

	if (!node->parent)
		return;
	at = &node->parent->child;
	while (*at != node)
		at = &(*at)->next;
	*at = node->next;
}

static void free_node(struct group_node *node, struct cgroup_tree *tree)
{
	cgroup_close(&node->cgroup, tree);
	group_identity_release(&node->identity);
	free(node->network);
	free(node->below);
	free(node->name);
	free(node);
}

void node_remove(struct group_node *node, struct cgroup_tree *tree)
{
	unlink_node(node);
	node->parent = NULL;
	node->next = NULL;
	while (node) {
		struct group_node *above = node->parent, *child = node->child;

		if (child) {
			node->child = child->next;
			node = child;
			continue;
		}
		free_node(node, tree);
		node = above;
	}
}

struct group_node *node_find(const struct group_node *place, const char *name)
{
	struct group_node *node = place->child;

	while (node && (node->is_gone || strcmp(node->name, name) != 0))
		node = node->next;
	return node;
}

struct group_node *node_after(const struct group_node *node)
{
	while (node && !node->next)
		node = node->parent;
	return node ? node->next : NULL;
}

struct group_node *node_next(const struct group_node *node)
{
	return node->child ? node->child : node_after(node);
}

bool node_path(const struct group_node *node, char path[GROUP_PATH_SIZE])
{
	size_t at = GROUP_PATH_SIZE - 1;

	path[at] = '\0';
	for (const struct group_node *n = node; n->parent; n = n->parent) {
		size_t size = strlen(n->name) + (n == node ? 0 : 1);

		if (size > at)
			return false;
		at -= size;
		memcpy(path + at, n->name, strlen(n->name));
		if (n != node)
			path[at + size - 1] = '/';
	}
	memmove(path, path + at, GROUP_PATH_SIZE - at);
	return true;
}
