/*
 * The books of the current window. What a batch looks like is window_batch.c.
 */
#include "collector/meter/window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/bounds.h"

#define JUMP_TOLERATED_USEC 60000000 /* beyond twice what the CPUs can do */

const uint64_t window_fine_units[HM_RESOURCE_COUNT] = {
	[HM_RESOURCE_CPU_USEC] = CPU_FINE_PER_USEC,
	[HM_RESOURCE_MEMORY_MIB_SEC] = MEMORY_FINE_PER_MIB_SEC,
	[HM_RESOURCE_GPU_MSEC] = GPU_FINE_PER_MSEC,
};

static void workload_free(struct workload *workload)
{
	if (!workload)
		return;
	free(workload->id);
	free(workload->user);
	free(workload->server);
	free(workload->tag);
	free(workload->gpu_class);
	free(workload);
}

void window_release(struct window *window)
{
	while (window->workloads) {
		struct workload *workload = window->workloads;

		window->workloads = workload->next;
		workload_free(workload);
	}
	reported_release(&window->reported);
	free(window->memory);
	*window = (struct window){0};
}

static struct workload *workload_new(enum hm_workload_kind kind, const char *id, int64_t from_usec)
{
	struct workload *workload = calloc(1, sizeof(*workload));

	if (!workload)
		return NULL;
	workload->kind = kind;
	workload->id = strdup(id);
	workload->user = strdup("");
	workload->server = strdup("");
	workload->tag = strdup("");
	workload->gpu_class = strdup("");
	workload->first_usec = from_usec;
	workload->end_usec = -1;
	if (workload->id && workload->user && workload->server && workload->tag &&
		workload->gpu_class)
		return workload;
	workload_free(workload);
	return NULL;
}

struct workload *window_add_workload(
	struct window *window, enum hm_workload_kind kind, const char *id, int64_t from_usec)
{
	struct workload *workload = workload_new(kind, id, from_usec);

	if (!workload)
		return NULL;
	workload->next = window->workloads;
	window->workloads = workload;
	window->n_workloads++;
	return workload;
}

struct workload *window_workload(
	struct window *window, enum hm_workload_kind kind, const char *id, int64_t from_usec)
{
	struct workload *workload = window->workloads;

	while (workload && (workload->kind != kind || workload->end_usec >= 0 ||
				   strcmp(workload->id, id) != 0))
		workload = workload->next;
	if (!workload)
		workload = window_add_workload(window, kind, id, from_usec);
	if (workload)
		workload->is_held = true;
	return workload;
}

static int replace_text(char **text, const char *with)
{
	char *copy;

	if (!*with || strcmp(*text, with) == 0)
		return 0;
	copy = strdup(with);
	if (!copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

int workload_identify(
	struct workload *workload, const char *user, const char *server, const char *tag)
{
	int r = replace_text(&workload->user, user);

	if (r == 0)
		r = replace_text(&workload->server, server);
	if (r == 0)
		r = replace_text(&workload->tag, tag);
	return r;
}

int workload_set_gpu_class(struct workload *workload, const char *gpu_class)
{
	return replace_text(&workload->gpu_class, gpu_class);
}

void workload_book(struct workload *workload, const struct interval *interval)
{
	int64_t length = interval->end_usec - interval->start_usec - interval->suspended_usec;

	for (size_t i = 0; i < HM_RESOURCE_COUNT; i++)
		amount_book(&workload->amount[i], interval->used[i], interval->reserved[i]);
	workload->wall_usec += length > 0 ? (uint64_t)length : 0;
	workload->flags |= interval->flags;
	workload->net_rx_bytes = saturating_add(workload->net_rx_bytes, interval->net_rx_bytes);
	workload->net_tx_bytes = saturating_add(workload->net_tx_bytes, interval->net_tx_bytes);
}

void workload_end(struct workload *workload, int64_t end_usec)
{
	workload->end_usec = end_usec;
}

static uint64_t used_by(const struct workload *workload, enum hm_resource resource)
{
	struct amount_whole whole =
		amount_whole(&workload->amount[resource], window_fine_units[resource]);

	return amount_used(&whole);
}

void window_withhold(struct window *window, struct workload *workload, bool is_withheld)
{
	if (workload->is_withheld && !is_withheld) {
		window->node.late_usec += used_by(workload, HM_RESOURCE_CPU_USEC);
		window->node.late_mib_sec += used_by(workload, HM_RESOURCE_MEMORY_MIB_SEC);
	}
	workload->is_withheld = is_withheld;
}

void window_drop(struct window *window, struct workload *workload)
{
	struct workload **at = &window->workloads;

	while (*at != workload)
		at = &(*at)->next;
	*at = workload->next;
	window->n_workloads--;
	window_withhold(window, workload, false);
	window->node.gpu += workload->amount[HM_RESOURCE_GPU_MSEC].burst +
			    workload->amount[HM_RESOURCE_GPU_MSEC].base;
	workload_free(workload);
}

void window_end_unheld(struct window *window, int64_t end_usec)
{
	for (struct workload *w = window->workloads; w; w = w->next)
		if (!w->is_held && w->end_usec < 0)
			w->end_usec = end_usec;
}

/* How a counter of all CPUs together may move in an interval. */
struct counter_rule {
	uint64_t fall_usec; /* so far the kernel lets single fields fall at times */
	uint64_t busy_usec; /* what the CPUs can have done */
	uint64_t most_usec; /* what is believed at all */
};

/*
 * What was added to a counter since @before. After a small fall the old value stands until the
 * counter has caught up. One that fell further started over (a container whose /proc/stat is made
 * up, a guest set back), so its new value is what was added since, if the CPUs can have done it;
 * if not (CPUs went away with all they ever did), or if it rose by more than they can do, what they
 * did is not known and not invented.
 */
static uint64_t counter_growth(
	const struct counter_rule *rule, uint64_t before, uint64_t *after, uint32_t *flags)
{
	if (*after < before && before - *after <= rule->fall_usec)
		*after = before;
	if (*after >= before && *after - before <= rule->most_usec)
		return *after - before;
	*flags |= HM_FLAG_RESET;
	return *after < before && *after <= rule->busy_usec ? *after : 0;
}

void window_book_node(struct window *window, const struct node_sample *before,
	struct node_sample *after, int64_t elapsed_usec, int64_t observed_usec)
{
	struct window_node *node = &window->node;
	struct window_measured *measured = &node->measured;
	const uint64_t busy_usec = (uint64_t)elapsed_usec * after->cores;
	const struct counter_rule rule = {
		.fall_usec = TICKS_TOLERATED_USEC * after->cores,
		.busy_usec = busy_usec + TICKS_TOLERATED_USEC * after->cores,
		.most_usec = 2 * busy_usec + JUMP_TOLERATED_USEC,
	};
	const uint64_t cpu_usec =
		counter_growth(&rule, before->busy_usec, &after->busy_usec, &measured->flags);
	const uint128 memory = (uint128)before->memory_used_bytes * (uint64_t)observed_usec;

	measured->cpu_usec += cpu_usec;
	measured->cpu_steal_usec +=
		counter_growth(&rule, before->steal_usec, &after->steal_usec, &measured->flags);
	measured->memory += memory;
	node->cpu_usec += cpu_usec;
	node->memory += memory;
	node->observed_usec += (uint64_t)observed_usec;
	node->cores = after->cores;
	node->memory_total_bytes = after->memory_total_bytes;
}

void window_book_system_gpu(struct window *window, uint64_t nsec)
{
	window->node.gpu += nsec;
}

static void commit_workload(struct workload *workload)
{
	for (size_t i = 0; i < HM_RESOURCE_COUNT; i++)
		amount_take(&workload->amount[i], &workload->closed[i], window_fine_units[i]);
	workload->wall_usec -= workload->closed_wall_msec * 1000;
	workload->net_rx_bytes -= workload->closed_net_rx_bytes;
	workload->net_tx_bytes -= workload->closed_net_tx_bytes;
	workload->closed_flags = 0;
	workload->is_closed = false;
}

static void take_measured(struct window_measured *measured, const struct window_measured *closed)
{
	measured->is_partial = false;
	measured->closed_flags = 0;
	measured->cpu_usec -= closed->cpu_usec;
	measured->cpu_steal_usec -= closed->cpu_steal_usec;
	measured->memory -= closed->memory;
}

struct window_node window_node_left(const struct window *window)
{
	const struct window_node *closed = &window->closed_node;
	struct window_node left = window->node;

	if (!window->is_closed)
		return left;
	left.cpu_usec -= closed->cpu_usec;
	left.memory -= closed->memory;
	left.gpu -= closed->gpu;
	left.observed_usec -= closed->observed_usec;
	left.late_usec -= closed->late_usec;
	left.late_mib_sec -= closed->late_mib_sec;
	left.cpu_deficit_usec = window->closed_deficit_usec;
	left.doubtful = window->closed_doubtful;
	if (!window->is_rest)
		take_measured(&left.measured, &closed->measured);
	return left;
}

/* Those that had a row go behind those that found no room: next time it is their turn. */
static void commit_workloads(struct window *window)
{
	struct workload *had_row = NULL, *next;
	struct workload **others_at = &window->workloads, **had_row_at = &had_row;

	window->n_waiting = 0;
	for (struct workload *workload = window->workloads; workload; workload = next) {
		next = workload->next;
		workload->is_waiting = workload->found_no_room;
		window->n_waiting += workload->is_waiting;
		if (!workload->is_closed) {
			*others_at = workload;
			others_at = &workload->next;
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
	*others_at = had_row;
}

void window_commit(struct window *window)
{
	if (!window->is_closed)
		return;
	window->node = window_node_left(window);
	commit_workloads(window);
	window->is_closed = false;
	if (window->is_rest)
		return;
	window->waiting_flags = window->closed_flags;
	window->waiting_start_usec = window->closed_start_realtime_usec;
	window->waiting_end_usec = window->closed_end_realtime_usec;
	window->waiting_end_boottime_usec = window->closed_end_boottime_usec;
	window->start_boottime_usec = window->closed_end_boottime_usec;
	window->start_realtime_usec = window->closed_end_realtime_usec;
	window->closed_flags = 0;
}

bool window_has_ended(const struct window *window)
{
	for (const struct workload *w = window->workloads; w; w = w->next)
		if (w->end_usec >= 0 && !w->is_withheld)
			return true;
	return false;
}
