/*
 * Reading every process once; or, where a server ended, those of its tree and what is new, of the
 * others only whether they are there: reading costs 10 us a process, being listed a tenth. So does
 * asking for its clock, and one whose clock stands still is as it was.
 *
 * For a process known before, its clock is read first and its start time after: the pid was its
 * own at both ends, so it was in between. A new one is read the other way round and its start
 * time is checked again.
 */
#include "collector/source/process/process_source.h"

#include <errno.h>

#define RECENT_USEC 2000000 /* what is older than that loses weight */

/* The parent as of now. One that changed ended, and its children were adopted. */
static void note_parent(struct process_source *source, struct process *process, int32_t parent)
{
	size_t adopter;

	if (process->parent == parent)
		return;
	process->parent = parent;
	if (process->is_new)
		return;
	process->was_adopted = true;
	adopter = process_table_find_live(&source->table, parent);
	if (adopter != PROCESS_NONE)
		source->table.entry[adopter].has_adopted = true;
}

/* How much CPU it used lately: the last interval counts in full, older ones ever less. */
static void note_recent_use(struct process_source *source, struct process *process,
	const struct source_pass *pass, uint64_t cpu_nsec)
{
	int64_t since = process->is_new ? source_start_usec(source, process) : process->seen_usec;

	if (process->recent_usec > RECENT_USEC) {
		process->recent_nsec /= 2;
		process->recent_usec /= 2;
	}
	if (since > 0 && since < pass->now_usec && cpu_nsec >= process->self_nsec) {
		process->recent_nsec += cpu_nsec - process->self_nsec;
		process->recent_usec += (uint64_t)(pass->now_usec - since);
	}
	process->seen_usec = pass->now_usec;
}

/* A leader that ended before its threads is a zombie too, but goes on using CPU. */
static bool is_final(const struct proc_stat *stat)
{
	return (stat->state == 'Z' || stat->state == 'X') && stat->threads <= 1;
}

/*
 * The clock was read first, this is the rest. A process that became a zombie in between did
 * something since, and a zombie is taken at its word: read the clock again.
 */
static int read_rest(
	struct process_source *source, int32_t pid, uint64_t *cpu_nsec, struct proc_stat *ret)
{
	struct proc_stat stat;
	int r = proc_read_stat(&source->proc, pid, &stat);

	if (r == 0 && is_final(&stat))
		r = proc_read_cpu(&source->proc, pid, cpu_nsec);
	if (r < 0)
		return r;
	*ret = stat;
	return 0;
}

/*
 * Since it was read last. Whoever forks, waits for a child, calls exec or ends runs, if only for a
 * few nanoseconds. That its parent ended is noticed all the same: reap.c reads those again.
 */
static bool did_nothing(
	const struct process_source *source, const struct process *process, uint64_t cpu_nsec)
{
	return source->proc.is_exact && cpu_nsec == process->self_nsec && process->seen_usec > 0 &&
	       !process->is_new && process->env_start != PROCESS_ENV_UNKNOWN;
}

static void note_seen(struct process_source *source, struct process *process)
{
	process->pass = source->pass;
	process->seen_order = process->children_order = ++source->n_reads;
}

static void update(struct process_source *source, struct process *process,
	const struct source_pass *pass, const struct proc_stat *stat, uint64_t cpu_nsec)
{
	note_parent(source, process, stat->parent);
	note_recent_use(source, process, pass, cpu_nsec);
	process->children_nsec = stat->children_ticks * source->proc.tick_nsec;
	process->self_nsec = cpu_nsec;
	process->threads = stat->threads < UINT32_MAX ? (uint32_t)stat->threads : UINT32_MAX;
	process->is_zombie = is_final(stat);
	process->is_kernel_thread = stat->is_kernel_thread;
	if (stat->env_start != process->env_start && !process->is_zombie) {
		process->is_classified = process->is_told = false;
		process->cgroup = 0; /* whoever moves a process does so before it calls exec */
	}
	process->env_start = stat->env_start;
	note_seen(source, process);
}

int source_reread(struct process_source *source, struct process *process)
{
	struct proc_stat stat;
	uint64_t cpu_nsec = process->self_nsec;
	int r = proc_read_stat(&source->proc, process->pid, &stat);

	if (r == 0 && is_final(&stat))
		r = proc_read_cpu(&source->proc, process->pid, &cpu_nsec);
	if (r < 0)
		return r;
	if (stat.start_ticks != process->start_ticks)
		return -ENOENT;
	process->self_nsec = cpu_nsec;
	process->is_zombie = is_final(&stat);
	process->children_nsec = stat.children_ticks * source->proc.tick_nsec;
	process->children_order = ++source->n_reads;
	note_parent(source, process, stat.parent);
	return 0;
}

static int add_new(struct process_source *source, const struct source_pass *pass, int32_t pid,
	uint64_t start_ticks)
{
	struct process *process;
	struct proc_stat stat;
	uint64_t cpu_nsec;

	if (proc_read_cpu(&source->proc, pid, &cpu_nsec) < 0 ||
		read_rest(source, pid, &cpu_nsec, &stat) < 0 || stat.start_ticks != start_ticks)
		return 0; /* came and went */
	process = process_table_add(&source->table, pid, start_ticks);
	if (!process)
		return -ENOMEM;
	process->is_new = true;
	update(source, process, pass, &stat, cpu_nsec);
	return 0;
}

static int scan_one(struct process_source *source, const struct source_pass *pass, int32_t pid)
{
	size_t known = process_table_find_live(&source->table, pid);
	struct process *process = known == PROCESS_NONE ? NULL : &source->table.entry[known];
	uint64_t cpu_nsec = 0;
	struct proc_stat stat;
	int r = process ? proc_read_cpu(&source->proc, pid, &cpu_nsec) : 0;

	if (r == 0 && process && did_nothing(source, process, cpu_nsec)) {
		note_recent_use(source, process, pass, cpu_nsec);
		note_seen(source, process);
		return 0;
	}
	if (r == 0)
		r = process ? read_rest(source, pid, &cpu_nsec, &stat)
			    : proc_read_stat(&source->proc, pid, &stat);
	if (r == -ENOENT)
		return 0;
	if (r < 0) {
		/* unreadable has not exited: as before, and another try at the next pass */
		if (process)
			process->pass = source->pass;
		else
			source->n_refused++;
		return 0;
	}
	if (process && process->start_ticks == stat.start_ticks) {
		update(source, process, pass, &stat, cpu_nsec);
		return 0;
	}
	return add_new(source, pass, pid, stat.start_ticks);
}

/* What was last known of @pid will do. Whether anything is. */
static bool is_enough(struct process_source *source, int32_t pid)
{
	size_t known = process_table_find_live(&source->table, pid);
	struct process *process = known == PROCESS_NONE ? NULL : &source->table.entry[known];

	if (!process || (process->server && process->server->has_ended))
		return false;
	process->pass = source->pass;
	return true;
}

static int scan_listed(
	struct process_source *source, const struct source_pass *pass, bool is_of_ended)
{
	int32_t pid;
	int r;

	source->n_refused = 0;
	source->saw_init = false;
	proc_list_start(&source->proc);
	do {
		r = proc_list_next(&source->proc, &pid);
		source->saw_init |= pid == 1;
		if (r == 0 && pid != 0 && !(is_of_ended && is_enough(source, pid)))
			r = scan_one(source, pass, pid);
	} while (r == 0 && pid != 0);
	return r;
}

static bool lacks_parent(const struct process_table *table, const struct process *process)
{
	return process->is_new && process->parent > 0 &&
	       process_table_find_live(table, process->parent) == PROCESS_NONE;
}

/*
 * Read the unknown parent of entry @index; if there is none, the process itself again: it was
 * adopted meanwhile, or ended and counts as never seen. *ret_any: whether something was learned.
 */
static int find_parent_of(
	struct process_source *source, const struct source_pass *pass, size_t index, bool *ret_any)
{
	struct process_table *table = &source->table;
	size_t count = table->count;
	int32_t parent = table->entry[index].parent;
	int r = scan_one(source, pass, parent);

	if (r == 0 && table->count == count) {
		table->entry[index].pass = 0;
		r = scan_one(source, pass, table->entry[index].pid);
	}
	*ret_any = table->count > count || table->entry[index].parent != parent;
	return r;
}

/*
 * Processes that were forked while the others were read, with a pid that had been passed: nobody
 * would know whose their children are, which were found.
 */
static int scan_missing_parents(struct process_source *source, const struct source_pass *pass)
{
	struct process_table *table = &source->table;
	bool any;
	int r = 0;

	do {
		any = false;
		process_table_sort(table);
		for (size_t i = 0; i < table->count && r == 0 && !any; i++)
			if (lacks_parent(table, &table->entry[i]))
				r = find_parent_of(source, pass, i, &any);
	} while (any && r == 0);
	return r;
}

static int scan(struct process_source *source, const struct source_pass *pass, bool is_of_ended)
{
	struct process_table *table = &source->table;
	size_t n_refused;
	int r;

	source->pass++;
	r = scan_listed(source, pass, is_of_ended);
	n_refused = source->n_refused;
	if (r == 0)
		r = scan_missing_parents(source, pass);
	source->n_refused = n_refused; /* a parent may have been asked for again */
	process_table_sort(table);
	if (r < 0)
		return r;
	for (size_t i = 0; i < table->count; i++)
		if (table->entry[i].pass != source->pass)
			table->entry[i].has_exited = true;
	return 0;
}

int source_scan(struct process_source *source, const struct source_pass *pass)
{
	return scan(source, pass, false);
}

int source_scan_ended(struct process_source *source, const struct source_pass *pass)
{
	source_mark_ended(source);
	return scan(source, pass, true);
}
