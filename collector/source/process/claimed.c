/*
 * Processes in a cgroup that a source before this one meters: their CPU is booked there, so here
 * they are the system's, alive and among those that ended.
 */
#include "collector/source/process/process_source.h"

#define CGROUP_UNKNOWN 0u /* no directory has inode 0 */

static bool is_claimed(
	struct process_source *source, const struct claims *claims, struct process *process)
{
	if (process->cgroup == CGROUP_UNKNOWN && !process->has_exited)
		(void)proc_read_cgroup(&source->proc, process->pid, &process->cgroup);
	return process->cgroup != CGROUP_UNKNOWN &&
	       claims_is_taken(claims, SOURCE_RANK_PROCESS, process->cgroup);
}

void source_leave_claimed(struct process_source *source, const struct claims *claims)
{
	for (size_t i = 0; claims->count > 0 && i < source->table.count; i++) {
		struct process *process = &source->table.entry[i];
		struct server *server = process->server;

		if (!server || !is_claimed(source, claims, process))
			continue;
		server->is_claimed |=
			server->pid == process->pid && server->start_ticks == process->start_ticks;
		if (server->next_level_bytes >= process->memory_bytes)
			server->next_level_bytes -= process->memory_bytes;
		process->server = NULL;
	}
}
