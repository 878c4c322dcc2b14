/*
 * Processes in a cgroup that a source before this one meters: their CPU is booked there, so here
 * they are the system's, alive and among those that ended.
 */
#include "collector/cgroup/cgroup_tree.h"
#include "collector/config.h"
#include "collector/source/process/process_source.h"

static bool is_taken(const struct claims *claims, uint64_t key)
{
	return key != 0 && claims_is_taken(claims, SOURCE_RANK_PROCESS, key);
}

static bool is_claimed(
	struct process_source *source, const struct claims *claims, struct process *process)
{
	struct proc_cgroup cgroup;

	if (process->cgroup == 0 && !process->has_exited &&
		proc_read_cgroup(&source->proc, process->pid, source->config->cgroup, &cgroup) ==
			0) {
		process->cgroup = cgroup.v2;
		process->cgroup_v1 = cgroup.v1 ? cgroup.v1 | CGROUP_KEY_V1 : 0;
	}
	return is_taken(claims, process->cgroup) || is_taken(claims, process->cgroup_v1);
}

static bool is_of_server_itself(const struct process *process)
{
	return process->server->pid == process->pid &&
	       process->server->start_ticks == process->start_ticks;
}

/*
 * A unit: the service manager, which has nobody's environment, gave it an account. From then on a
 * parent that is root, as cron is, says nothing of others under that account.
 */
static void note_unit(struct process_source *source, const struct process *process)
{
	const struct server *server = process->server;

	if (process->parent == INIT_PID && server->uid != 0)
		account_owners_close(&source->owners, server->uid);
}

void source_leave_claimed(struct process_source *source, const struct claims *claims)
{
	for (size_t i = 0; claims->count > 0 && i < source->table.count; i++) {
		struct process *process = &source->table.entry[i];
		struct server *server = process->server;

		if (!server || !is_claimed(source, claims, process))
			continue;
		if (is_of_server_itself(process)) {
			server->is_claimed = true;
			note_unit(source, process);
		}
		if (server->next_level_bytes >= process->memory_bytes)
			server->next_level_bytes -= process->memory_bytes;
		process->server = NULL;
	}
}
