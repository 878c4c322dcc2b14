/*
 * What was reported of each job so far, so that what sacct says next, which is a job's sum since
 * its start, is reported as what came on top of that. Pure.
 *
 * Invariants
 *  - A job's intervals do not overlap and leave no usage out: each starts where the one before it
 *    ended, the first at the job's start. What grew without time going on (a correction) is of the
 *    time from there to now.
 *  - Of what was allocated, reported = the most that was ever said. A sum that shrank is a debt:
 *    nothing can be taken back that was sent, so what comes on top again has to pay it first.
 *  - Of CPU that was used, a job's report is at most what leaves billable = max(used, allocated)
 *    of the job: Slurm knows it when a step ends, and all of it on the last minutes, in which
 * little was allocated, would be billed beside the allocation of all the time before. What does not
 * fit is not reported. A job that is seen after its end only has all of it.
 *  - A job is remembered while it runs and as long as there is room behind its end. Whatever is not
 *    remembered and ended by `floor`, in the order of jobs_order(), is taken for reported. So lines
 *    are noted in that order, and nothing is forgotten that ended after lines yet to be read may
 *    have ended.
 *
 * Life cycle: jobs_init() -> (jobs_difference() -> jobs_reserve() -> jobs_note() -> jobs_forget())*
 * -> jobs_release().
 */
#ifndef COLLECTOR_SOURCE_SACCT_JOBS_H
#define COLLECTOR_SOURCE_SACCT_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/meter/state_codec.h"
#include "collector/source/sacct/line.h"
#include "common/hash_table.h"

#define JOBS_KEPT 32768u /* that ended, at most; about 1 MiB in each record of the spool */
#define JOBS_MAX  (4u * JOBS_KEPT) /* with those that run: more have to wait */

struct job_key {
	int64_t end_sec;  /* 0: it runs */
	uint64_t cluster; /* the beginning of the SHA-256 of its name */
	uint64_t dbindex;
};

struct job {
	struct job_key key;
	int64_t until_sec; /* where its next interval starts */
	bool owes;	   /* some sum is less than what was reported */

	/* reported */
	uint64_t used_usec;
	uint64_t billed_usec; /* of each interval the greater of used and allocated */
	uint64_t cpu_sec;
	uint64_t memory_mib_sec;
	uint64_t gpu_sec;
};

struct jobs {
	struct hash_table table; /* of struct job, by cluster and dbindex */
	uint64_t seed;
	struct job_key floor;
};

/* What a line says beyond what was reported. */
struct job_difference {
	int64_t start_sec; /* of what is to be reported ... */
	int64_t end_sec;   /* ... the same: nothing is */
	uint64_t used_usec;
	uint64_t cpu_sec;
	uint64_t memory_mib_sec;
	uint64_t gpu_sec;
	bool owes_more;	 /* it owes, and did not before */
	struct job next; /* what is noted once that is on its way */
};

/* Nothing is known, and what ended by @floor_sec is none of ours. */
void jobs_init(struct jobs *jobs, uint64_t seed, int64_t floor_sec);
void jobs_release(struct jobs *jobs);

/* The order in which lines are noted: by their ends, those that run behind all others. */
int jobs_order(const struct job_key *a, const struct job_key *b);
struct job_key jobs_key(const struct sacct_line *line);

/* -EALREADY: the line says nothing new. Nothing is reported beyond @now_sec. */
int jobs_difference(const struct jobs *jobs, const struct sacct_line *line, int64_t now_sec,
	struct job_difference *ret);

/* Room for one more job. -ENOMEM; -ENOSPC: there are JOBS_MAX. */
int jobs_reserve(struct jobs *jobs);
void jobs_note(struct jobs *jobs, const struct job *next);

/*
 * Forget those that ended first, past JOBS_KEPT, but none that ended at @before_sec or later; and
 * those that nothing was heard of since @stale_sec, running or not. -ENOMEM: none is forgotten.
 */
int jobs_forget(struct jobs *jobs, int64_t before_sec, int64_t stale_sec);

void jobs_save(const struct jobs *jobs, struct state_writer *writer);

/* @jobs comes from jobs_init(). Failures are the reader's. */
void jobs_restore(struct jobs *jobs, struct state_reader *reader);

#endif
