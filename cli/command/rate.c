/*
 * Why: what is dirty is decided once at the start; what becomes dirty meanwhile is the next
 * run's, so a run always ends.
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

static int try_day(struct store *store, const struct hub_day *day, int64_t *ret_lines)
{
	int r = store_begin_repeatable_read(store);

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

static void show_progress(size_t done, size_t count)
{
	if (!isatty(STDERR_FILENO))
		return;
	(void)fprintf(
		stderr, "\rrating hub-days: %zu of %zu%s", done, count, done == count ? "\n" : "");
}

static int rate_days(struct store *store, const struct hub_day *days, size_t count)
{
	int64_t lines = 0;

	for (size_t i = 0; i < count; i++) {
		int64_t more;

		if (rate_day(store, &days[i], &more) < 0)
			return command_failed(act, store_error(store));
		lines += more;
		show_progress(i + 1, count);
	}
	(void)printf("rated %zu hub-day%s, %" PRId64 " line%s\n", count, count == 1 ? "" : "s",
		lines, lines == 1 ? "" : "s");
	return EXIT_SUCCESS;
}

int rate_run(const struct config *config, char **arguments)
{
	hm_cleanup(session_closep) struct store *store = session_open(config);
	hm_cleanup(hm_freep) struct hub_day *days = NULL;
	size_t count;

	(void)arguments;
	if (!store)
		return EXIT_FAILURE;
	if (store_become_rater(store) < 0 || store_rate_lock(store) < 0 ||
		store_rate_dirty_days(store, &days, &count) < 0)
		return command_failed(act, store_error(store));
	return rate_days(store, days, count);
}
