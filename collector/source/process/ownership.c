/*
 * The only place that knows what the environment of a Jupyter server looks like. The secrets in
 * it (JUPYTERHUB_API_TOKEN, JPY_API_TOKEN) are never looked for.
 */
#include "collector/source/process/ownership.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/proc/proc_parse.h"
#include "collector/source/name.h"
#include "hubmeter/usage.h"

#define DEPTH_MAX 4096 /* deeper chains of parents are a cycle of reused pids */
#define INIT_PID  1

static void look_up(const char *data, size_t size, const char *name, struct environ_text *text)
{
	if (proc_parse_environ(data, size, name, &text->data, &text->size) < 0)
		*text = (struct environ_text){.data = "", .size = 0};
}

void server_environ_parse(const char *data, size_t size, struct server_environ *ret)
{
	look_up(data, size, "JUPYTERHUB_USER", &ret->user);
	look_up(data, size, "JUPYTERHUB_SERVER_NAME", &ret->server);
	look_up(data, size, "JUPYTERHUB_API_URL", &ret->api_url);
	look_up(data, size, "HUBMETER_TAG", &ret->tag);
	look_up(data, size, "CPU_GUARANTEE", &ret->cpu_guarantee);
	look_up(data, size, "MEM_GUARANTEE", &ret->memory_guarantee);
}

bool server_environ_is_server(const struct server_environ *env, const char *api_url)
{
	size_t size = strlen(api_url);

	if (env->user.size == 0)
		return false;
	return size == 0 ||
	       (env->api_url.size == size && memcmp(env->api_url.data, api_url, size) == 0);
}

static char *copy_name(const struct environ_text *text)
{
	return name_copy(text->data, text->size);
}

int server_environ_identity(const struct server_environ *env, struct server_identity *ret)
{
	struct server_identity identity = {
		.user = copy_name(&env->user),
		.name = copy_name(&env->server),
		.tag = copy_name(&env->tag),
		.api_url = copy_name(&env->api_url),
	};

	if (!identity.user || !identity.name || !identity.tag || !identity.api_url) {
		server_identity_release(&identity);
		return -ENOMEM;
	}
	*ret = identity;
	return 0;
}

struct server *ownership_inherited(const struct process_table *table, size_t index)
{
	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		index = process_table_find_parent(table, &table->entry[index]);
		if (index == PROCESS_NONE)
			return NULL;
		if (table->entry[index].server)
			return table->entry[index].server;
	}
	return NULL;
}

static bool same_server(const struct server_identity *a, const struct server_identity *b)
{
	return strcmp(a->user, b->user) == 0 && strcmp(a->name, b->name) == 0 &&
	       strcmp(a->api_url, b->api_url) == 0;
}

/* Whether a process started at @start_usec under @parent may be what @server left behind. */
static bool may_be_orphan_of(const struct server *server, const struct process_table *table,
	int32_t parent, int64_t start_usec)
{
	size_t at;

	if (server->end_usec >= 0 || start_usec < server->start_usec)
		return false;
	if (server->exit_usec >= 0)
		return start_usec <= server->exit_usec;
	at = process_table_find(table, server->pid, server->start_ticks);
	return parent == INIT_PID || at == PROCESS_NONE || table->entry[at].parent != parent;
}

/* The one candidate of @uid that is not @user's own; NULL: none or several. */
static struct server *only_one_of_uid(struct server *servers, const char *user, uint32_t uid,
	const struct process_table *table, int32_t parent, int64_t start_usec)
{
	struct server *found = NULL;

	for (struct server *w = servers; w; w = w->next) {
		if (w->uid != uid || strcmp(w->identity.user, user) == 0 ||
			!may_be_orphan_of(w, table, parent, start_usec))
			continue;
		if (found)
			return NULL;
		found = w;
	}
	return found;
}

struct server *ownership_adopt(struct server *servers, const struct server_identity *identity,
	uint32_t uid, int32_t parent, int64_t start_usec, const struct process_table *table)
{
	bool claims_another = false;

	for (struct server *w = servers; w; w = w->next) {
		if (same_server(&w->identity, identity) && w->uid == uid &&
			may_be_orphan_of(w, table, parent, start_usec))
			return w;
		if (strcmp(w->identity.user, identity->user) == 0 && w->uid != uid &&
			w->end_usec < 0)
			claims_another = true;
	}
	if (!claims_another)
		return NULL;
	return only_one_of_uid(servers, identity->user, uid, table, parent, start_usec);
}
