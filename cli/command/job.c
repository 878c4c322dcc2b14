/* One that fails must not hold up the others. */
#include "cli/command/job.h"

#include <errno.h>
#include <stdio.h>

#define TRIES 20

static int try_once(
	struct store *store, const struct job *job, int64_t *ret_run, struct rating *ret)
{
	int r = store_begin_rating(store);

	if (r >= 0)
		r = store_rate_begin_run(store, job->reason, job->label, ret_run);
	if (r >= 0)
		r = job->perform(store, job->work, ret);
	if (r >= 0)
		r = store_commit(store);
	if (r < 0)
		store_rollback(store);
	return r;
}

int job_run(struct store *store, const struct job *job, int64_t *ret_run, struct rating *ret,
	size_t *failed)
{
	int r = -EAGAIN;

	for (int i = 0; i < TRIES && r == -EAGAIN; i++)
		r = try_once(store, job, ret_run, ret);
	if (r >= 0)
		return 1;
	if (r == -ECONNRESET || r == -ENOTCONN)
		return r;
	(void)fprintf(
		stderr, "hubmeter: cannot %s %s: %s\n", job->act, job->label, store_error(store));
	(*failed)++;
	return 0;
}
