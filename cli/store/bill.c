/* Which bills are to be distributed, and one of them distributed. How is SQL's business. */
#include "cli/store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/store/private.h"
#include "cli/store/sql/sql.h"
#include "hubmeter/cleanup.h"

static int take_bills(struct store *store, const PGresult *result, struct bill *bills)
{
	for (int i = 0; i < PQntuples(result); i++) {
		(void)snprintf(bills[i].id, sizeof(bills[i].id), "%s", PQgetvalue(result, i, 0));
		bills[i].label = strdup(PQgetvalue(result, i, 1));
		if (!bills[i].label)
			return store_fail(store, -ENOMEM, "out of memory");
	}
	return 0;
}

int store_bill_waiting(struct store *store, const char *pause, struct bill **ret, size_t *ret_count)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	struct bill *bills;
	int r = store_query(store, sql_bills_waiting, 1, &pause, &result);

	if (r < 0)
		return r;
	bills = calloc((size_t)PQntuples(result) + 1, sizeof(*bills));
	if (!bills)
		return store_fail(store, -ENOMEM, "out of memory");
	r = take_bills(store, result, bills);
	if (r < 0) {
		store_bill_release(bills, (size_t)PQntuples(result));
		return r;
	}

	*ret = bills;
	*ret_count = (size_t)PQntuples(result);
	return 0;
}

void store_bill_release(struct bill *bills, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(bills[i].label);
	free(bills);
}

int store_bill_distribute(struct store *store, const struct bill *bill, struct rating *ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	const char *const params[] = {bill->id};
	int r = store_query(store,
		"SELECT added, changed, removed, unchanged FROM charge.distribute($1::integer)", 1,
		params, &result);

	if (r < 0)
		return r;
	*ret = store_rating(result);
	return 0;
}
