/*
 * Work of rating that has a run and a transaction of its own, and a name: a bill to distribute, a
 * month to fund.
 */
#ifndef CLI_COMMAND_JOB_H
#define CLI_COMMAND_JOB_H

#include <stddef.h>
#include <stdint.h>

#include "cli/store/store.h"

struct job {
	const char *reason; /* of the run */
	const char *label;  /* of the run, and for messages */
	const char *act;    /* "distribute bill": what can't be done when it fails */
	int (*perform)(struct store *store, const void *work, struct rating *ret);
	const void *work;
};

/*
 * Do @job, again where its rows moved meanwhile. 1: done; 0: it failed, which was said and counted
 * in @failed, and nothing changed; negative: there is no database to go on with.
 */
int job_run(struct store *store, const struct job *job, int64_t *ret_run, struct rating *ret,
	size_t *failed);

#endif
