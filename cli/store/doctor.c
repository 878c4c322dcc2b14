/*
 * What the database knows of its own health. Each check is one read-only statement, so that one
 * that is not permitted leaves the others alone.
 */
#include "cli/store/store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "cli/store/private.h"
#include "cli/store/sql/sql.h"
#include "hubmeter/cleanup.h"

int store_doctor_partitions(struct store *store, struct doctor_partition **ret, size_t *ret_count)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	struct doctor_partition *partitions;
	size_t count;
	int r = store_query(store, sql_doctor_partitions, 0, NULL, &result);

	if (r < 0)
		return r;
	count = (size_t)PQntuples(result);
	partitions = calloc(count + 1, sizeof(*partitions));
	if (!partitions)
		return store_fail(store, -ENOMEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		struct doctor_partition *p = &partitions[i];

		(void)snprintf(p->topic, sizeof(p->topic), "%s", PQgetvalue(result, (int)i, 0));
		p->partition = (int)store_int64(result, (int)i, 1);
		p->next_offset = store_int64(result, (int)i, 2);
		p->low = p->high = -1;
		(void)snprintf(p->stopped_reason, sizeof(p->stopped_reason), "%s",
			PQgetvalue(result, (int)i, 3));
		(void)snprintf(p->waiting_reason, sizeof(p->waiting_reason), "%s",
			PQgetvalue(result, (int)i, 4));
		p->flushed_age_sec = store_int64(result, (int)i, 5);
	}

	*ret = partitions;
	*ret_count = count;
	return 0;
}

int store_doctor_nodes(struct store *store, int64_t silent_after_usec, struct doctor_nodes *ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	char usec[24];
	const char *const params[] = {usec};
	int r;

	(void)snprintf(usec, sizeof(usec), "%" PRId64, silent_after_usec);
	r = store_query(store, sql_doctor_nodes, 1, params, &result);
	if (r < 0)
		return r;
	ret->total = store_int64(result, 0, 0);
	ret->silent = store_int64(result, 0, 1);
	(void)snprintf(ret->names, sizeof(ret->names), "%s", PQgetvalue(result, 0, 2));
	return 0;
}

int store_doctor_quarantine(struct store *store, struct doctor_quarantine *ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r = store_query(store, sql_doctor_quarantine, 0, NULL, &result);

	if (r < 0)
		return r;
	ret->count = store_int64(result, 0, 0);
	(void)snprintf(ret->newest, sizeof(ret->newest), "%s", PQgetvalue(result, 0, 1));
	return 0;
}

int store_doctor_gaps(struct store *store, struct doctor_gaps *ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r = store_query(store, sql_doctor_gaps, 0, NULL, &result);

	if (r < 0)
		return r;
	ret->count = store_int64(result, 0, 0);
	ret->batches = store_int64(result, 0, 1);
	return 0;
}

/* How many texts @select gives, and the first of them, separated by commas. */
static int names(struct store *store, const char *select, struct doctor_names *ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	size_t used = 0;
	int r = store_query(store, select, 0, NULL, &result);

	if (r < 0)
		return r;
	ret->count = PQntuples(result);
	for (int i = 0; i < ret->count && i < DOCTOR_NAMES_SHOWN && used < sizeof(ret->which); i++)
		used += (size_t)snprintf(ret->which + used, sizeof(ret->which) - used, "%s%s",
			i ? ", " : "", PQgetvalue(result, i, 0));
	return 0;
}

int store_doctor_measured(struct store *store, struct doctor_names *ret)
{
	return names(store, sql_doctor_measured, ret);
}

int store_doctor_unpriced(struct store *store, struct doctor_names *ret)
{
	return names(store, sql_doctor_unpriced, ret);
}

int store_doctor_aliases(struct store *store, struct doctor_names *ret)
{
	return names(store, sql_doctor_aliases, ret);
}

int store_doctor_groups(struct store *store, struct doctor_names *ret)
{
	return names(store, sql_doctor_groups, ret);
}

int store_doctor_homes(struct store *store, struct doctor_names *ret)
{
	return names(store, sql_doctor_homes, ret);
}

int store_doctor_bills(struct store *store, struct doctor_names *ret)
{
	return names(store, sql_doctor_bills, ret);
}

int store_doctor_charts(struct store *store, struct doctor_names *ret)
{
	return names(store, sql_doctor_charts, ret);
}

int store_doctor_funding(struct store *store, struct doctor_funding *ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	struct doctor_funding funding = {0};
	int r = store_query(store, sql_doctor_funding, 0, NULL, &result);

	if (r == 0)
		r = names(store, sql_doctor_unfunded, &funding.unfunded);
	if (r == 0)
		r = names(store, sql_doctor_plans, &funding.plans);
	if (r < 0)
		return r;
	funding.waiting = store_int64(result, 0, 0);
	(void)snprintf(funding.oldest, sizeof(funding.oldest), "%s", PQgetvalue(result, 0, 1));
	*ret = funding;
	return 0;
}

int store_doctor_closing(struct store *store, struct doctor_names *ret)
{
	return names(store, sql_doctor_closing, ret);
}

int store_doctor_failed(struct store *store, struct doctor_names *ret)
{
	return names(store, sql_doctor_failed, ret);
}

int store_doctor_dirty(struct store *store, struct doctor_dirty *ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r = store_query(store, sql_doctor_dirty, 0, NULL, &result);

	if (r < 0)
		return r;
	ret->hub_days = store_int64(result, 0, 0);
	(void)snprintf(ret->oldest, sizeof(ret->oldest), "%s", PQgetvalue(result, 0, 1));
	return 0;
}
