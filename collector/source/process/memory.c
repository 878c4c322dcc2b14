/*
 * Memory of the processes in trees. Reading PSS walks the page tables, so it is not done at every
 * pass.
 */
#include "collector/config.h"
#include "collector/source/process/process_source.h"

static bool is_due(
	const struct process_source *source, const struct process *process, int64_t now_usec)
{
	return process->memory_read_usec == 0 ||
	       now_usec - process->memory_read_usec >= source->config->memory_interval;
}

static void read_one(struct process_source *source, struct process *process, int64_t now_usec)
{
	uint64_t bytes;
	bool is_estimated;

	if (proc_read_memory(&source->proc, process->pid, &bytes, &is_estimated) < 0)
		return; /* ending: the level it had holds until it is gone */
	process->memory_bytes = bytes;
	process->is_estimated = is_estimated;
	process->memory_read_usec = now_usec;
}

void source_read_memory(struct process_source *source, const struct source_pass *pass)
{
	for (struct server *s = source->servers; s; s = s->next) {
		s->next_level_bytes = 0;
		s->level_is_estimated = false;
	}
	for (size_t i = 0; i < source->table.count; i++) {
		struct process *process = &source->table.entry[i];
		struct server *server = process->server;

		if (!server || process->has_exited || process->is_zombie)
			continue;
		if (is_due(source, process, pass->now_usec))
			read_one(source, process, pass->now_usec);
		if (__builtin_add_overflow(server->next_level_bytes, process->memory_bytes,
			    &server->next_level_bytes))
			server->next_level_bytes = pass->node.memory_total_bytes;
		server->level_is_estimated |= process->is_estimated;
	}
}
