/*
 * Finding the CPU of those that vanished again in the counters of those that reaped them.
 *
 * The race: a child may be reaped between reading it and reading its reaper, and then its CPU
 * would be seen twice, or between reading the reaper and noticing that the child is gone, and
 * then it would be taken for known before it arrived. Therefore reapers are read again after the
 * scan, and then everybody is looked for again. If nobody vanished meanwhile, the counters hold
 * exactly those that are gone.
 */
#include "collector/source/process/process_source.h"

#include <errno.h>
#include <stdlib.h>

#include "collector/source/process/residual.h"

#define ROUNDS_MAX 8

/* Everything known of a process, as its reaper's counter would show it. */
static uint64_t known_total(const struct process *process)
{
	uint64_t children = process->children_nsec > process->attributed_nsec
				    ? process->children_nsec
				    : process->attributed_nsec;

	return process->self_nsec + children;
}

static int reread(struct process_source *source, struct process *process)
{
	struct proc_stat stat;
	int r;

	if (process->round == source->round)
		return 0;
	process->round = source->round;
	r = proc_read_stat(&source->proc, process->pid, &stat);
	if (r < 0)
		return r == -ENOENT ? 0 : r; /* gone: the look around will notice */
	if (stat.start_ticks == process->start_ticks)
		process->children_nsec = stat.children_ticks * source->proc.tick_nsec;
	return 0;
}

/* Read the counters again of all that may have reaped @gone: its living ancestors. */
static int reread_ancestors(struct process_source *source, const struct process *gone)
{
	struct process_table *table = &source->table;
	size_t at = process_table_find_parent(table, gone);
	int r = 0;

	for (size_t depth = 0; at != PROCESS_NONE && depth < table->count && r == 0; depth++) {
		if (!table->entry[at].has_exited)
			r = reread(source, &table->entry[at]);
		at = process_table_find_parent(table, &table->entry[at]);
	}
	return r;
}

static int reread_reapers(struct process_source *source, bool *ret_any)
{
	struct process_table *table = &source->table;
	int r = 0;

	source->round++;
	*ret_any = false;
	for (size_t i = 0; i < table->count && r == 0; i++) {
		struct process *process = &table->entry[i];

		if (process->has_exited)
			r = reread_ancestors(source, process);
		else if (process->workload && process->children_nsec > process->attributed_nsec)
			r = reread(source, process);
		else
			continue;
		*ret_any = true;
	}
	return r;
}

/* Whether everybody is still there. */
static bool detect_exits(struct process_source *source)
{
	struct process_table *table = &source->table;
	bool all_there = true;
	uint64_t nsec;

	for (size_t i = 0; i < table->count; i++) {
		struct process *process = &table->entry[i];

		if (process->has_exited ||
			proc_read_cpu(&source->proc, process->pid, &nsec) != -ENOENT)
			continue;
		process->has_exited = true;
		all_there = false;
	}
	return all_there;
}

bool reread_reapers_until_stable(struct process_source *source)
{
	for (int round = 0; round < ROUNDS_MAX; round++) {
		bool any;

		if (reread_reapers(source, &any) < 0)
			return false;
		if (!any || detect_exits(source))
			return true;
	}
	return false;
}

/*
 * The living ancestor whose counter has room for @gone, the nearest first; if the very parent
 * lives, only that one. No room: it ignores SIGCHLD, so nobody reaped.
 */
static size_t find_reaper(
	const struct process_source *source, const struct process *gone, bool parent_only)
{
	const struct process_table *table = &source->table;
	size_t at = process_table_find_parent(table, gone);
	size_t depth_max = parent_only ? 1 : table->count;

	for (size_t depth = 0; at != PROCESS_NONE && depth < depth_max; depth++) {
		const struct process *reaper = &table->entry[at];

		if (!reaper->has_exited &&
			residual_holds(reaper->children_nsec, reaper->attributed_nsec,
				known_total(gone), source->proc.tick_nsec))
			return at;
		at = process_table_find_parent(table, reaper);
	}
	return PROCESS_NONE;
}

/* One that vanished, and who reaped it. */
struct settlement {
	size_t reaper;
	size_t gone;
};

static bool parent_lives(const struct process_table *table, const struct process *process)
{
	size_t parent = process_table_find_parent(table, process);

	return parent != PROCESS_NONE && !table->entry[parent].has_exited;
}

/* Those whose parent lives first: they can be nowhere else. */
static size_t assign_reapers(struct process_source *source, struct settlement *settlement)
{
	struct process_table *table = &source->table;
	size_t n = 0;

	for (int indirect = 0; indirect < 2; indirect++) {
		for (size_t i = 0; i < table->count; i++) {
			struct process *gone = &table->entry[i];
			size_t reaper;

			if (!gone->has_exited || parent_lives(table, gone) == (indirect == 1))
				continue;
			reaper = find_reaper(source, gone, indirect == 0);
			if (reaper == PROCESS_NONE)
				continue;
			table->entry[reaper].attributed_nsec += known_total(gone);
			settlement[n++] = (struct settlement){reaper, i};
		}
	}
	return n;
}

static int compare_reaper(const void *left, const void *right)
{
	const struct settlement *a = left, *b = right;

	if (a->reaper != b->reaper)
		return a->reaper < b->reaper ? -1 : 1;
	return a->gone < b->gone ? -1 : a->gone > b->gone;
}

/* Take what is not explained out of @process: from now on it is. */
static uint64_t claim_unattributed_cpu(const struct process_source *source, struct process *process)
{
	uint64_t excess;

	process->attributed_nsec = residual_clamp(
		process->children_nsec, process->attributed_nsec, source->proc.tick_nsec);
	if (process->children_nsec <= process->attributed_nsec)
		return 0;
	excess = process->children_nsec - process->attributed_nsec;
	process->attributed_nsec = process->children_nsec;
	return excess;
}

/* What nobody can have exceeded since the last pass. */
static uint64_t max_cpu_nsec(const struct source_pass *pass)
{
	uint64_t elapsed = (uint64_t)(pass->now_usec - pass->previous_usec);

	return elapsed * 1000 * pass->node.cores;
}

/* Memory for sharing, as large as the number of those that vanished. */
struct settle_scratch {
	struct settlement *settlement;
	size_t *victim;
	uint64_t *weight;
	uint64_t *share;
};

static void settle_scratch_release(struct settle_scratch *scratch)
{
	free(scratch->settlement);
	free(scratch->victim);
	free(scratch->weight);
	free(scratch->share);
}

static int settle_scratch_init(struct settle_scratch *scratch, size_t n)
{
	scratch->settlement = calloc(n, sizeof(*scratch->settlement));
	scratch->victim = calloc(n, sizeof(*scratch->victim));
	scratch->weight = calloc(n, sizeof(*scratch->weight));
	scratch->share = calloc(n, sizeof(*scratch->share));
	if (scratch->settlement && scratch->victim && scratch->weight && scratch->share)
		return 0;
	settle_scratch_release(scratch);
	return -ENOMEM;
}

static void book_share(struct workload *workload, uint64_t nsec, uint32_t flag)
{
	if (!workload || nsec == 0)
		return;
	workload->pass_cpu_nsec += nsec;
	workload->flags |= flag;
}

/* Share the excess of one reaper outside all trees among the @n it reaped. */
static void share_excess(struct process_source *source, const struct source_pass *pass,
	const struct settlement *settlement, size_t n, struct settle_scratch *scratch)
{
	struct process *entry = source->table.entry;
	uint64_t excess = claim_unattributed_cpu(source, &entry[settlement->reaper]);
	size_t n_victims = 0;
	uint32_t flag;

	for (size_t i = 0; i < n; i++) {
		const struct process *gone = &entry[settlement[i].gone];

		if (gone->is_zombie)
			continue; /* was a zombie when last seen: nothing can have come */
		scratch->weight[n_victims] = gone->rate_nsec;
		scratch->victim[n_victims++] = settlement[i].gone;
	}
	/* what no cap admits was done by others that nobody saw: the system's */
	(void)residual_share(
		excess, scratch->weight, n_victims, max_cpu_nsec(pass), scratch->share);
	flag = n_victims > 1 ? HM_FLAG_RESIDUAL_SPLIT : HM_FLAG_RESIDUAL;
	for (size_t i = 0; i < n_victims; i++)
		book_share(entry[scratch->victim[i]].workload, scratch->share[i], flag);
}

static void settle_outside(struct process_source *source, const struct source_pass *pass, size_t n,
	struct settle_scratch *scratch)
{
	struct settlement *settlement = scratch->settlement;

	qsort(settlement, n, sizeof(*settlement), compare_reaper);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && settlement[end].reaper == settlement[i].reaper;)
			end++;
		if (!source->table.entry[settlement[i].reaper].workload)
			share_excess(source, pass, settlement + i, end - i, scratch);
	}
}

static int settle_gone(struct process_source *source, const struct source_pass *pass, size_t n)
{
	struct settle_scratch scratch;
	int r = settle_scratch_init(&scratch, n);

	if (r < 0)
		return r;
	n = assign_reapers(source, scratch.settlement);
	if (pass->previous_usec >= 0)
		settle_outside(source, pass, n, &scratch);
	settle_scratch_release(&scratch);
	return 0;
}

static size_t count_gone(const struct process_table *table)
{
	size_t n = 0;

	for (size_t i = 0; i < table->count; i++)
		n += table->entry[i].has_exited;
	return n;
}

int attribute_reaped_cpu(struct process_source *source, const struct source_pass *pass)
{
	struct process_table *table = &source->table;
	size_t n_gone = count_gone(table);
	int r = n_gone > 0 ? settle_gone(source, pass, n_gone) : 0;

	if (r < 0)
		return r;
	for (size_t i = 0; i < table->count; i++) {
		struct process *process = &table->entry[i];
		uint64_t excess = process->has_exited ? 0 : claim_unattributed_cpu(source, process);

		if (process->workload)
			process->workload->pass_cpu_nsec += excess;
	}
	return 0;
}
