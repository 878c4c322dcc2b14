/* Which hub-days are behind, and one of them brought up to date. How is SQL's business. */
#include "cli/store/store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/store/private.h"
#include "cli/store/sql/sql.h"
#include "hubmeter/cleanup.h"

static int take_days(struct store *store, const PGresult *result, struct hub_day *days)
{
	for (int i = 0; i < PQntuples(result); i++) {
		days[i].hub_id = (int)store_int64(result, i, 0);
		(void)snprintf(days[i].day, sizeof(days[i].day), "%s", PQgetvalue(result, i, 1));
		days[i].hub = strdup(PQgetvalue(result, i, 2));
		if (!days[i].hub)
			return store_fail(store, -ENOMEM, "out of memory");
	}
	return 0;
}

int store_rate_dirty_days(
	struct store *store, const char *retry_after, struct hub_day **ret, size_t *ret_count)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	struct hub_day *days;
	int r = store_query(store, "SELECT hub_id, day, hub FROM charge.dirty_days($1::interval)",
		1, &retry_after, &result);

	if (r < 0)
		return r;
	days = calloc((size_t)PQntuples(result) + 1, sizeof(*days));
	if (!days)
		return store_fail(store, -ENOMEM, "out of memory");
	r = take_days(store, result, days);
	if (r < 0) {
		store_rate_days_release(days, (size_t)PQntuples(result));
		return r;
	}

	*ret = days;
	*ret_count = (size_t)PQntuples(result);
	return 0;
}

void store_rate_days_release(struct hub_day *days, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(days[i].hub);
	free(days);
}

int store_rate_begin_run(
	struct store *store, const char *reason, const char *detail, int64_t *ret_run)
{
	const char *const params[] = {reason, detail};

	return store_query_int64(store, "SELECT charge.begin_run($1, $2)", 2, params, ret_run);
}

int store_rate_day(struct store *store, const struct hub_day *day, int64_t run, struct rating *ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	char hub_id[16], run_id[24];
	const char *const params[] = {hub_id, day->day, run_id};
	int r;

	(void)snprintf(hub_id, sizeof(hub_id), "%d", day->hub_id); /* fits; so does the next */
	(void)snprintf(run_id, sizeof(run_id), "%" PRId64, run);
	r = store_query(store, sql_rate_dirty_day, 3, params, &result);
	if (r < 0)
		return r;
	if (PQntuples(result) == 0)
		return -ENOENT;

	*ret = store_rating(result);
	return 0;
}

int store_rate_fees(struct store *store, struct rating *ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r = store_query(store,
		"SELECT added, changed, removed, unchanged FROM charge.rate_fees()", 0, NULL,
		&result);

	if (r < 0)
		return r;
	*ret = store_rating(result);
	return 0;
}

int store_rate_totals(struct store *store, int64_t run, store_line_fn *line, void *context)
{
	char run_id[24];
	const char *const params[] = {run_id};

	(void)snprintf(run_id, sizeof(run_id), "%" PRId64, run);
	return store_query_lines(store, sql_rate_totals, 1, params, line, context);
}

int store_rate_note_failure(struct store *store, const struct hub_day *day, const char *reason)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	char hub_id[16];
	const char *const params[] = {hub_id, day->day, reason};

	(void)snprintf(hub_id, sizeof(hub_id), "%d", day->hub_id);
	return store_query(
		store, "SELECT charge.note_failure($1::integer, $2::date, $3)", 3, params, &result);
}

int store_rate_listen(struct store *store)
{
	return store_exec(store, "LISTEN hubmeter_dirty_day");
}

int store_rate_refresh_statistics(struct store *store)
{
	int64_t analyzed;

	return store_query_int64(store, "SELECT charge.refresh_statistics()", 0, NULL, &analyzed);
}
