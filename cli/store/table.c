/* What a command asks, as a table. */
#include "cli/store/private.h"

#include "common/postgres/table.h"
#include "hubmeter/cleanup.h"

int store_query_table(struct store *store, const char *sql, int n_params, const char *const *params,
	struct table *ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *rows = NULL;
	int r = store_query(store, sql, n_params, params, &rows);

	if (r < 0)
		return r;
	r = postgres_table(rows, ret);
	return r < 0 ? store_fail(store, r, "out of memory") : 0;
}
