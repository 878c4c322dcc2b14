/*
 * A sorted array: /proc lists pids in order, so a pass walks it once, and a few hundred entries
 * side by side are cheaper than any tree of nodes.
 */
#include "collector/source/process/process_table.h"

#include <stdlib.h>
#include <string.h>

#include "common/array.h"

static int compare(const void *left, const void *right)
{
	const struct process *a = left, *b = right;

	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	if (a->start_ticks != b->start_ticks)
		return a->start_ticks < b->start_ticks ? -1 : 1;
	return 0;
}

struct process *process_table_add(struct process_table *table, int32_t pid, uint64_t start_ticks)
{
	struct process *process;

	if (array_make_room(
		    &table->entry, table->count, &table->capacity, sizeof(*table->entry), 256) < 0)
		return NULL;
	process = &table->entry[table->count++];
	*process = (struct process){.pid = pid, .start_ticks = start_ticks, .event_fd = -1};
	return process;
}

void process_table_sort(struct process_table *table)
{
	if (table->n_sorted != table->count)
		qsort(table->entry, table->count, sizeof(*table->entry), compare);
	table->n_sorted = table->count;
}

/* The first sorted entry of @pid or behind. */
static size_t lower_bound(const struct process_table *table, int32_t pid)
{
	size_t low = 0, high = table->n_sorted;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (table->entry[middle].pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t process_table_find(const struct process_table *table, int32_t pid, uint64_t start_ticks)
{
	for (size_t i = lower_bound(table, pid); i < table->n_sorted; i++) {
		if (table->entry[i].pid != pid)
			break;
		if (table->entry[i].start_ticks == start_ticks)
			return i;
	}
	return PROCESS_NONE;
}

size_t process_table_find_live(const struct process_table *table, int32_t pid)
{
	for (size_t i = lower_bound(table, pid); i < table->n_sorted; i++) {
		if (table->entry[i].pid != pid)
			break;
		if (!table->entry[i].has_exited)
			return i;
	}
	return PROCESS_NONE;
}

size_t process_table_find_parent(const struct process_table *table, const struct process *child)
{
	size_t found = PROCESS_NONE;

	for (size_t i = lower_bound(table, child->parent); i < table->n_sorted; i++) {
		const struct process *entry = &table->entry[i];

		if (entry->pid != child->parent)
			break;
		if (entry->start_ticks > child->start_ticks)
			continue; /* younger than the child: another process with that pid */
		if (found == PROCESS_NONE || entry->has_exited == child->has_exited)
			found = i;
	}
	return found;
}

void process_table_sweep(struct process_table *table)
{
	size_t kept = 0;

	for (size_t i = 0; i < table->count; i++)
		if (!table->entry[i].has_exited)
			table->entry[kept++] = table->entry[i];
	table->n_sorted = table->n_sorted == table->count ? kept : 0;
	table->count = kept;
}

void process_table_release(struct process_table *table)
{
	free(table->entry);
	*table = (struct process_table){0};
}
