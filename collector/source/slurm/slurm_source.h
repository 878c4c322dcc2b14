/*
 * The source `slurm`: jobs of Slurm on this node, by their cgroups, of either version. For
 * batchspawner's servers and for every other job. A job is metered by this or by the source
 * `sacct`, never by both: they call it by different names.
 *
 *	user	the name of the job's account. Its number is that of the processes that slurmstepd
 *		started (or in the path, version 1), which nobody can choose; its name stands in a
 *		file like passwd(5), or else the number stands for it. What JUPYTERHUB_USER says is
 *		not believed.
 *	server	of JupyterHub's server in it, else none
 *	tag	HUBMETER_TAG of such a server, else SLURM_JOB_ACCOUNT: the user's word, as every tag
 *	reserved	the CPUs and the memory of this node that the environment tells
 *
 * A job is a workload of kind `cgroup`: what is requeued has the same number and another cgroup,
 * and from Slurm 26.05 on the directory has no number. Everything else is group.h's.
 */
#ifndef COLLECTOR_SOURCE_SLURM_SLURM_SOURCE_H
#define COLLECTOR_SOURCE_SLURM_SLURM_SOURCE_H

#include "collector/source/source.h"

extern const struct source_ops slurm_source_ops;

#endif
