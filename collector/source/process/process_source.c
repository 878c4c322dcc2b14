/*
 * The order of a pass. Each step is a file: scan.c, classify.c, reap.c,
 * memory.c, exit_watch.c.
 */
#include "collector/source/process/process_source.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

/* An environment is at most a quarter of the stack limit: 2 MiB unless somebody raised it. Pages
 * of this that were never written cost nothing. */
#define SCRATCH_SIZE (2u << 20)

static size_t event_fd_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
		return 1024;
	return limit.rlim_cur / 2; /* the rest is for everybody else */
}

int process_source_init(struct process_source *source, const char *proc_path)
{
	int r;

	*source = (struct process_source){.epoll_fd = -1, .api_url = ""};
	r = proc_dir_open(proc_path, &source->proc);
	if (r < 0)
		return r;
	source->scratch_size = SCRATCH_SIZE;
	source->scratch = malloc(SCRATCH_SIZE);
	if (!source->scratch)
		r = -ENOMEM;
	else
		r = node_boot_id_read(&source->proc, source->boot_id);
	if (r < 0) {
		process_source_release(source);
		return r;
	}
	if (source->proc.is_kernel)
		source->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	source->max_event_fds = event_fd_limit();
	return 0;
}

void process_source_release(struct process_source *source)
{
	for (size_t i = 0; i < source->table.count; i++)
		source_unwatch(source, &source->table.entry[i]);
	process_table_release(&source->table);
	if (source->epoll_fd >= 0)
		(void)close(source->epoll_fd); /* only watched */
	source->epoll_fd = -1;
	free(source->scratch);
	source->scratch = NULL;
	proc_dir_close(&source->proc);
}

/* What each process did itself since it was booked last. */
static void book_self(struct process_source *source)
{
	for (size_t i = 0; i < source->table.count; i++) {
		struct process *process = &source->table.entry[i];
		struct workload *workload = process->workload;
		uint64_t delta = process->self_nsec - process->booked_nsec;

		if (process->self_nsec < process->booked_nsec) {
			delta = process->self_nsec;
			if (workload)
				workload->flags |= HM_FLAG_RESET;
		}
		process->booked_nsec = process->self_nsec;
		process->rate_nsec = delta;
		if (workload)
			workload->pass_cpu_nsec += delta;
	}
}

static bool is_server(const struct process *process)
{
	return process->workload->pid == process->pid &&
	       process->workload->start_ticks == process->start_ticks;
}

static void count_alive(struct process_source *source, struct window *window, bool is_settled)
{
	for (struct workload *w = window->workloads; w; w = w->next) {
		w->n_alive = 0;
		w->server_seen = false;
	}
	for (size_t i = 0; i < source->table.count; i++) {
		struct process *process = &source->table.entry[i];

		if (!process->workload)
			continue;
		if (process->is_zombie || (process->has_exited && is_settled))
			continue;
		process->workload->n_alive++;
		if (is_server(process) && !process->has_exited)
			process->workload->server_seen = true;
		if (process->is_orphan)
			process->workload->flags |= HM_FLAG_ORPHAN;
	}
}

static void note_ends(struct window *window, int64_t now_usec)
{
	for (struct workload *w = window->workloads; w; w = w->next) {
		if (!w->server_seen && w->server_end_usec < 0)
			w->server_end_usec = now_usec;
		if (w->n_alive == 0 && w->end_usec < 0)
			w->end_usec = now_usec;
		if (w->n_alive > 0 && !w->server_seen)
			w->flags |= HM_FLAG_ORPHAN;
	}
}

static void book_workloads(struct window *window, const struct source_pass *pass)
{
	if (pass->previous_usec < 0)
		return;
	for (struct workload *w = window->workloads; w; w = w->next)
		window_book_workload(w, pass->previous_usec, pass->now_usec, pass->suspended_usec,
			pass->was_observed);
}

/* Nothing may point at a workload that ended: the window forgets it when its row is out. */
static void let_go(struct process_source *source, bool is_settled)
{
	struct process_table *table = &source->table;

	for (size_t i = 0; i < table->count; i++) {
		struct process *process = &table->entry[i];

		process->is_new = false;
		if (process->workload && process->workload->end_usec >= 0)
			process->workload = NULL;
	}
	source_watch_ends(source);
	if (is_settled)
		process_table_sweep(table);
}

static void measure_levels(
	struct process_source *source, struct window *window, const struct source_pass *pass)
{
	for (struct workload *w = window->workloads; w; w = w->next) {
		w->level_bytes = 0;
		w->level_is_estimated = false;
	}
	source_read_memory(source, pass);
	for (struct workload *w = window->workloads; w; w = w->next)
		if (w->level_is_estimated)
			w->flags |= HM_FLAG_ESTIMATED;
}

int process_source_pass(
	struct process_source *source, struct window *window, const struct source_pass *pass)
{
	bool is_settled;
	int r = source_scan(source);

	if (r == 0)
		r = source_classify(source, window, pass);
	if (r < 0)
		return r;
	is_settled = reread_reapers_until_stable(source);
	if (is_settled)
		r = attribute_reaped_cpu(source, pass);
	if (r < 0)
		return r;
	book_self(source);
	count_alive(source, window, is_settled);
	note_ends(window, pass->now_usec);
	book_workloads(window, pass);
	let_go(source, is_settled);
	measure_levels(source, window, pass);
	return 0;
}
