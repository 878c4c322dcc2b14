/*
 * Who gets the CPU of processes that ended.
 *
 * The kernel adds what a process used, and what its own reaped children did, to the children's
 * counter of the process that waits for it. So what a process did between its last reading and
 * its end is found in its reaper's counter: what that gained, less all that was known before.
 *
 * The race: a child may be reaped between reading it and reading its reaper, and then its CPU
 * would be seen twice, or between reading the reaper and noticing that the child exited, and then
 * it would be taken for known before it arrived. Therefore reapers are read again after the scan,
 * and then everybody is looked for again. If nobody exited meanwhile, the counters of the living
 * hold exactly those that exited.
 *
 * A reaper that exited itself may have been read just before, when it had reaped already. What is
 * in that counter beyond what was attributed at the last pass is left aside: all of it, and what
 * came later, went on to the next reaper that lives, and is found there.
 */
#include "collector/source/process/process_source.h"

#include <errno.h>

#include "collector/source/residual.h"
#include "common/bounds.h"

#define ROUNDS_MAX 8

static uint64_t unattributed_nsec(const struct process *process)
{
	return process->children_nsec > process->attributed_nsec
		       ? process->children_nsec - process->attributed_nsec
		       : 0;
}

/* ------------------------------------------------------------- counters that fit each other */

/* Once a round. One that exited is no failure: detect_exits() will notice. */
static int reread(struct process_source *source, struct process *process)
{
	int r;

	if (process->round == source->round)
		return 0;
	process->round = source->round;
	r = source_reread(source, process);
	return r == -ENOENT ? 0 : r;
}

/* Read the counters again of all that may have reaped @exited: its living ancestors. */
static int reread_ancestors(struct process_source *source, const struct process *exited)
{
	const struct process_table *table = &source->table;
	struct process *ancestor = process_table_parent(table, exited);
	int r = 0;

	for (size_t depth = 0; ancestor && depth < table->count && r == 0; depth++) {
		if (!ancestor->has_exited)
			r = reread(source, ancestor);
		ancestor = process_table_parent(table, ancestor);
	}
	return r;
}

/* Whether some ancestor was read after @process and gained: that may be @process, which ended. */
static bool may_have_been_reaped(const struct process_table *table, const struct process *process)
{
	const struct process *ancestor = process_table_parent(table, process);

	for (size_t depth = 0; ancestor && depth < table->count; depth++) {
		if (ancestor->children_order > process->seen_order &&
			unattributed_nsec(ancestor) > 0)
			return true;
		ancestor = process_table_parent(table, ancestor);
	}
	return false;
}

/* One process's part of a round. *ret_any: whether detect_exits() is needed after it. */
static int reread_around(
	struct process_source *source, struct process *process, bool any_exited, bool *ret_any)
{
	const struct process *parent =
		any_exited ? process_table_parent(&source->table, process) : NULL;

	if (process->has_exited) {
		*ret_any = true;
		return reread_ancestors(source, process);
	}
	/* what a tree's reaper gained is its tree's; and who adopted this one must be known */
	if ((process->server && unattributed_nsec(process) > 0) || (parent && parent->has_exited)) {
		*ret_any = true;
		return reread(source, process);
	}
	if (process->server && may_have_been_reaped(&source->table, process))
		*ret_any = true;
	return 0;
}

static bool any_has_exited(const struct process_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->entry[i].has_exited)
			return true;
	return false;
}

static int reread_reapers(struct process_source *source, bool *ret_any)
{
	struct process_table *table = &source->table;
	bool any_exited = any_has_exited(table);
	int r = 0;

	source->round++;
	*ret_any = false;
	for (size_t i = 0; i < table->count && r == 0; i++)
		r = reread_around(source, &table->entry[i], any_exited, ret_any);
	return r;
}

/*
 * Whether it matters if @process exited since it was read: if it is in a tree, or a counter was
 * read again in this round that it may be in by now. For all others it does so at the next pass.
 */
static bool matters(const struct process_source *source, const struct process *process)
{
	const struct process *parent = process_table_parent(&source->table, process);

	return process->server || !parent || parent->has_exited || parent->round == source->round;
}

/* Mark those that exited since they were read. Whether there were any. */
static bool detect_exits(struct process_source *source)
{
	struct process_table *table = &source->table;
	bool any = false;
	uint64_t nsec;

	for (size_t i = 0; i < table->count; i++) {
		struct process *process = &table->entry[i];

		if (process->has_exited || !matters(source, process))
			continue;
		if (proc_read_cpu(&source->proc, process->pid, &nsec) != -ENOENT) {
			process->seen_order = ++source->n_reads;
			continue;
		}
		process->has_exited = true;
		any = true;
	}
	return any;
}

bool reread_reapers_until_stable(struct process_source *source)
{
	for (int round = 0; round < ROUNDS_MAX; round++) {
		bool any;

		if (reread_reapers(source, &any) < 0)
			return false;
		if (!any || !detect_exits(source))
			return true;
	}
	return false;
}

/* ------------------------------------------------------------- what the reaper gained by them */

/* Take what is not attributed yet out of @process's counter: from now on it is. */
static uint64_t claim_unattributed_cpu(const struct process_source *source, struct process *process)
{
	uint64_t nsec;

	process->attributed_nsec = residual_clamp(
		process->children_nsec, process->attributed_nsec, source->proc.tick_nsec);
	nsec = unattributed_nsec(process);
	process->attributed_nsec += nsec;
	return nsec;
}

/* Those that one reaper outside all trees reaped, and what they may have done unseen. */
struct exits {
	const struct process_table *table;
	size_t first;
	int64_t previous_usec;
	int64_t now_usec;
	uint32_t cores;

	/* of those that can have done anything unseen */
	struct server *server;	/* the only one, if there are several: the last */
	bool are_several;	/* servers */
	uint64_t expected_nsec; /* if they went on as before */
	uint64_t system_nsec;	/* of that, by those that are nobody's */
	uint64_t max_nsec;	/* of those in trees: all their threads, all the time */
};

static struct process *next_exit(const struct exits *exits, size_t *at)
{
	struct process *process;

	if (*at == PROCESS_NONE)
		return NULL;
	process = &exits->table->entry[*at];
	*at = process->next_reaped;
	return process;
}

/* Since @since_usec, or since @process was seen, if that is longer ago. A zombie did nothing. */
static uint64_t unseen_usec(
	const struct exits *exits, const struct process *process, int64_t since_usec)
{
	if (process->is_zombie)
		return 0;
	if (process->seen_usec < since_usec)
		since_usec = process->seen_usec;
	return exits->now_usec > since_usec ? (uint64_t)(exits->now_usec - since_usec) : 0;
}

/* What it was seen to have reaped, by descendants that nobody knew. */
static uint64_t unexplained_nsec(const struct process *process)
{
	uint64_t nsec = unattributed_nsec(process);

	return nsec > process->explained_nsec ? nsec - process->explained_nsec : 0;
}

/*
 * What as many as its threads can have done at most, it or children that nobody saw since the
 * last pass; besides those that it was seen to have reaped.
 */
static uint64_t max_cpu_nsec(const struct exits *exits, const struct process *process)
{
	uint32_t cores = process->threads < exits->cores ? process->threads : exits->cores;

	return unseen_usec(exits, process, exits->previous_usec) * 1000 * cores +
	       unexplained_nsec(process);
}

static uint64_t expected_nsec(const struct exits *exits, const struct process *process)
{
	return residual_expected(process->recent_nsec, process->recent_usec,
		       unseen_usec(exits, process, INT64_MAX)) +
	       (process->server ? unexplained_nsec(process) : 0);
}

/* Whose it may be. Where one ends that was adopted, everybody's orphans do. */
static struct server *claimant(const struct process *process)
{
	return process->was_adopted || process->is_orphan ? NULL : process->server;
}

static void weigh(struct exits *exits)
{
	struct process *process;

	for (size_t at = exits->first; (process = next_exit(exits, &at));) {
		struct server *server = claimant(process);
		uint64_t nsec = expected_nsec(exits, process);

		exits->expected_nsec += nsec;
		if (!server) {
			exits->system_nsec += nsec;
			continue;
		}
		if (max_cpu_nsec(exits, process) == 0)
			continue;
		exits->are_several |= exits->server && exits->server != server;
		exits->server = server;
		exits->max_nsec += max_cpu_nsec(exits, process);
	}
}

/* Of what is left in a counter, less what was booked while it lived and is found nowhere else. */
static uint64_t less_unplaced(struct server *server, uint64_t nsec)
{
	uint64_t unplaced = server ? min_u64(server->unplaced_nsec, nsec) : 0;

	if (server)
		server->unplaced_nsec -= unplaced;
	return nsec - unplaced;
}

static void book(struct server *server, uint64_t nsec, uint32_t flag)
{
	if (!server)
		return;
	server->pass_cpu_nsec += nsec;
	server->flags |= flag;
}

/*
 * An estimate: to each at most twice what it would have done at its recent rate, which is nothing
 * if it slept. That is an estimate, too.
 */
static void book_split(const struct exits *exits, uint64_t nsec)
{
	uint64_t weights = exits->expected_nsec;
	uint64_t total = min_u64(nsec, 2 * weights);
	struct process *process;

	for (size_t at = exits->first; (process = next_exit(exits, &at));) {
		uint64_t max = max_cpu_nsec(exits, process);

		nsec = residual_cut(&total, &weights, expected_nsec(exits, process));
		if (max > 0)
			book(claimant(process), min_u64(nsec, max), HM_FLAG_RESIDUAL_SPLIT);
	}
}

/*
 * What a reaper outside all trees gained beyond all that was known. It is a server's if nobody
 * else can have done it, and then at most what its threads can do in the time nobody saw them.
 * What is left over is the system's, and all of it the first time: nobody saw what else happened
 * before.
 */
static void share(
	struct process_source *source, const struct source_pass *pass, struct process *reaper)
{
	uint64_t nsec = claim_unattributed_cpu(source, reaper);
	struct exits exits = {.table = &source->table,
		.first = reaper->first_reaped,
		.previous_usec = source->attributed_usec,
		.now_usec = source->stable_usec,
		.cores = pass->node.cores};

	if (nsec == 0 || source->attributed_usec == 0)
		return;
	weigh(&exits);
	if (exits.are_several || reaper->is_uncertain || process_is_adopter(reaper)) {
		book_split(&exits, nsec);
		return;
	}
	nsec = less_unplaced(exits.server, nsec - min_u64(nsec, exits.system_nsec));
	if (nsec > 0)
		book(exits.server, min_u64(nsec, exits.max_nsec), HM_FLAG_RESIDUAL);
}

void attribute_reaped_cpu(struct process_source *source, const struct source_pass *pass)
{
	struct process_table *table = &source->table;

	source_assign_reapers(source);
	for (size_t i = 0; i < table->count; i++) {
		struct process *process = &table->entry[i];

		if (process->has_exited)
			continue;
		if (process->server)
			process->server->pass_cpu_nsec += less_unplaced(
				process->server, claim_unattributed_cpu(source, process));
		else if (process->first_reaped != PROCESS_NONE)
			share(source, pass, process);
		else
			(void)claim_unattributed_cpu(source, process); /* the system's */
	}
	source->attributed_usec = pass->now_usec;
}
