/*
 * What the environment of a process in a job of Slurm says of the job. Pure.
 *
 * slurmstepd writes it, but a user can start a process with another one: it is the user's word.
 * So it may say how much was reserved, which account is to pay and that a server of JupyterHub is
 * in the job, as a server's own environment may, and never who the user is.
 */
#ifndef COLLECTOR_SOURCE_SLURM_JOB_ENVIRON_H
#define COLLECTOR_SOURCE_SLURM_JOB_ENVIRON_H

#include <stdint.h>

#include "collector/source/server_environ.h"

struct job_environ {
	struct environ_text job_id; /* of size 0: it is not a job's */
	struct environ_text account;
	uint64_t cpus;	/* of this node; 0: not told */
	uint64_t bytes; /* of its memory; 0: not told */
	struct server_environ server;
};

/* @data: NUL-separated NAME=value; texts point into it. */
void job_environ_parse(const char *data, size_t size, struct job_environ *ret);

#endif
