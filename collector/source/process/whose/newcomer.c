/*
 * A process that is in nobody's tree: whose server it is, or part of, by what it claims and by what
 * is known about it.
 */
#include "collector/source/process/process_source.h"

#include <errno.h>
#include <string.h>

#include "collector/source/process/whose/ownership.h"
#include "collector/source/process/whose/vouch.h"
#include "common/log.h"

#define UNPROVEN_PAUSE_USEC (3600LL * 1000 * 1000)

/* When metering of @process begins: at its birth where that is counted, else now. */
static int64_t metered_since(const struct process_source *source, const struct source_pass *pass,
	const struct process *process)
{
	int64_t start = source_start_usec(source, process);

	if (pass->previous_usec < 0 ||
		(process->is_new && !source_counts_from_birth(source, pass, process)))
		return pass->now_usec;
	if (start < pass->previous_usec)
		start = pass->previous_usec;
	return start < pass->now_usec ? start : pass->now_usec;
}

static void reserve(
	struct server *server, const struct source_pass *pass, const struct server_environ *env)
{
	server->reserved_microcores = server_environ_microcores(env, pass->node.cores);
	server->reserved_bytes = server_environ_bytes(env, pass->node.memory_total_bytes);
}

/* Once an hour, so that nobody fills the journal by inventing some. */
void source_note_unproven(
	struct process_source *source, const struct source_pass *pass, const struct server *server)
{
	char user[LOG_QUOTED_SIZE];

	source->n_unproven++;
	if (source->said_unproven_usec != 0 &&
		pass->now_usec - source->said_unproven_usec < UNPROVEN_PAUSE_USEC)
		return;
	log_event(LOG_PRIORITY_WARNING, "server_unproven",
		"pid=%d uid=%u claims=%s so_far=%llu consequence=\"its usage is metered and is "
		"nobody's: neither its parent nor its account says whose it is\"",
		(int)server->pid, server->uid, log_quote(user, server->identity.user),
		(unsigned long long)source->n_unproven);
	source->said_unproven_usec = pass->now_usec;
}

static int make_server(struct process_source *source, const struct source_pass *pass,
	struct process *process, const struct newcomer *newcomer, const struct vouch *vouch,
	struct server_identity *identity)
{
	struct server *server;

	server = server_add(&source->servers, process->pid, process->start_ticks, identity);
	if (!server)
		return -ENOMEM;
	server->uid = newcomer->uid;
	server->cgroup = newcomer->cgroup;
	server->is_vouched = vouch->by_parent;
	server->is_told = process->is_told;
	server->is_proven = vouch->by_parent || vouch->by_account || server->is_told;
	server->is_own_account = vouch->is_own_account;
	server->has_own_cgroup = vouch->has_own_cgroup;
	server->start_usec = newcomer->start_usec;
	server->first_usec = metered_since(source, pass, process);
	process->server = server;
	return 0;
}

/* A server may have ended since it was read, to make room for the next one of its name. */
static void look_again(struct process_source *source, const struct server_identity *claim)
{
	for (struct server *s = source->servers; s; s = s->next) {
		size_t at = process_table_find(&source->table, s->pid, s->start_ticks);

		if (at == PROCESS_NONE || strcmp(s->identity.user, claim->user) != 0)
			continue;
		if (source_reread(source, &source->table.entry[at]) == -ENOENT)
			source->table.entry[at].has_exited = true;
	}
}

/* Who it is by the rules for claims; NULL: a server of its own. */
static struct server *find_server(
	struct process_source *source, const struct newcomer *newcomer, struct vouch *ret_vouch)
{
	struct vouch vouch = vouch_for(source, newcomer);
	struct server *server;

	*ret_vouch = vouch;
	look_again(source, newcomer->claim);
	server = ownership_same_server(source->servers, newcomer, vouch.by_parent, &source->table);
	if (server || vouch.by_parent)
		return server;
	server = ownership_by_account(source->servers, newcomer);
	if (server)
		return server;
	server = ownership_crowd(source->servers, newcomer->uid);
	if (server)
		server->is_crowd = true;
	return server;
}

/* Whether its parent is one that takes in processes whose parents ended. */
static bool may_be_adopted(const struct process_source *source, const struct process *process)
{
	size_t at = process_table_find_live(&source->table, process->parent);

	return process->parent == INIT_PID ||
	       (at != PROCESS_NONE && process_is_adopter(&source->table.entry[at]));
}

static int classify_claim(struct process_source *source, const struct source_pass *pass,
	struct process *process, const struct newcomer *outsider, const struct server_environ *env)
{
	struct server_identity identity = {0};
	struct newcomer newcomer = *outsider;
	struct vouch vouch = {0};
	int r = server_environ_identity(env, &identity);

	if (r < 0)
		return r;
	newcomer.claim = &identity;
	if (!process->is_told)
		process->server = find_server(source, &newcomer, &vouch);
	if (process->server) {
		process->is_orphan = may_be_adopted(source, process);
	} else {
		r = make_server(source, pass, process, &newcomer, &vouch, &identity);
		if (r == 0)
			reserve(process->server, pass, env);
	}
	server_identity_release(&identity);
	return r;
}

static bool has_own_accounts(const struct server *servers)
{
	while (servers && !servers->is_own_account)
		servers = servers->next;
	return servers != NULL;
}

int source_classify_newcomer(struct process_source *source, const struct source_pass *pass,
	struct process *process, const struct server_environ *env)
{
	struct newcomer newcomer = {
		.parent = process->parent, .start_usec = source_start_usec(source, process)};
	bool is_claim = server_environ_is_server(env, source->api_url);

	if (!is_claim && (env->user.size > 0 || !may_be_adopted(source, process) ||
				 !has_own_accounts(source->servers)))
		return -ENOENT;
	if (proc_read_uid(&source->proc, process->pid, &newcomer.uid) < 0)
		return -ENOENT;
	(void)proc_read_cgroup_key(&source->proc, process->pid, &newcomer.cgroup); /* 0: unknown */
	if (is_claim)
		return classify_claim(source, pass, process, &newcomer, env);
	process->server = ownership_by_account(source->servers, &newcomer);
	process->is_orphan = process->server != NULL;
	return process->server ? 0 : -ENOENT;
}
