/* Trees and claims: the rules of the header, in its order. */
#include "collector/source/process/whose/ownership.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/source/name.h"

#define DEPTH_MAX 4096 /* deeper chains of parents are a cycle of reused pids */

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

static bool is_running(const struct server *server, const struct process_table *table)
{
	size_t at = process_table_find(table, server->pid, server->start_ticks);

	return at != PROCESS_NONE && !table->entry[at].has_exited && !table->entry[at].is_zombie;
}

/*
 * Whether what @newcomer claims is @server. What came after its end is the next one; when that was
 * is only known to be between two passes, so whoever may start servers is believed.
 */
static bool is_of_server(const struct server *server, const struct newcomer *newcomer,
	bool is_vouched, const struct process_table *table)
{
	if (server->end_usec >= 0 || newcomer->start_usec < server->start_usec)
		return false;
	if (server->has_own_cgroup && server->cgroup == newcomer->cgroup)
		return true;
	if (is_running(server, table))
		return true;
	if (is_vouched)
		return false;
	return server->exit_usec < 0 || newcomer->start_usec <= server->exit_usec;
}

struct server *ownership_same_server(struct server *servers, const struct newcomer *newcomer,
	bool is_vouched, const struct process_table *table)
{
	for (struct server *s = servers; s; s = s->next)
		if (s->uid == newcomer->uid && same_server(&s->identity, newcomer->claim) &&
			is_of_server(s, newcomer, is_vouched, table))
			return s;
	return NULL;
}

struct server *ownership_by_account(struct server *servers, const struct newcomer *newcomer)
{
	struct server *found = NULL;

	for (struct server *s = servers; s; s = s->next) {
		if (!s->is_own_account || s->uid != newcomer->uid || s->end_usec >= 0 ||
			s->cgroup != newcomer->cgroup || newcomer->start_usec < s->start_usec)
			continue;
		if (found && strcmp(found->identity.user, s->identity.user) != 0)
			return NULL;
		if (!found || found->start_usec < s->start_usec)
			found = s;
	}
	return found;
}

/* Those that the hub spoke for may be anybody's in one account: they take in nobody. */
static struct server *crowd_of_account(struct server *servers, uint32_t uid)
{
	struct server *found = NULL;
	unsigned int n = 0;

	for (struct server *s = servers; s; s = s->next) {
		if (s->uid != uid || s->is_vouched || s->is_told || s->end_usec >= 0)
			continue;
		n++;
		if (!found || !s->is_proven)
			found = s;
	}
	return n < CROWD_MAX ? NULL : found;
}

/* Whose they are does not matter: they are nobody's. */
static struct server *crowd_of_all(struct server *servers)
{
	struct server *found = NULL;
	unsigned int n = 0;

	for (struct server *s = servers; s; s = s->next) {
		if (s->is_proven || s->end_usec >= 0)
			continue;
		n++;
		found = s;
	}
	return n < CROWD_ALL_MAX ? NULL : found;
}

struct server *ownership_crowd(struct server *servers, uint32_t uid)
{
	struct server *found = crowd_of_account(servers, uid);

	return found ? found : crowd_of_all(servers);
}
