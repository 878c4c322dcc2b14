/*
 * Memory of the processes in trees. Reading PSS walks page tables, so a tree is read when its time
 * has come or its set of processes has changed, and not at every pass; and all of it at one moment,
 * since PSS divides a page among those who share it then: a part of it, read before a fork, counts
 * what another part, read after, counts again.
 *
 * Not on another thread: what a tree is changes with every look at /proc, and levels that come
 * later than the processes that they are of would have to be told from those of others with their
 * numbers. A tenth of a second at most, in a sample of ten, delays nothing that matters.
 */
#include "collector/config.h"
#include "collector/source/process/process_source.h"

#define PASS_BUDGET_USEC 100000		     /* of reading, in a pass; what is left over is late */
#define PSS_MAX_BYTES	 ((uint64_t)4 << 30) /* of a process: 60 ms in small pages */

static bool has_memory(const struct process *process)
{
	return process->server && !process->has_exited && !process->is_zombie;
}

static void count_processes(struct process_source *source)
{
	for (struct server *s = source->servers; s; s = s->next) {
		s->n_processes = 0;
		s->has_unread = false;
	}
	for (size_t i = 0; i < source->table.count; i++) {
		const struct process *process = &source->table.entry[i];

		if (!has_memory(process))
			continue;
		process->server->n_processes++;
		process->server->has_unread |= !process->is_memory_read;
	}
}

static bool is_due(
	const struct process_source *source, const struct server *server, int64_t now_usec)
{
	if (server->n_processes == 0 || server->memory_read_usec == now_usec)
		return false;
	return server->has_unread || server->n_processes != server->n_memory_read ||
	       now_usec - server->memory_read_usec >= source->config->memory_interval;
}

/* The one that waits longest. NULL: none is due. */
static struct server *next_due(const struct process_source *source, int64_t now_usec)
{
	struct server *found = NULL;

	for (struct server *s = source->servers; s; s = s->next)
		if (is_due(source, s, now_usec) &&
			(!found || s->memory_read_usec < found->memory_read_usec))
			found = s;
	return found;
}

static void read_one(const struct process_source *source, struct process *process)
{
	uint64_t bytes;
	bool is_estimated;

	process->is_memory_read = true;
	if (proc_read_memory(&source->proc, process->pid, PSS_MAX_BYTES, &bytes, &is_estimated) < 0)
		return; /* ending: the level it had holds until it is gone */
	process->memory_bytes = bytes;
	process->is_estimated = is_estimated;
}

static void read_server(struct process_source *source, struct server *server, int64_t now_usec)
{
	for (size_t i = 0; i < source->table.count; i++) {
		struct process *process = &source->table.entry[i];

		if (process->server == server && has_memory(process))
			read_one(source, process);
	}
	server->n_memory_read = server->n_processes;
	server->memory_read_usec = now_usec;
}

/* What is late has the level of those of its processes that were read before. */
static void add_up(struct process_source *source, const struct source_pass *pass)
{
	for (struct server *s = source->servers; s; s = s->next) {
		s->next_level_bytes = 0;
		s->level_is_estimated = is_due(source, s, pass->now_usec);
	}
	for (size_t i = 0; i < source->table.count; i++) {
		const struct process *process = &source->table.entry[i];
		struct server *server = process->server;

		if (!has_memory(process))
			continue;
		if (__builtin_add_overflow(server->next_level_bytes, process->memory_bytes,
			    &server->next_level_bytes))
			server->next_level_bytes = pass->node.memory_total_bytes;
		server->level_is_estimated |= process->is_estimated;
	}
}

void source_read_memory(struct process_source *source, const struct source_pass *pass)
{
	int64_t deadline_usec = clock_boottime_usec(pass->clock) + PASS_BUDGET_USEC;
	struct server *server;

	count_processes(source);
	while (clock_boottime_usec(pass->clock) < deadline_usec &&
		(server = next_due(source, pass->now_usec)))
		read_server(source, server, pass->now_usec);
	add_up(source, pass);
}
