/*
 * Which living process has the CPU of each one that ended: its parent, if that lives; else whoever
 * the parent handed it on to, or who adopted. Nothing says which, so room decides: what a counter
 * gained since holds no more than that.
 */
#include <stdlib.h>

#include "collector/source/process/process_source.h"
#include "collector/source/residual.h"
#include "common/array.h"

/*
 * What is attributed to a reaper was brought back to what its counter read, and may be two ticks
 * more than is in it; and so may what is known of one that reaped itself. Whoever is found to have
 * no room has not reaped, and all that is in there is somebody else's.
 */
static bool has_room(const struct process_source *source, const struct process *reaper,
	const struct process *exited)
{
	unsigned int readings = exited->attributed_nsec > 0 ? 3 : 2;

	return residual_holds(reaper->children_nsec, reaper->attributed_nsec,
		process_known_nsec(exited), readings, source->proc.tick_nsec);
}

static void assign(struct process_table *table, struct process *reaper, struct process *exited)
{
	reaper->attributed_nsec += process_known_nsec(exited);
	exited->next_reaped = reaper->first_reaped;
	reaper->first_reaped = (size_t)(exited - table->entry);
	exited->is_assigned = true;
}

/* Whether @ancestor may be a subreaper that adopted @exited. In its own tree any may be one. */
static bool may_have_adopted(const struct process *ancestor, const struct process *exited)
{
	return process_is_adopter(ancestor) ||
	       (ancestor->server && ancestor->server == exited->server);
}

/*
 * If the parent exited too, it had reaped and handed the sum on, to the nearest ancestor that
 * lives; or somebody further up adopted, or did so and handed it on in turn. An ancestor without
 * room does not have it, or another took the room of it, and then what is left there is not
 * certain.
 */
static void assign_to_ancestor(struct process_source *source, struct process *exited)
{
	struct process_table *table = &source->table;
	struct process *ancestor = process_table_parent(table, exited);
	bool may_have_it = true;

	for (size_t depth = 0; ancestor && depth < table->count; depth++) {
		may_have_it |= may_have_adopted(ancestor, exited);
		if (ancestor->has_exited)
			ancestor->explained_nsec += process_known_nsec(exited);
		if (!ancestor->has_exited && may_have_it) {
			if (has_room(source, ancestor, exited)) {
				assign(table, ancestor, exited);
				return;
			}
			ancestor->is_uncertain = true;
			may_have_it = false;
		}
		ancestor = process_table_parent(table, ancestor);
	}
	if (exited->server)
		exited->server->unplaced_nsec += process_known_nsec(exited);
}

/*
 * If the parent lives there is nobody else. No room: it ignores SIGCHLD, so nobody reaped. One that
 * exited or is a zombie may have left it to whoever adopted.
 */
static void assign_to_parent(struct process_source *source, struct process *exited)
{
	struct process *parent = process_table_parent(&source->table, exited);

	if (parent && (parent->has_exited || parent->is_zombie))
		return;
	if (parent && has_room(source, parent, exited))
		assign(&source->table, parent, exited);
	exited->is_assigned = true;
}

/* The larger one first, of equals the one that comes first in the table. */
static int compare_exits(const void *left, const void *right)
{
	const struct exit_order *a = left, *b = right;

	if (a->known_nsec != b->known_nsec)
		return a->known_nsec > b->known_nsec ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

static bool put_in_order(struct process_source *source, size_t at, size_t n)
{
	uint64_t known_nsec = process_known_nsec(&source->table.entry[at]);

	if (array_make_room(&source->order, n, &source->max_order, sizeof(*source->order), 64) < 0)
		return false;
	source->order[n] = (struct exit_order){known_nsec, at};
	return true;
}

/*
 * Those whose parent ended, too. The largest first: it fits where it is and hardly anywhere else,
 * while a small one takes room anywhere. One that no memory is left for has the choice before all.
 */
static void assign_descendants(struct process_source *source)
{
	struct process *entry = source->table.entry;
	size_t n = 0;

	for (size_t i = 0; i < source->table.count; i++) {
		struct process *process = &entry[i];

		if (!process->has_exited || process->is_assigned)
			continue;
		if (put_in_order(source, i, n))
			n++;
		else
			assign_to_ancestor(source, process);
	}
	if (n > 0)
		qsort(source->order, n, sizeof(*source->order), compare_exits);
	for (size_t i = 0; i < n; i++)
		assign_to_ancestor(source, &entry[source->order[i].at]);
}

/* Those whose parent lives first: another may not take the room of one that is nowhere else. */
void source_assign_reapers(struct process_source *source)
{
	struct process_table *table = &source->table;

	for (struct server *s = source->servers; s; s = s->next)
		s->unplaced_nsec = 0;
	for (size_t i = 0; i < table->count; i++) {
		struct process *process = &table->entry[i];

		process->first_reaped = process->next_reaped = PROCESS_NONE;
		process->is_assigned = process->is_uncertain = false;
		process->explained_nsec = 0;
	}
	for (size_t i = 0; i < table->count; i++)
		if (table->entry[i].has_exited)
			assign_to_parent(source, &table->entry[i]);
	assign_descendants(source);
}
