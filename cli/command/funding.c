/* An institution's month is a transaction of its own, so that long work can be ended and goes on
 * later. */
#include "cli/command/funding.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "cli/command/command.h"
#include "cli/command/follow.h"

#define TRIES 20

static int try_fund(struct store *store, const struct funding *funding, struct rating *ret)
{
	int64_t run;
	int r = store_begin_rating(store);

	if (r >= 0)
		r = store_rate_begin_run(store, "funding", funding->label, &run);
	if (r >= 0)
		r = store_funding_fund(store, funding, ret);
	if (r >= 0)
		r = store_commit(store);
	if (r < 0)
		store_rollback(store);
	return r;
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
	struct rating legs;
	int r = -EAGAIN;

	for (int i = 0; i < TRIES && r == -EAGAIN; i++)
		r = try_fund(store, funding, &legs);
	if (r >= 0)
		print_outcome(funding, &legs);
	if (r >= 0 || r == -ECONNRESET || r == -ENOTCONN)
		return r;
	(void)fprintf(stderr, "hubmeter: cannot fund %s: %s\n", funding->label, store_error(store));
	(*failed)++;
	return 0;
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
	for (size_t i = 0; i < count && r >= 0 && !follow_is_ending(); i++)
		r = fund(store, &fundings[i], failed);
	store_funding_release(fundings, count);
	return r;
}
