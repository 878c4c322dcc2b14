/*
 * Giving every new process, and every one that called exec, to a server or to the system.
 */
#include "collector/source/process/process_source.h"

#include <errno.h>
#include <string.h>

#include "collector/source/process/whose/ownership.h"
#include "common/log.h"

bool source_counts_from_birth(const struct process_source *source, const struct source_pass *pass,
	const struct process *process)
{
	int64_t tick_usec = (int64_t)(source->proc.tick_nsec / 1000);

	if (pass->previous_usec < 0)
		return false;
	return source_start_usec(source, process) + 2 * tick_usec >= pass->previous_usec;
}

static void take_baseline(struct process *process)
{
	process->booked_nsec = process->self_nsec;
	process->attributed_nsec = process->children_nsec;
}

/*
 * Drop the variable that was cut, and say so: once a pass, so that nobody fills the journal by
 * starting many. Returns the size of what is whole.
 */
static size_t cut_environ(struct process_source *source, const struct process *process, size_t size)
{
	if (source->said_long_pass != source->pass)
		log_event(LOG_PRIORITY_WARNING, "environ_too_long",
			"pid=%d read=%zu consequence=\"what is behind that is not looked at\"",
			(int)process->pid, size);
	source->said_long_pass = source->pass;
	while (size > 0 && source->scratch[size - 1] != '\0')
		size--;
	return size;
}

static int classify_environ(
	struct process_source *source, const struct source_pass *pass, struct process *process)
{
	struct server_environ env;
	size_t size, whole;
	int r = proc_read_pid_file(&source->proc, process->pid, "environ", source->scratch,
		PROCESS_ENVIRON_MAX, &size);

	process->is_unreadable = r == -EACCES || r == -EPERM;
	if (r < 0) {
		/* gone, or somebody else's: not ours either way; all else is worth another try */
		if (r != -ENOENT && !process->is_unreadable)
			process->env_start = PROCESS_ENV_UNKNOWN;
		return -ENOENT;
	}
	whole = size < PROCESS_ENVIRON_MAX ? size : cut_environ(source, process, size);
	server_environ_parse(source->scratch, whole, &env);
	r = source_classify_newcomer(source, pass, process, &env);
	explicit_bzero(source->scratch, size); /* it holds tokens */
	return r;
}

/* Whether a descendant of @server first seen now counts from its birth: if its server does. */
static bool tree_counts_from_birth(const struct process_source *source,
	const struct source_pass *pass, const struct process *process, const struct server *server)
{
	if (pass->previous_usec < 0)
		return false;
	return server->first_usec < pass->now_usec ||
	       source_counts_from_birth(source, pass, process);
}

static int classify_one(struct process_source *source, const struct source_pass *pass, size_t index)
{
	struct process *process = &source->table.entry[index];
	bool from_birth = source_counts_from_birth(source, pass, process);
	int r = 0;

	process->is_classified = true;
	if (process->server)
		return 0;
	process->server = ownership_inherited(&source->table, index);
	if (!process->server)
		r = classify_environ(source, pass, process);
	if (process->server)
		from_birth = tree_counts_from_birth(source, pass, process, process->server);
	if (process->is_new && !from_birth)
		take_baseline(process);
	if (r < 0 && r != -ENOENT)
		process->is_classified = false;
	return r == -ENOENT ? 0 : r;
}

/* The topmost ancestor of @index that is not classified yet; @index itself if none is. */
static size_t topmost_pending(const struct process_table *table, size_t index)
{
	size_t topmost = index, at = index;

	for (size_t depth = 0; depth < table->count; depth++) {
		at = process_table_find_parent(table, &table->entry[at]);
		if (at == PROCESS_NONE)
			break;
		if (!table->entry[at].is_classified && !table->entry[at].has_exited)
			topmost = at;
	}
	return topmost;
}

int source_classify(struct process_source *source, const struct source_pass *pass)
{
	struct process_table *table = &source->table;

	for (size_t i = 0; i < table->count; i++) {
		while (!table->entry[i].is_classified && !table->entry[i].has_exited) {
			int r = classify_one(source, pass, topmost_pending(table, i));

			if (r < 0)
				return r;
		}
	}
	return 0;
}
