/* Which plans there are and what is wrong with them, and their approval. The rules are SQL's. */
#include "cli/store/store.h"

#include <string.h>

#include "cli/store/private.h"
#include "cli/store/sql/sql.h"
#include "hubmeter/cleanup.h"

int store_plan_versions(struct store *store, const struct plan_filter *filter, struct table *ret)
{
	const char *const params[] = {filter->institution, filter->plan};

	return store_query_table(store, sql_plan_versions, 2, params, ret);
}

int store_plan_approve(struct store *store, const struct plan_filter *filter,
	const char *valid_from, store_line_fn *line, void *context)
{
	const char *const params[] = {
		filter->institution, filter->plan, *valid_from ? valid_from : NULL};

	return store_query_lines(store, sql_plan_approve, 3, params, line, context);
}
