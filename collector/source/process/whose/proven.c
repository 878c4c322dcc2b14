/*
 * Servers that nobody vouched for when they were first seen, and that the hub says are whose they
 * claim to be: the same process, user and server, that started when the hub started it. Then they
 * are bound late: their rows get the user, and what they reserve counts from now on.
 *
 * Such a process may be in another's tree, by the rules for claims: somebody of its account claimed
 * the same before, or made so many up that the rest are counted as one. It is taken out, with what
 * it started, and is a server of its own from the next pass on.
 */
#include "collector/source/process/process_source.h"
#include "collector/source/process/whose/hub.h"
#include "collector/source/process/whose/ownership.h"
#include "collector/source/process/whose/vouch.h"

#include <string.h>

#define EARLY_USEC 1000000   /* a process's start is of whole ticks, the hub's of a clock */
#define LATE_USEC  120000000 /* what a hub does between its note and the start: pre_spawn_hook */

/* Others may be in it that are not: they are taken out. */
static bool is_worth_asking(const struct server *server)
{
	return !server->is_proven && server->end_usec < 0;
}

static bool may_be_proven(const struct server *server)
{
	return is_worth_asking(server) && !server->is_crowd && server->exit_usec < 0;
}

/* A number that was used again is not the process that the hub means. */
static bool started_then(int64_t start_usec, const struct hub_server *told, int64_t booted_usec)
{
	int64_t off = booted_usec + start_usec - told->started_usec;

	return off >= -EARLY_USEC && off <= LATE_USEC;
}

static bool is_still_there(struct process_source *source, int32_t pid, uint64_t start_ticks)
{
	struct proc_stat stat;

	return proc_read_stat(&source->proc, pid, &stat) == 0 && stat.start_ticks == start_ticks;
}

static bool is_same(const struct hub_server *told, const struct server_identity *claim)
{
	return strcmp(told->user, claim->user) == 0 && strcmp(told->name, claim->name) == 0;
}

static bool is_told(
	const struct server *server, const struct hub_servers *told, int64_t booted_usec)
{
	const struct hub_server *found = hub_servers_find(told, server->pid);

	return found && is_same(found, &server->identity) &&
	       started_then(server->start_usec, found, booted_usec);
}

static bool identify(struct server *server)
{
	const struct server_identity *identity = &server->identity;

	return !server->workload || workload_identify(server->workload, identity->user,
					    identity->name, identity->tag) == 0;
}

static size_t prove(struct process_source *source, const struct hub_servers *told,
	int64_t asked_usec, int64_t booted_usec)
{
	size_t n = 0;

	for (struct server *s = source->servers; s; s = s->next) {
		if (!may_be_proven(s) || s->start_usec >= asked_usec ||
			!is_told(s, told, booted_usec) ||
			vouch_is_denied(source, &s->identity, s->uid) ||
			!is_still_there(source, s->pid, s->start_ticks) || !identify(s))
			continue;
		s->is_proven = true;
		s->is_told = true;
		n++;
	}
	return n;
}

/* ------------------------------------------------------------------------ taken out */

/* What an unproven server's tree has by the rules for claims, and not because it started it. */
static struct process *guest(const struct process_source *source, int32_t pid)
{
	const struct process_table *table = &source->table;
	size_t at = process_table_find_live(table, pid), parent;
	struct process *process = at == PROCESS_NONE ? NULL : &table->entry[at];
	const struct server *server = process ? process->server : NULL;

	if (!server || server->is_proven || process->is_zombie ||
		(server->pid == pid && server->start_ticks == process->start_ticks))
		return NULL;
	parent = process_table_find_parent(table, process);
	return parent != PROCESS_NONE && table->entry[parent].server ? NULL : process;
}

/* Whether that is what @process claims, and its account does not speak against it. */
static bool claims(
	struct process_source *source, const struct process *process, const struct hub_server *told)
{
	struct server_identity identity = {0};
	struct server_environ env;
	bool does_claim = false;
	uint32_t uid;
	size_t size;

	if (proc_read_uid(&source->proc, process->pid, &uid) < 0 ||
		proc_read_pid_file(&source->proc, process->pid, "environ", source->scratch,
			PROCESS_ENVIRON_MAX, &size) < 0)
		return false;
	server_environ_parse(source->scratch, size, &env);
	if (size < PROCESS_ENVIRON_MAX && server_environ_is_server(&env, source->api_url) &&
		server_environ_identity(&env, &identity) == 0)
		does_claim = is_same(told, &identity) && !vouch_is_denied(source, &identity, uid);
	explicit_bzero(source->scratch, size); /* it holds tokens */
	server_identity_release(&identity);
	return does_claim;
}

static bool is_under(const struct process_table *table, size_t at, const struct process *top)
{
	for (size_t depth = 0; at != PROCESS_NONE && depth < table->count; depth++) {
		if (&table->entry[at] == top)
			return true;
		at = process_table_find_parent(table, &table->entry[at]);
	}
	return false;
}

static void take_out(struct process_source *source, struct process *top)
{
	const struct server *server = top->server;

	for (size_t i = 0; i < source->table.count; i++) {
		struct process *process = &source->table.entry[i];

		if (process->server != server || process->has_exited ||
			!is_under(&source->table, i, top))
			continue;
		process->server = NULL;
		process->is_classified = process->is_orphan = false;
	}
	top->is_told = true;
}

static size_t take_out_guests(struct process_source *source, const struct hub_servers *told,
	int64_t asked_usec, int64_t booted_usec)
{
	size_t n = 0;

	for (size_t i = 0; i < told->n; i++) {
		const struct hub_server *one = &told->server[i];
		struct process *process = guest(source, one->pid);
		int64_t start_usec = process ? source_start_usec(source, process) : 0;

		if (!process || start_usec >= asked_usec ||
			hub_servers_find(told, one->pid) != one ||
			!started_then(start_usec, one, booted_usec) ||
			!claims(source, process, one) ||
			!is_still_there(source, process->pid, process->start_ticks))
			continue;
		take_out(source, process);
		n++;
	}
	return n;
}

void source_take_hubs_word(struct process_source *source)
{
	const struct hub_servers *told;
	int64_t asked_usec, booted_usec;
	size_t n;

	if (!hub_work(source->hub, &told, &asked_usec))
		return;
	booted_usec = clock_realtime_usec(source->clock) - clock_boottime_usec(source->clock);
	n = prove(source, told, asked_usec, booted_usec);
	n += take_out_guests(source, told, asked_usec, booted_usec);
	hub_use_answer(source->hub, n);
}

void source_ask_hub(struct process_source *source, int64_t now_usec)
{
	const struct server *s = source->servers;

	while (s && (!is_worth_asking(s) || s->is_claimed))
		s = s->next;
	if (!s)
		return;
	hub_want(source->hub, now_usec);
	hub_start_due(source->hub, now_usec);
}
