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
#include "cli/session.h"
#include "hubmeter/cleanup.h"

#define TRIES 20

static const char act[] = "rate";

struct outcome {
	size_t rated;
	size_t failed;
	int64_t lines;
};

static int try_day(struct store *store, const struct hub_day *day, int64_t *ret_lines)
{
	int r = store_begin_rating(store);

	if (r >= 0)
		r = store_rate_day(store, day, ret_lines);
	if (r >= 0)
		r = store_commit(store);
	if (r < 0)
		store_rollback(store);
	return r;
}

/* A day whose rows moved under the transaction is simply done again. */
static int rate_day(struct store *store, const struct hub_day *day, int64_t *ret_lines)
{
	int r = -EAGAIN;

	for (int i = 0; i < TRIES && r == -EAGAIN; i++)
		r = try_day(store, day, ret_lines);
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

static int rate_days(
	struct store *store, const struct hub_day *days, size_t count, struct outcome *outcome)
{
	for (size_t i = 0; i < count; i++) {
		int64_t lines = 0;
		int r = rate_day(store, &days[i], &lines);

		if (r < 0) {
			r = skip_day(store, &days[i]);
			if (r < 0)
				return r;
			outcome->failed++;
			continue;
		}
		if (lines >= 0) {
			outcome->rated++;
			outcome->lines += lines;
		}
		show_progress(i + 1, count);
	}
	return 0;
}

static int find_days(struct store *store, struct hub_day **ret, size_t *ret_count)
{
	int r = store_begin_as_rater(store);

	if (r >= 0)
		r = store_rate_dirty_days(store, ret, ret_count);
	return r < 0 ? r : store_commit(store);
}

static int report(const struct outcome *outcome)
{
	(void)printf("rated %zu hub-day%s, %" PRId64 " line%s\n", outcome->rated,
		outcome->rated == 1 ? "" : "s", outcome->lines, outcome->lines == 1 ? "" : "s");
	if (outcome->failed == 0)
		return EXIT_SUCCESS;
	(void)fprintf(stderr, "hubmeter: %zu hub-day%s could not be rated\n", outcome->failed,
		outcome->failed == 1 ? "" : "s");
	return EXIT_FAILURE;
}

int rate_run(const struct config *config, char **arguments)
{
	hm_cleanup(session_closep) struct store *store = session_open(config);
	struct outcome outcome = {0};
	struct hub_day *days = NULL;
	size_t count = 0;
	int r;

	(void)arguments;
	if (!store)
		return EXIT_FAILURE;
	r = find_days(store, &days, &count);
	if (r >= 0)
		r = rate_days(store, days, count, &outcome);
	store_rate_days_release(days, count);
	return r < 0 ? command_failed(act, store_error(store)) : report(&outcome);
}
