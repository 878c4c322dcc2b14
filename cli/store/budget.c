/* What departments may spend: asked and set as whoever signed in. Who may what is SQL's. */
#include "cli/store/store.h"

#include "cli/store/private.h"
#include "cli/store/sql/sql.h"

int store_budget_set(struct store *store, const struct budget_setting *budget, store_line_fn *line,
	void *context)
{
	const char *const params[] = {
		budget->institution, budget->unit, budget->fiscal_year, budget->amount};

	return store_query_lines(store, sql_budget_set, 4, params, line, context);
}

int store_budget_status(struct store *store, const struct budget_filter *filter, struct table *ret)
{
	const char *const params[] = {filter->institution, filter->unit, filter->fiscal_year,
		filter->is_exact ? "9" : "2"};

	return store_query_table(store, sql_budget_status, 4, params, ret);
}
