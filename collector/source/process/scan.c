/*
 * Reading every process once.
 *
 * For a process known before, its clock is read first and its start time after: the pid was its
 * own at both ends, so it was in between. A new one is read the other way round and its start
 * time is checked again.
 */
#include "collector/source/process/process_source.h"

#include <errno.h>

static void update(struct process_source *source, struct process *process,
	const struct proc_stat *stat, uint64_t cpu_nsec)
{
	process->parent = stat->parent;
	process->children_nsec = stat->children_ticks * source->proc.tick_nsec;
	process->self_nsec = cpu_nsec;
	/* a leader that ended before its threads is a zombie too, but goes on using CPU */
	process->is_zombie = (stat->state == 'Z' || stat->state == 'X') && stat->threads <= 1;
	if (stat->env_start != process->env_start && !process->is_zombie)
		process->is_classified = false;
	process->env_start = stat->env_start;
	process->pass = source->pass;
}

static int add_new(struct process_source *source, int32_t pid, const struct proc_stat *stat)
{
	struct process *process;
	struct proc_stat again;
	uint64_t cpu_nsec;

	if (proc_read_cpu(&source->proc, pid, &cpu_nsec) < 0 ||
		proc_read_stat(&source->proc, pid, &again) < 0 ||
		again.start_ticks != stat->start_ticks)
		return 0; /* came and went */
	process = process_table_add(&source->table, pid, stat->start_ticks);
	if (!process)
		return -ENOMEM;
	process->is_new = true;
	update(source, process, &again, cpu_nsec);
	return 0;
}

static int scan_one(struct process_source *source, int32_t pid)
{
	size_t known = process_table_find_live(&source->table, pid);
	struct process *process = known == PROCESS_NONE ? NULL : &source->table.entry[known];
	uint64_t cpu_nsec = process ? process->self_nsec : 0;
	struct proc_stat stat;
	int r = 0;

	if (process)
		r = proc_read_cpu(&source->proc, pid, &cpu_nsec);
	if (r == 0)
		r = proc_read_stat(&source->proc, pid, &stat);
	if (r == -ENOENT)
		return 0;
	if (r < 0) {
		/* unreadable is not gone: as before, and another try at the next pass */
		if (process)
			process->pass = source->pass;
		return 0;
	}
	if (process && process->start_ticks == stat.start_ticks) {
		update(source, process, &stat, cpu_nsec);
		return 0;
	}
	return add_new(source, pid, &stat);
}

static int scan_all(struct process_source *source)
{
	int32_t pid;
	int r;

	proc_list_start(&source->proc);
	do {
		r = proc_list_next(&source->proc, &pid);
		if (r == 0 && pid != 0)
			r = scan_one(source, pid);
	} while (r == 0 && pid != 0);
	return r;
}

int source_scan(struct process_source *source)
{
	struct process_table *table = &source->table;
	int r;

	source->pass++;
	r = scan_all(source);
	process_table_sort(table);
	if (r < 0)
		return r;
	for (size_t i = 0; i < table->count; i++)
		if (table->entry[i].pass != source->pass)
			table->entry[i].has_exited = true;
	return 0;
}
