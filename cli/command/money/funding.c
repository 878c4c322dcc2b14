/* An institution's month is a transaction of its own: long work can be ended, and goes on later. */
#include "cli/command/money/funding.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/command/follow.h"
#include "cli/command/job.h"

static int fund_days(struct store *store, const void *work, struct rating *ret)
{
	return store_funding_fund(store, work, ret);
}

static void print_outcome(const struct funding *funding, const struct rating *legs)
{
	if (!funding->has_plans || legs->added + legs->changed + legs->removed == 0)
		return;
	(void)printf("funded %s: legs %" PRId64 " added, %" PRId64 " changed, %" PRId64
		     " removed, %" PRId64 " unchanged\n",
		funding->label, legs->added, legs->changed, legs->removed, legs->unchanged);
}

static int fund(struct store *store, const struct funding *funding, size_t *failed)
{
	const struct job job = {.reason = "funding",
		.label = funding->label,
		.act = "fund",
		.perform = fund_days,
		.work = funding};
	struct rating legs;
	int64_t run;
	int r = job_run(store, &job, &run, &legs, failed);

	if (r > 0)
		print_outcome(funding, &legs);
	return r;
}

/* What was just rated may be most of what there is, and funding would be planned without knowing
 * it. */
static int refresh_statistics(struct store *store)
{
	int r = store_begin_as_rater(store);

	if (r >= 0)
		r = store_rate_refresh_statistics(store);
	return r < 0 ? r : store_commit(store);
}

int funding_bring_up_to_date(struct store *store, size_t *failed)
{
	struct funding *fundings = NULL;
	size_t count = 0;
	int r = store_begin_as_rater(store);

	if (r >= 0)
		r = store_funding_waiting(store, &fundings, &count);
	if (r >= 0)
		r = store_commit(store);
	if (r >= 0 && count)
		r = refresh_statistics(store);
	for (size_t i = 0; i < count && r >= 0 && !follow_is_ending(); i++)
		r = fund(store, &fundings[i], failed);
	store_funding_release(fundings, count);
	return r;
}
