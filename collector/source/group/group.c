/* The seam: the order of a pass. */
#include "collector/source/group/group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/config.h"
#include "collector/source/group/private.h"

void group_source_forget(void *self)
{
	struct group_source *source = self;

	for (struct group_node *n = source->root; n; n = node_next(n))
		cgroup_watch_remove(&source->watch, n->watch);
	if (source->root)
		node_remove(source->root, &source->tree);
	source->root = NULL;
	source->n_nodes = 0;
}

void group_source_free(void *self)
{
	struct group_source *source = self;

	group_source_forget(source);
	cgroup_watch_release(&source->watch);
	cgroup_tree_close(&source->tree);
	proc_dir_close(&source->proc);
	if (source->rules->free)
		source->rules->free(source->self);
	free(source->vanished);
	free(source->environ);
	free(source);
}

int group_source_new(const struct source_context *context, const struct group_rules *rules,
	void *self, struct group_source **ret)
{
	struct group_source *source = NULL;
	int r = access(context->config->cgroup, F_OK) < 0 ? -ENOENT : 0;

	if (r == 0)
		source = calloc(1, sizeof(*source));
	if (!source) {
		if (rules->free)
			rules->free(self);
		return r < 0 ? r : -ENOMEM;
	}
	source->rules = rules;
	source->self = self;
	source->config = context->config;
	source->clock = context->clock;
	source->boot_id = context->boot_id;
	source->tree = (struct cgroup_tree)CGROUP_TREE_INIT;
	source->drained_usec = -1;
	(void)cgroup_watch_init(&source->watch); /* said when a place can't be watched */
	(void)cgroup_tree_find(&source->tree, context->config->cgroup,
		rules->preference); /* looked for again at every pass */
	*ret = source;
	return 0;
}

int group_source_init(const struct source_context *context, const struct group_rules *rules,
	const void *self, size_t size, void **ret)
{
	void *copy = malloc(size);
	struct group_source *source;
	int r;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, self, size);
	r = group_source_new(context, rules, copy, &source);
	if (r == 0)
		*ret = source;
	return r;
}

int group_source_event_fd(const void *self)
{
	return ((const struct group_source *)self)->watch.fd;
}

bool group_source_on_event(void *self)
{
	struct group_source *source = self;
	int64_t now_usec = clock_boottime_usec(source->clock);

	return group_take_events(source, now_usec, now_usec);
}

int group_source_observe(void *self, const struct source_pass *pass)
{
	struct group_source *source = self;

	group_discover(source, pass);
	group_read(source, pass);
	group_identify(source, pass);
	return 0;
}

struct claiming {
	const struct group_source *source;
	struct claims *claims;
};

static int claim_one(void *context, const char *name, uint64_t inode)
{
	const struct claiming *claiming = context;

	(void)name;
	return claims_add(claiming->claims, claiming->source->rules->rank,
		cgroup_tree_key(&claiming->source->tree, inode));
}

/* What was below it when it was read, and what was made there since: somebody may be in it. */
static int claim_workload(const struct claiming *claiming, const struct group_node *node)
{
	struct cgroup_tree tree = claiming->source->tree;
	struct cgroup cgroup = node->cgroup; /* nothing is kept open by a look below */
	struct claiming context = *claiming;
	char path[GROUP_PATH_SIZE];
	int r = node->cgroup.inode ? claim_one(&context, NULL, node->cgroup.inode) : 0;

	for (size_t i = 0; i < node->n_below && r == 0; i++)
		r = claim_one(&context, NULL, node->below[i]);
	if (r == 0 && !node->is_gone && node_path(node, path))
		r = cgroup_list_below(&cgroup, &tree, path, claim_one, &context);
	return r == -ENOMEM ? r : 0;
}

int group_source_claim(const void *self, struct claims *claims)
{
	struct claiming claiming = {self, claims};
	int r = 0;

	for (struct group_node *n = claiming.source->root; n && r == 0; n = node_next(n))
		if (n->role == GROUP_ROLE_WORKLOAD || n->role == GROUP_ROLE_STRANGER)
			r = claim_workload(&claiming, n);
	return r;
}

int group_source_save(const void *self, struct buffer *section)
{
	return group_state_save(self, section);
}

int group_source_restore(
	void *self, struct window *window, uint32_t version, const void *data, size_t size)
{
	struct group_source *source = self;
	struct group_node *root = source->root;
	size_t n_nodes = source->n_nodes;
	int r = -EBADMSG;

	source->root = NULL;
	if (version == GROUP_STATE_VERSION || version == GROUP_STATE_WITHOUT_NETWORK)
		r = group_state_restore(source, version, data, size);
	if (r < 0) {
		source->root = root;
		source->n_nodes = n_nodes;
		return r;
	}
	if (root)
		node_remove(root, &source->tree);
	for (struct group_node *n = source->root; n; n = node_next(n))
		if (n->role == GROUP_ROLE_WORKLOAD)
			(void)group_workload(source, window, n); /* else at the next pass */
	return 0;
}
