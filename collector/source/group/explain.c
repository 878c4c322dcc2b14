/* What a source of cgroups says of its workloads for people. */
#include <string.h>

#include "collector/source/group/private.h"

static const char *because(const struct group_node *node)
{
	if (node->identity.user && *node->identity.user)
		return "its cgroup says so";
	return node->is_identified ? "nothing says whose it is" : "not known yet";
}

static const char *or_none(const char *text)
{
	return text ? text : "";
}

static bool is_metered(const struct group_node *n)
{
	return n->role == GROUP_ROLE_WORKLOAD && !n->is_gone;
}

void group_source_explain(const void *self, const char *name, explain_fn explain, void *context)
{
	const struct group_source *source = self;

	for (const struct group_node *n = source->root; n; n = node_next(n)) {
		char id[GROUP_ID_SIZE], path[GROUP_PATH_SIZE];
		struct explained explained = {.source = name,
			.workload = id,
			.user = or_none(n->identity.user),
			.server = or_none(n->identity.server),
			.tag = or_none(n->identity.tag),
			.where = path,
			.because = because(n)};

		if (!is_metered(n))
			continue;
		if (!node_path(n, path))
			path[0] = '\0';
		if (group_format_id(source, n, id) < 0)
			id[0] = '\0';
		explain(context, &explained);
	}
}

size_t group_source_count(const void *self)
{
	const struct group_source *source = self;
	size_t n = 0;

	for (const struct group_node *node = source->root; node; node = node_next(node))
		n += is_metered(node);
	return n;
}
