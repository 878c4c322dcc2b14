/* Which hub-days are behind, and one of them brought up to date. How is SQL's business. */
#include "cli/store/store.h"

#include <errno.h>
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

int store_rate_dirty_days(struct store *store, struct hub_day **ret, size_t *ret_count)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	struct hub_day *days;
	int r = store_query(
		store, "SELECT hub_id, day, hub FROM charge.dirty_days()", 0, NULL, &result);

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

int store_rate_day(struct store *store, const struct hub_day *day, int64_t *ret_lines)
{
	char hub_id[16];
	const char *const params[] = {hub_id, day->day};

	(void)snprintf(hub_id, sizeof(hub_id), "%d", day->hub_id); /* fits; so does the next */
	return store_query_int64(store, sql_rate_dirty_day, 2, params, ret_lines);
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
