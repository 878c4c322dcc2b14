/*
 * Servers that nobody vouched for when they were first seen, and that the hub says are whose they
 * claim to be: the same process, user and server, that started when the hub started it. Then they
 * are bound late: their rows get the user, and what they reserve counts from now on.
 */
#include "collector/source/process/hub.h"
#include "collector/source/process/process_source.h"
#include "collector/source/process/vouch.h"

#include <string.h>

#define EARLY_USEC 1000000   /* a process's start is of whole ticks, the hub's of a clock */
#define LATE_USEC  120000000 /* what a hub does between its note and the start: pre_spawn_hook */

static bool may_be_proven(const struct server *server)
{
	return !server->is_proven && !server->is_crowd && server->exit_usec < 0 &&
	       server->end_usec < 0;
}

/* A number that was used again is not the process that the hub means. */
static bool started_then(
	const struct server *server, const struct hub_server *told, int64_t booted_usec)
{
	int64_t off = booted_usec + server->start_usec - told->started_usec;

	return off >= -EARLY_USEC && off <= LATE_USEC;
}

static bool is_still_there(struct process_source *source, const struct server *server)
{
	struct proc_stat stat;

	return proc_read_stat(&source->proc, server->pid, &stat) == 0 &&
	       stat.start_ticks == server->start_ticks;
}

static bool is_told(
	const struct server *server, const struct hub_servers *told, int64_t booted_usec)
{
	const struct hub_server *found = hub_servers_find(told, server->pid);

	return found && strcmp(found->user, server->identity.user) == 0 &&
	       strcmp(found->name, server->identity.name) == 0 &&
	       started_then(server, found, booted_usec);
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
			!is_told(s, told, booted_usec) || vouch_is_denied(source, s) ||
			!is_still_there(source, s) || !identify(s))
			continue;
		s->is_proven = true;
		s->is_told = true;
		n++;
	}
	return n;
}

void source_take_hubs_word(struct process_source *source)
{
	const struct hub_servers *told;
	int64_t asked_usec;
	size_t n;

	if (!hub_work(source->hub, &told, &asked_usec))
		return;
	n = prove(source, told, asked_usec,
		clock_realtime_usec(source->clock) - clock_boottime_usec(source->clock));
	hub_use_answer(source->hub, n);
}

void source_ask_hub(struct process_source *source, int64_t now_usec)
{
	const struct server *s = source->servers;

	while (s && (!may_be_proven(s) || s->is_claimed))
		s = s->next;
	if (!s)
		return;
	hub_want(source->hub, now_usec);
	hub_start_due(source->hub, now_usec);
}
