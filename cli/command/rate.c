/*
 * What is dirty is decided once at the start; what becomes dirty meanwhile is the next run's, so a
 * run always ends. A day that cannot be rated is named and skipped: it must not hold up the others.
 */
#include "cli/command/rate.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/command/command.h"
#include "cli/command/follow.h"
#include "cli/command/job.h"
#include "cli/command/money/funding.h"
#include "cli/session.h"
#include "hubmeter/cleanup.h"

#define TRIES	   20
#define BILL_PAUSE "1 hour" /* a bill takes longer than a day, and nobody waits for it */

static const char act[] = "rate";

struct outcome {
	size_t rated;
	size_t failed;
	size_t failed_bills;
	size_t failed_fundings;
	struct rating lines;
};

static int try_day(struct store *store, const struct hub_day *day, int64_t run, struct rating *ret)
{
	int r = store_begin_rating(store);

	if (r >= 0)
		r = store_rate_day(store, day, run, ret);
	if (r >= 0)
		r = store_commit(store);
	if (r < 0)
		store_rollback(store);
	return r;
}

/* A day whose rows moved under the transaction is simply done again. */
static int rate_day(struct store *store, const struct hub_day *day, int64_t run, struct rating *ret)
{
	int r = -EAGAIN;

	for (int i = 0; i < TRIES && r == -EAGAIN; i++)
		r = try_day(store, day, run, ret);
	return r;
}

/* Say and record why; only without a database there is nothing to go on with. */
static int skip_day(struct store *store, const struct hub_day *day)
{
	char reason[2048];
	int r;

	(void)snprintf(reason, sizeof(reason), "%s", store_error(store));
	(void)fprintf(
		stderr, "hubmeter: cannot rate hub \"%s\" on %s: %s\n", day->hub, day->day, reason);
	r = store_begin_as_rater(store);
	if (r >= 0)
		r = store_rate_note_failure(store, day, reason);
	if (r >= 0)
		r = store_commit(store);
	if (r < 0)
		store_rollback(store);
	return r;
}

static void show_progress(size_t done, size_t count)
{
	if (!isatty(STDERR_FILENO))
		return;
	(void)fprintf(
		stderr, "\rrating hub-days: %zu of %zu%s", done, count, done == count ? "\n" : "");
}

static void add(struct outcome *outcome, const struct rating *day)
{
	outcome->rated++;
	outcome->lines.added += day->added;
	outcome->lines.changed += day->changed;
	outcome->lines.removed += day->removed;
	outcome->lines.unchanged += day->unchanged;
}

static int rate_days(struct store *store, const struct hub_day *days, size_t count, int64_t run,
	struct outcome *outcome)
{
	for (size_t i = 0; i < count && !follow_is_ending(); i++) {
		struct rating lines;
		int r = rate_day(store, &days[i], run, &lines);

		if (r >= 0) {
			add(outcome, &lines);
		} else if (r != -ENOENT) {
			r = skip_day(store, &days[i]);
			if (r < 0)
				return r;
			outcome->failed++;
		}
		show_progress(i + 1, count);
	}
	return 0;
}

static int begin_run(struct store *store, int64_t *ret_run)
{
	int r = store_begin_as_rater(store);

	if (r >= 0)
		r = store_rate_begin_run(store, "usage", "", ret_run);
	return r < 0 ? r : store_commit(store);
}

static int find_days(
	struct store *store, const char *retry_after, struct hub_day **ret, size_t *ret_count)
{
	int r = store_begin_as_rater(store);

	if (r >= 0)
		r = store_rate_dirty_days(store, retry_after, ret, ret_count);
	return r < 0 ? r : store_commit(store);
}

static int print_totals(struct store *store, int64_t run)
{
	int r = store_begin_as_rater(store);

	if (r >= 0)
		r = store_rate_totals(store, run, command_print_line, NULL);
	return r < 0 ? r : store_commit(store);
}

static int report(const struct outcome *outcome)
{
	if (outcome->failed == 0)
		return outcome->failed_bills || outcome->failed_fundings ? EXIT_FAILURE
									 : EXIT_SUCCESS;
	(void)fprintf(stderr, "hubmeter: %zu hub-day%s could not be rated\n", outcome->failed,
		outcome->failed == 1 ? "" : "s");
	return EXIT_FAILURE;
}

static void print_outcome(const char *what, const struct outcome *outcome)
{
	const struct rating *lines = &outcome->lines;

	(void)printf("%s%s", what, outcome->rated == 1 ? "" : "s");
	if (outcome->rated)
		(void)printf(": lines %" PRId64 " added, %" PRId64 " changed, %" PRId64
			     " removed, %" PRId64 " unchanged",
			lines->added, lines->changed, lines->removed, lines->unchanged);
	(void)putchar('\n');
}

static void print_days(const struct outcome *outcome)
{
	char what[64];

	(void)snprintf(what, sizeof(what), "rated %zu hub-day", outcome->rated);
	print_outcome(what, outcome);
}

/* Rate @days in a run of their own, unless a run marked them, and say what came of it. */
static int rate(struct store *store, const struct hub_day *days, size_t count, size_t *ret_failed)
{
	struct outcome outcome = {0};
	int64_t run;
	int r = begin_run(store, &run);

	if (r >= 0)
		r = rate_days(store, days, count, run, &outcome);
	if (r >= 0) {
		print_days(&outcome);
		r = print_totals(store, run);
	}
	*ret_failed = outcome.failed;
	return r;
}

/* Fees are few: all in one transaction. */
static int try_fees(struct store *store, int64_t *ret_run, struct rating *ret_lines)
{
	int r = store_begin_rating(store);

	if (r >= 0)
		r = store_rate_begin_run(store, "usage", "fees", ret_run);
	if (r >= 0)
		r = store_rate_fees(store, ret_lines);
	if (r >= 0)
		r = store_commit(store);
	if (r < 0)
		store_rollback(store);
	return r;
}

static int rate_fees(struct store *store)
{
	struct outcome outcome = {0};
	int64_t run;
	int r = -EAGAIN;

	for (int i = 0; i < TRIES && r == -EAGAIN; i++)
		r = try_fees(store, &run, &outcome.lines);
	outcome.rated =
		(size_t)(outcome.lines.added + outcome.lines.changed + outcome.lines.removed);
	if (r < 0 || !outcome.rated)
		return r;
	print_outcome("charged fees of month", &outcome);
	return print_totals(store, run);
}

static int distribute_bill(struct store *store, const void *work, struct rating *ret)
{
	return store_bill_distribute(store, work, ret);
}

static int distribute(struct store *store, const struct bill *bill, size_t *failed)
{
	const struct job job = {.reason = "bill",
		.label = bill->label,
		.act = "distribute bill",
		.perform = distribute_bill,
		.work = bill};
	struct outcome outcome = {.rated = 1};
	char what[512];
	int64_t run;
	int r = job_run(store, &job, &run, &outcome.lines, failed);

	if (r <= 0)
		return r;
	(void)snprintf(what, sizeof(what), "distributed bill %s", bill->label);
	print_outcome(what, &outcome);
	return print_totals(store, run);
}

static int distribute_bills(struct store *store, const char *pause, size_t *failed)
{
	struct bill *bills = NULL;
	size_t count = 0;
	int r = store_begin_as_rater(store);

	if (r >= 0)
		r = store_bill_waiting(store, pause, &bills, &count);
	if (r >= 0)
		r = store_commit(store);
	for (size_t i = 0; i < count && r >= 0 && !follow_is_ending(); i++)
		r = distribute(store, &bills[i], failed);
	store_bill_release(bills, count);
	return r;
}

int rate_waiting(struct store *store, const char *retry_after)
{
	struct hub_day *days = NULL;
	size_t count = 0, failed = 0;
	int r = find_days(store, retry_after, &days, &count);

	if (r >= 0 && count)
		r = rate(store, days, count, &failed);
	store_rate_days_release(days, count);
	if (r >= 0 && count)
		r = rate_fees(store);
	if (r >= 0)
		r = distribute_bills(store, BILL_PAUSE, &failed);
	return r < 0 ? r : funding_bring_up_to_date(store, &failed);
}

static int rate_once(struct store *store)
{
	struct hub_day *days = NULL;
	struct outcome outcome = {0};
	size_t count = 0;
	int r = find_days(store, "0", &days, &count);

	if (r >= 0 && count)
		r = rate(store, days, count, &outcome.failed);
	else if (r >= 0)
		print_days(&outcome);
	store_rate_days_release(days, count);
	if (r >= 0)
		r = rate_fees(store);
	if (r >= 0)
		r = distribute_bills(store, "0", &outcome.failed_bills);
	if (r >= 0)
		r = funding_bring_up_to_date(store, &outcome.failed_fundings);
	return r < 0 ? command_failed(act, store_error(store)) : report(&outcome);
}

int rate_run(const struct config *config, char **arguments)
{
	hm_cleanup(session_closep) struct store *store = session_open(config);

	(void)arguments;
	if (!store)
		return EXIT_FAILURE;
	return config->follow ? follow(store) : rate_once(store);
}
