/* Which months of institutions wait to be funded, and one of them funded. How is SQL's business. */
#include "cli/store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/store/private.h"
#include "hubmeter/cleanup.h"

static int take_fundings(struct store *store, const PGresult *result, struct funding *fundings)
{
	for (int i = 0; i < PQntuples(result); i++) {
		struct funding *funding = &fundings[i];

		(void)snprintf(funding->institution_id, sizeof(funding->institution_id), "%s",
			PQgetvalue(result, i, 0));
		(void)snprintf(funding->first_day, sizeof(funding->first_day), "%s",
			PQgetvalue(result, i, 1));
		(void)snprintf(funding->last_day, sizeof(funding->last_day), "%s",
			PQgetvalue(result, i, 2));
		funding->label = strdup(PQgetvalue(result, i, 3));
		funding->has_plans = store_int64(result, i, 4);
		if (!funding->label)
			return store_fail(store, -ENOMEM, "out of memory");
	}
	return 0;
}

int store_funding_waiting(struct store *store, struct funding **ret, size_t *ret_count)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	struct funding *fundings;
	int r = store_query(store,
		"SELECT institution_id, first_day, last_day,"
		" institution || ' ' || to_char(first_day, 'YYYY-MM'),"
		" has_plans::integer FROM fund.waiting()",
		0, NULL, &result);

	if (r < 0)
		return r;
	fundings = calloc((size_t)PQntuples(result) + 1, sizeof(*fundings));
	if (!fundings)
		return store_fail(store, -ENOMEM, "out of memory");
	r = take_fundings(store, result, fundings);
	if (r < 0) {
		store_funding_release(fundings, (size_t)PQntuples(result));
		return r;
	}

	*ret = fundings;
	*ret_count = (size_t)PQntuples(result);
	return 0;
}

void store_funding_release(struct funding *fundings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(fundings[i].label);
	free(fundings);
}

int store_funding_fund(struct store *store, const struct funding *funding, struct rating *ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	const char *const params[] = {
		funding->institution_id, funding->first_day, funding->last_day};
	int r = store_query(store,
		"SELECT added, changed, removed, unchanged"
		" FROM fund.fund_days($1::integer, $2::date, $3::date)",
		3, params, &result);

	if (r < 0)
		return r;
	*ret = store_rating(result);
	return 0;
}
