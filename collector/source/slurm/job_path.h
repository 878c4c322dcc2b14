/*
 * Names of the cgroups of Slurm's jobs. Pure.
 *
 *	<slice>/[<node>_]slurmstepd.scope	version 2: the place of this node's jobs
 *	  job_<id>				a job, up to Slurm 25
 *	  s<letters and digits>			a job, from 26.05 on, by its SLUID
 *	    step_<step>/user/task_<n>		the user's processes
 *	    step_<step>/slurm			the slurmstepd that looks after them
 *	  system				what Slurm keeps the scope alive by
 *
 *	slurm[_<node>]/uid_<uid>/job_<id>	version 1
 *	    step_<step>/task_<n>		the user's processes
 *
 * A job's slurmstepd is in the job's counter: it is there for that job alone. What is in `system`
 * is nobody's.
 */
#ifndef COLLECTOR_SOURCE_SLURM_JOB_PATH_H
#define COLLECTOR_SOURCE_SLURM_JOB_PATH_H

#include <stdbool.h>
#include <stdint.h>

enum job_path_kind {
	JOB_PATH_OTHER,
	JOB_PATH_PLACE, /* jobs may be in it */
	JOB_PATH_JOB
};

/* What the directory @name in @path ("": at the top) is. */
enum job_path_kind job_path_kind(const char *path, const char *name);

/* Whether @path of a job says its account, which is version 1's. */
bool job_path_uid(const char *path, uint32_t *ret);

#endif
