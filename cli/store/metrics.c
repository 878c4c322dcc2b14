/* What is watched: figures of the views, as they are now. */
#include "cli/store/store.h"

#include "cli/store/private.h"
#include "cli/store/sql/sql.h"

static const char *statement(enum metrics_kind kind)
{
	switch (kind) {
	case METRICS_KIND_BUDGETS:
		return sql_metrics_budgets;
	case METRICS_KIND_FUNDS:
		return sql_metrics_funds;
	case METRICS_KIND_BILLS:
		return sql_metrics_bills;
	case METRICS_KIND_RATING:
		break;
	}
	return sql_metrics_rating;
}

int store_metrics(
	struct store *store, enum metrics_kind kind, const char *institution, struct table *ret)
{
	return store_query_table(store, statement(kind), 1, &institution, ret);
}
