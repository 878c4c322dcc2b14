/* Asking the rules whose a workload is, until they know. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/config.h"
#include "collector/proc/proc_read.h"
#include "collector/source/group/private.h"
#include "collector/source/server_environ.h"

void group_identity_release(struct group_identity *identity)
{
	free(identity->user);
	free(identity->server);
	free(identity->tag);
	*identity = (struct group_identity){0};
}

/* False: its path is too long to be anybody's. */
static bool subject_of(const struct group_source *source, const struct group_node *node,
	const struct source_pass *pass, char path[GROUP_PATH_SIZE], struct group_subject *ret)
{
	if (!node_path(node, path))
		return false;
	*ret = (struct group_subject){.path = path,
		.name = node->name,
		.key = node->cgroup.inode ? cgroup_tree_key(&source->tree, node->cgroup.inode) : 0,
		.is_gone = node->is_gone,
		.n_asked = node->n_asked,
		.user = node->identity.user,
		.pass = pass};
	return true;
}

static void ask(
	struct group_source *source, struct group_node *node, const struct source_pass *pass)
{
	char path[GROUP_PATH_SIZE];
	struct group_subject subject;
	struct group_identity identity = {0};
	int r;

	if (!subject_of(source, node, pass, path, &subject))
		return;
	r = source->rules->identify(source->self, source, &subject, &identity);
	node->n_asked++;
	node->is_identified = r != -EAGAIN && r != -ENOMEM;
	if (r == -ENOENT)
		node->role =
			source->rules->claims_strangers ? GROUP_ROLE_STRANGER : GROUP_ROLE_OTHER;
	if (!identity.user && node->identity.user) {
		group_identity_release(&identity); /* nothing that was not known before */
		return;
	}
	group_identity_release(&node->identity);
	node->identity = identity;
}

void group_identify(struct group_source *source, const struct source_pass *pass)
{
	for (struct group_node *n = source->root; n; n = node_next(n))
		if (n->role == GROUP_ROLE_WORKLOAD && !n->is_identified)
			ask(source, n, pass);
}

enum group_asking group_source_asking(const struct group_source *source)
{
	enum group_asking asking = GROUP_ASKING_NONE;

	for (const struct group_node *n = source->root; n; n = node_next(n)) {
		if (n->role != GROUP_ROLE_WORKLOAD || n->is_identified)
			continue;
		if (n->n_asked == 0)
			return GROUP_ASKING_NEW;
		asking = GROUP_ASKING_AGAIN;
	}
	return asking;
}

void group_source_ask_again(struct group_source *source)
{
	for (struct group_node *n = source->root; n; n = node_next(n))
		if (n->role == GROUP_ROLE_WORKLOAD && n->is_identified)
			n->is_identified = false;
}

/*
 * <boot id>/<inode>, of version 1 <boot id>/v1/<inode>; one that nobody saw has the inode of its
 * place and a number that is not given again.
 */
static int format_own_id(
	const struct group_source *source, const struct group_node *node, char id[GROUP_ID_SIZE])
{
	const char *tree = source->tree.is_v1 ? "v1/" : "";
	char *at = id;

	for (size_t i = 0; i < HM_BOOT_ID_SIZE; i++)
		at += sprintf(at, "%02x", source->boot_id[i]);
	if (node->cgroup.inode)
		(void)sprintf(at, "/%s%" PRIu64, tree, node->cgroup.inode);
	else
		(void)sprintf(at, "/%s%" PRIu64 "+%" PRIu64, tree, node->parent->cgroup.inode,
			node->serial);
	return 0;
}

int group_format_id(
	const struct group_source *source, const struct group_node *node, char id[GROUP_ID_SIZE])
{
	char path[GROUP_PATH_SIZE];
	struct group_subject subject;

	if (!source->rules->format_id)
		return format_own_id(source, node, id);
	if (!subject_of(source, node, NULL, path, &subject))
		return -ENAMETOOLONG;
	return source->rules->format_id(source->self, &subject, id);
}

/* ------------------------------------------------------------------------ the environment */

static int first_pid(struct group_source *source, const struct group_subject *subject, int32_t *ret)
{
	struct cgroup cgroup = CGROUP_INIT;
	int r;

	if (subject->is_gone)
		return -ENOENT;
	cgroup.inode = subject->key & ~CGROUP_KEY_V1;
	r = cgroup_read_first_pid(&cgroup, &source->tree, subject->path, ret);
	cgroup_close(&cgroup, &source->tree);
	return r;
}

int group_read_environ(struct group_source *source, int32_t pid, size_t *ret_size)
{
	struct proc_dir proc;
	int r = proc_dir_open(source->config->proc, &proc);

	if (r < 0)
		return r;
	if (!source->environ)
		source->environ = malloc(GROUP_ENVIRON_MAX); /* unwritten pages cost nothing */
	r = source->environ ? proc_read_pid_file(&proc, pid, "environ", source->environ,
				      GROUP_ENVIRON_MAX, ret_size)
			    : -ENOMEM;
	proc_dir_close(&proc);
	return r;
}

int group_source_environ(struct group_source *source, const struct group_subject *subject,
	int (*take)(void *context, const struct server_environ *env), void *context)
{
	struct server_environ env;
	int32_t pid;
	size_t size;
	int r = first_pid(source, subject, &pid);

	if (r == 0)
		r = group_read_environ(source, pid, &size);
	if (r < 0)
		return r == -ENODATA || r == -ENOENT ? -EAGAIN : r;
	server_environ_parse(source->environ, size, &env);
	r = take(context, &env);
	explicit_bzero(source->environ, size); /* it holds tokens */
	return r;
}
