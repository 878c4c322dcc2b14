/* Alerts, and what became of those that were sent. A row is locked while it is sent. */
#include "cli/store/store.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cli/store/private.h"
#include "cli/store/sql/sql.h"
#include "hubmeter/cleanup.h"

int store_alert_table(struct store *store, const char *institution, struct table *ret)
{
	return store_query_table(store, sql_alerts, 1, &institution, ret);
}

int store_alert_listen(struct store *store)
{
	return store_exec(store, "LISTEN hubmeter_alert");
}

int store_alert_next(struct store *store, int64_t after, struct alert *ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	char number[24];
	const char *const params[] = {number};
	char *body;
	int r;

	(void)snprintf(number, sizeof(number), "%" PRId64, after);
	r = store_query(store, sql_alert_next, 1, params, &result);
	if (r < 0 || !PQntuples(result))
		return r < 0 ? r : -ENOENT;
	body = strdup(PQgetvalue(result, 0, 1));
	if (!body)
		return store_fail(store, -ENOMEM, "out of memory");

	ret->id = store_int64(result, 0, 0);
	ret->body = body;
	return 0;
}

int store_alert_note(struct store *store, int64_t id, int status)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	char number[24], answer[16];
	const char *const params[] = {number, answer};

	(void)snprintf(number, sizeof(number), "%" PRId64, id);
	(void)snprintf(answer, sizeof(answer), "%d", status);
	return store_query(store, sql_alert_note, 2, params, &result);
}
