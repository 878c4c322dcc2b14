/* Rows of a demonstration are staged as the aggregator stages its own, then added by a function. */
#include "cli/store/store.h"

#include "cli/store/private.h"
#include "cli/store/sql/sql.h"

int store_demo_is_used(struct store *store, bool *ret)
{
	int64_t count;
	int r = store_query_int64(store,
		"SELECT count(*) FROM org.institution WHERE institution_id <> 0", 0, NULL, &count);

	if (r >= 0)
		*ret = count > 0;
	return r;
}

int store_demo_stage(struct store *store)
{
	return store_exec(store, sql_demo_stage);
}

int store_demo_send(struct store *store, enum demo_rows rows, const struct buffer *lines)
{
	return store_copy(store,
		rows == DEMO_ROWS_NODES ? "COPY pg_temp.demo_node FROM STDIN"
					: "COPY pg_temp.demo_slot FROM STDIN",
		(const char *)lines->data, lines->size);
}

int store_demo_apply(struct store *store, int64_t *ret_slots)
{
	int r = store_exec(store, "ANALYZE pg_temp.demo_slot");

	return r < 0 ? r
		     : store_query_int64(store, "SELECT usage.demonstrate()", 0, NULL, ret_slots);
}
