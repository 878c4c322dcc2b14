/*
 * Why: which hub-days are behind, and one of them brought up to date. How is SQL's business.
 */
#include "cli/store/store.h"

#include <errno.h>
#include <stdlib.h>

#include "cli/store/private.h"
#include "hubmeter/cleanup.h"

int store_rate_lock(struct store *store)
{
	return store_exec(store, "SELECT pg_advisory_lock(hashtext('hubmeter.rate'))");
}

int store_rate_dirty_days(struct store *store, struct hub_day **ret, size_t *ret_count)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	struct hub_day *days;
	size_t count;
	int r = store_query(store, "SELECT hub_id, day FROM charge.dirty_days()", 0, NULL, &result);

	if (r < 0)
		return r;
	count = (size_t)PQntuples(result);
	days = calloc(count + 1, sizeof(*days));
	if (!days)
		return store_fail(store, -ENOMEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		days[i].hub_id = (int)store_int64(result, (int)i, 0);
		(void)snprintf(
			days[i].day, sizeof(days[i].day), "%s", PQgetvalue(result, (int)i, 1));
	}

	*ret = days;
	*ret_count = count;
	return 0;
}

int store_rate_day(struct store *store, const struct hub_day *day, int64_t *ret_lines)
{
	char hub_id[16];
	const char *const params[] = {hub_id, day->day};

	(void)snprintf(hub_id, sizeof(hub_id), "%d", day->hub_id);
	return store_query_int64(
		store, "SELECT charge.rate_day($1::integer, $2::date)", 2, params, ret_lines);
}
