/*
 * The books of the current window. What a batch looks like is window_batch.c.
 */
#include "collector/meter/window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void workload_identity_release(struct workload_identity *identity)
{
	free(identity->user);
	free(identity->server);
	free(identity->tag);
	free(identity->api_url);
	*identity = (struct workload_identity){0};
}

static void workload_free(struct workload *workload)
{
	workload_identity_release(&workload->identity);
	free(workload);
}

void window_release(struct window *window)
{
	while (window->workloads) {
		struct workload *workload = window->workloads;

		window->workloads = workload->next;
		workload_free(workload);
	}
	free(window->memory);
	*window = (struct window){0};
}

static void format_id(
	char id[WORKLOAD_ID_SIZE], const uint8_t boot_id[16], int32_t pid, uint64_t start_ticks)
{
	char *at = id;

	for (size_t i = 0; i < 16; i++)
		at += sprintf(at, "%02x", boot_id[i]);
	(void)snprintf(at, WORKLOAD_ID_SIZE - 32, "/%llu/%d", (unsigned long long)start_ticks,
		(int)pid); /* 32 + 1 + 20 + 1 + 10 characters: fits */
}

struct workload *window_add_workload(struct window *window, const uint8_t boot_id[16], int32_t pid,
	uint64_t start_ticks, struct workload_identity *identity)
{
	struct workload *workload = calloc(1, sizeof(*workload));

	if (!workload)
		return NULL;
	format_id(workload->id, boot_id, pid, start_ticks);
	workload->identity = *identity;
	*identity = (struct workload_identity){0};
	workload->pid = pid;
	workload->start_ticks = start_ticks;
	workload->server_end_usec = -1;
	workload->end_usec = -1;
	workload->next = window->workloads;
	window->workloads = workload;
	window->n_workloads++;
	return workload;
}

struct workload *window_find_workload(struct window *window, int32_t pid, uint64_t start_ticks)
{
	struct workload *workload = window->workloads;

	while (workload && (workload->pid != pid || workload->start_ticks != start_ticks))
		workload = workload->next;
	return workload;
}

/* How much of [@from, @to) lies in [@begin, @end) (@end -1: open), less what was suspended. */
static uint64_t overlap(int64_t from, int64_t to, int64_t begin, int64_t end, int64_t suspended)
{
	if (begin > from)
		from = begin;
	if (end >= 0 && end < to)
		to = end;
	return to - from > suspended ? (uint64_t)(to - from - suspended) : 0;
}

void window_book_workload(struct workload *workload, int64_t from_usec, int64_t to_usec,
	int64_t suspended_usec, bool was_observed)
{
	int64_t reserved_end =
		workload->server_end_usec >= 0 ? workload->server_end_usec : workload->end_usec;
	uint64_t wall = overlap(
		from_usec, to_usec, workload->first_usec, workload->end_usec, suspended_usec);
	uint64_t reserved =
		overlap(from_usec, to_usec, workload->first_usec, reserved_end, suspended_usec);
	uint64_t level = was_observed ? workload->level_bytes : 0;

	amount_book(&workload->cpu, (fine_t)workload->pass_cpu_nsec * 1000,
		(fine_t)workload->reserved_microcores * reserved);
	amount_book(&workload->memory, (fine_t)level * wall,
		(fine_t)workload->reserved_bytes * reserved);
	workload->wall_usec += wall;
	workload->pass_cpu_nsec = 0;
}

void window_book_node(struct window *window, const struct node_sample *before,
	const struct node_sample *after, int64_t observed_usec)
{
	struct window_node *node = &window->node;

	/* the kernel lets single fields of this line fall by a tick or two; wait until it caught up
	 */
	if (after->busy_usec > before->busy_usec)
		node->cpu_usec += after->busy_usec - before->busy_usec;
	node->memory += (fine_t)before->memory_used_bytes * (uint64_t)observed_usec;
	node->observed_usec += (uint64_t)observed_usec;
	node->cores = after->cores;
	node->memory_total_bytes = after->memory_total_bytes;
}

static void commit_workload(struct workload *workload)
{
	amount_take(&workload->cpu, &workload->closed_cpu, CPU_FINE_PER_USEC);
	amount_take(&workload->memory, &workload->closed_memory, MEMORY_FINE_PER_MIB_SEC);
	workload->wall_usec -= workload->closed_wall_msec * 1000;
	workload->flags = 0;
	workload->is_closed = false;
}

static void commit_node(struct window *window)
{
	window->node.cpu_usec -= window->closed_node.cpu_usec;
	window->node.memory -= window->closed_node.memory;
	window->node.observed_usec -= window->closed_node.observed_usec;
	window->node.cpu_deficit_usec = window->closed_deficit_usec;
}

/* Those that had a row go behind those that found no room: next time it is their turn. */
static void commit_workloads(struct window *window)
{
	struct workload *had_row = NULL, *next;
	struct workload **waiting_at = &window->workloads, **had_row_at = &had_row;

	for (struct workload *workload = window->workloads; workload; workload = next) {
		next = workload->next;
		if (!workload->is_closed) {
			*waiting_at = workload;
			waiting_at = &workload->next;
			continue;
		}
		commit_workload(workload);
		if (workload->closed_final) {
			window->n_workloads--;
			workload_free(workload);
			continue;
		}
		*had_row_at = workload;
		had_row_at = &workload->next;
	}
	*had_row_at = NULL;
	*waiting_at = had_row;
}

void window_commit(struct window *window)
{
	if (!window->is_closed)
		return;
	commit_node(window);
	commit_workloads(window);
	window->start_boottime_usec = window->closed_end_boottime_usec;
	window->start_realtime_usec = window->closed_end_realtime_usec;
	window->flags = 0;
	window->is_closed = false;
}

bool window_has_ended(const struct window *window)
{
	for (const struct workload *w = window->workloads; w; w = w->next)
		if (w->end_usec >= 0)
			return true;
	return false;
}
