/* One fund, or all, as tables. What they are worth, paid and have left, SQL says. */
#include "cli/store/store.h"

#include <errno.h>

#include "cli/store/private.h"
#include "cli/store/sql/sql.h"
#include "hubmeter/cleanup.h"

static const char *statement(enum fund_table kind)
{
	switch (kind) {
	case FUND_TABLE_BALANCES:
		return sql_fund_balances;
	case FUND_TABLE_AMENDMENTS:
		return sql_fund_amendments;
	case FUND_TABLE_PLANS:
		return sql_fund_plans;
	case FUND_TABLE_ASSIGNMENTS:
		return sql_fund_assignments;
	case FUND_TABLE_MOVEMENTS:
		break;
	}
	return sql_fund_movements;
}

int store_fund_table(struct store *store, enum fund_table kind, const struct fund_filter *filter,
	struct table *ret)
{
	const char *const params[] = {filter->scope->institutions, filter->fund,
		filter->is_of_month ? filter->scope->months : NULL};

	return store_query_table(
		store, statement(kind), kind == FUND_TABLE_MOVEMENTS ? 3 : 2, params, ret);
}

int store_fund_check(struct store *store, const struct fund_filter *filter)
{
	const char *const params[] = {filter->scope->institutions, filter->fund};
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r = store_query(store, sql_fund_owners, 2, params, &result);
	int64_t owners;

	if (r < 0)
		return r;
	owners = store_int64(result, 0, 1);
	if (owners == 1)
		return 0;
	if (owners > 1)
		return store_fail(store, -EINVAL,
			"several institutions have a fund \"%s\": say "
			"--institution CODE, one of %s",
			filter->fund, PQgetvalue(result, 0, 0));
	if (PQgetisnull(result, 0, 2))
		return store_fail(store, -ENOENT,
			"no fund \"%s\": there is none yet, 'hubmeter import funds' makes them",
			filter->fund);
	return store_fail(store, -ENOENT, "no fund \"%s\", known are: %s", filter->fund,
		PQgetvalue(result, 0, 2));
}
