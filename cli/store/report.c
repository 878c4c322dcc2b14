/*
 * A report is one statement per kind; its exact rows leave as a table for people, as CSV or as
 * JSON. Decimals are never anything but text on the way.
 */
#include "cli/store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/store/private.h"
#include "hubmeter/cleanup.h"

/* $1 months, $2 the institution of each; the months by themselves choose the partitions. */
#define FILTER                                                                                     \
	" WHERE month = ANY ($1::date[])"                                                          \
	" AND (institution, month) IN (SELECT * FROM unnest($2::text[], $1::date[]))"

#define SCOPE_SQL                                                                                  \
	"SELECT array_agg(month), array_agg(institution),"                                         \
	" string_agg(DISTINCT to_char(month, 'YYYY-MM'), ', ')"                                    \
	" FROM (SELECT institution, coalesce($2::date,"                                            \
	" (current_month - make_interval(months => $3::integer))::date) AS month"                  \
	" FROM report.institution WHERE $1 IN ('', institution)) AS scope HAVING count(*) > 0"
#define KNOWN_SQL                                                                                  \
	"SELECT string_agg(institution, ', ' ORDER BY institution)"                                \
	" FROM (SELECT institution FROM report.institution WHERE institution !~ '^\\('"            \
	" ORDER BY institution LIMIT 20) AS known"

/* Trailing zeros of quantities say nothing; amounts keep their nine digits and line up. */
#define QUANTITIES                                                                                 \
	"trim_scale(used) AS used, trim_scale(reserved) AS reserved,"                              \
	" trim_scale(billable) AS billable, unit, amount, currency"
#define NODE_FIGURES                                                                               \
	"trim_scale(total) AS total, trim_scale(people) AS people, trim_scale(system) AS system,"  \
	" trim_scale(difference) AS difference, unit, trim_scale(coverage) AS coverage"

#define DEPARTMENTS_SQL                                                                            \
	"SELECT institution, to_char(month, 'YYYY-MM') AS month, department, "                     \
	"resource, " QUANTITIES " FROM report.department_cost" FILTER                              \
	" ORDER BY institution, department, resource, currency"
#define USERS_SQL                                                                                  \
	"SELECT institution, to_char(month, 'YYYY-MM') AS month, person, username, hub,"           \
	" department, resource, " QUANTITIES " FROM report.user_cost" FILTER                       \
	" ORDER BY institution, person NULLS LAST, username, hub, department, resource, currency"
#define NODES_SQL                                                                                  \
	"SELECT institution, hub, node, to_char(month, 'YYYY-MM') AS month, resource,"             \
	" " NODE_FIGURES " FROM report.node_reconciliation" FILTER                                 \
	" ORDER BY institution, hub, node, resource"
#define RECONCILIATION_SQL                                                                         \
	"SELECT CASE WHEN count(*) = 0 THEN 'reconciliation: no node has usage in this month'"     \
	" ELSE format('reconciliation: node total = people + system on %s of %s node%s,"           \
	" difference %s', count(*) FILTER (WHERE exact), count(*),"                                \
	" CASE WHEN count(*) = 1 THEN '' ELSE 's' END,"                                            \
	" coalesce(string_agg(detail, ', ') FILTER (WHERE NOT exact), '0')) END"                   \
	" FROM (SELECT bool_and(difference = 0) AS exact,"                                         \
	" string_agg(format('%s %s (%s/%s)', trim_scale(difference), unit, hub, node), ', ')"      \
	" FILTER (WHERE difference <> 0) AS detail"                                                \
	" FROM report.node_reconciliation" FILTER " GROUP BY institution, hub, node) AS n"

static const char *statement(enum report_kind kind)
{
	switch (kind) {
	case REPORT_KIND_DEPARTMENTS:
		return DEPARTMENTS_SQL;
	case REPORT_KIND_USERS:
		return USERS_SQL;
	case REPORT_KIND_NODES:
		break;
	}
	return NODES_SQL;
}

/* Charges may go to others than the owner of the hub, so that its days count for everybody. */
#define MISSING_SQL                                                                                \
	"SELECT (SELECT count(DISTINCT (hub, day)) FROM report.pending_rating"                     \
	" WHERE month = ANY ($1::date[])),"                                                        \
	" (SELECT count(DISTINCT (hub, day)) FROM report.pending_rating"                           \
	" WHERE month = ANY ($1::date[]) AND failure IS NOT NULL),"                                \
	" c.nodes, c.silent, c.permille, c.names"                                                  \
	" FROM (SELECT count(*) AS nodes, count(silent_since) AS silent,"                          \
	" floor(1000 * sum(observed) / nullif(sum(expected), 0))::bigint AS permille,"             \
	" (SELECT string_agg(format('%s/%s since %s', hub, node, to_char(silent_since"             \
	" AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI\"Z\"')), ', ')"                              \
	" FROM (SELECT * FROM report.coverage" FILTER " AND silent_since IS NOT NULL"              \
	" ORDER BY silent_since DESC, hub, node LIMIT $3::integer) AS s) AS names"                 \
	" FROM report.coverage" FILTER ") AS c"
#define UNPRICED_SQL                                                                               \
	"SELECT unit, trim_scale(sum(billable)) FROM report.unpriced_usage" FILTER                 \
	" GROUP BY unit ORDER BY unit"

static char *copy(const PGresult *result, int column)
{
	return strdup(PQgetvalue(result, 0, column));
}

static int unknown_institution(struct store *store, const char *institution)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r = store_query(store, KNOWN_SQL, 0, NULL, &result);

	if (r < 0)
		return r;
	if (PQgetisnull(result, 0, 0))
		return store_fail(store, -ENOENT,
			"no institution \"%s\": there is none yet, 'hubmeter import org' makes them",
			institution);
	return store_fail(store, -ENOENT, "no institution \"%s\", known are: %s", institution,
		PQgetvalue(result, 0, 0));
}

int store_report_scope(
	struct store *store, const struct report_filter *filter, struct report_scope *ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	char first_day[16], months_back[16];
	const char *const params[] = {
		filter->institution, *filter->month ? first_day : NULL, months_back};
	struct report_scope scope;
	int r;

	(void)snprintf(first_day, sizeof(first_day), "%.7s-01", filter->month);
	(void)snprintf(months_back, sizeof(months_back), "%u", filter->months_back);
	r = store_query(store, SCOPE_SQL, 3, params, &result);
	if (r < 0)
		return r;
	if (PQntuples(result) == 0)
		return unknown_institution(store, filter->institution);
	scope = (struct report_scope){copy(result, 0), copy(result, 1), copy(result, 2)};
	if (!scope.months || !scope.institutions || !scope.label) {
		report_scope_release(&scope);
		return store_fail(store, -ENOMEM, "out of memory");
	}

	*ret = scope;
	return 0;
}

void report_scope_release(struct report_scope *scope)
{
	free(scope->months);
	free(scope->institutions);
	free(scope->label);
	*scope = (struct report_scope){0};
}

static int query(
	struct store *store, const char *sql, const struct report_scope *scope, PGresult **ret)
{
	return store_query(
		store, sql, 2, (const char *const[]){scope->months, scope->institutions}, ret);
}

static bool is_numeric(const PGresult *result, int column)
{
	enum { INT8 = 20, INT2 = 21, INT4 = 23, NUMERIC = 1700 }; /* pg_type.h: fixed for ever */
	Oid type = PQftype(result, column);

	return type == INT8 || type == INT2 || type == INT4 || type == NUMERIC;
}

static int init_table(const PGresult *result, struct table *ret)
{
	struct table_column columns[TABLE_COLUMNS_MAX];
	int count = PQnfields(result);

	for (int i = 0; i < count && i < TABLE_COLUMNS_MAX; i++)
		columns[i] = (struct table_column){PQfname(result, i), is_numeric(result, i)};
	return table_init(ret, columns, (size_t)count);
}

static int add_rows(const PGresult *result, struct table *table)
{
	const char *cells[TABLE_COLUMNS_MAX];

	for (int row = 0; row < PQntuples(result); row++) {
		int r;

		for (int i = 0; i < PQnfields(result); i++)
			cells[i] = PQgetisnull(result, row, i) ? NULL : PQgetvalue(result, row, i);
		r = table_add(table, cells);
		if (r < 0)
			return r;
	}
	return 0;
}

int store_report(struct store *store, enum report_kind kind, const struct report_scope *scope,
	struct table *ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *rows = NULL;
	struct table table;
	int r = query(store, statement(kind), scope, &rows);

	if (r < 0)
		return r;
	r = init_table(rows, &table);
	if (r < 0)
		return store_fail(store, r, "out of memory");
	r = add_rows(rows, &table);
	if (r < 0) {
		table_release(&table);
		return store_fail(store, r, "out of memory");
	}

	*ret = table;
	return 0;
}

int store_report_reconciliation(struct store *store, const struct report_scope *scope, char **ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	char *line;
	int r = query(store, RECONCILIATION_SQL, scope, &result);

	if (r < 0)
		return r;
	line = strdup(PQgetvalue(result, 0, 0));
	if (!line)
		return store_fail(store, -ENOMEM, "out of memory");
	*ret = line;
	return 0;
}

static int missing_prices(
	struct store *store, const struct report_scope *scope, struct report_missing *missing)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r = query(store, UNPRICED_SQL, scope, &result);

	if (r < 0)
		return r;
	for (int i = 0; i < PQntuples(result) && i < REPORT_MISSING_UNITS; i++) {
		(void)snprintf(missing->unpriced[i].unit, sizeof(missing->unpriced[i].unit), "%s",
			PQgetvalue(result, i, 0));
		(void)snprintf(missing->unpriced[i].billable, sizeof(missing->unpriced[i].billable),
			"%s", PQgetvalue(result, i, 1));
		missing->n_unpriced++;
	}
	return 0;
}

int store_report_missing(
	struct store *store, const struct report_scope *scope, struct report_missing *ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	struct report_missing missing = {0};
	char shown[16];
	const char *const params[] = {scope->months, scope->institutions, shown};
	int r;

	(void)snprintf(shown, sizeof(shown), "%d", REPORT_MISSING_NAMES);
	r = store_query(store, MISSING_SQL, 3, params, &result);
	if (r >= 0)
		r = missing_prices(store, scope, &missing);
	if (r < 0)
		return r;
	missing.pending_days = store_int64(result, 0, 0);
	missing.failed_days = store_int64(result, 0, 1);
	missing.nodes = store_int64(result, 0, 2);
	missing.silent = store_int64(result, 0, 3);
	missing.permille = PQgetisnull(result, 0, 4) ? 1000 : store_int64(result, 0, 4);
	(void)snprintf(
		missing.silent_names, sizeof(missing.silent_names), "%s", PQgetvalue(result, 0, 5));

	*ret = missing;
	return 0;
}

int store_report_has_usage(struct store *store, const struct report_scope *scope, bool *ret)
{
	int64_t exists;
	int r = store_query_int64(store,
		"SELECT EXISTS (SELECT FROM report.node_reconciliation"
		" WHERE month = ANY ($1::date[]))::integer",
		1, (const char *const[]){scope->months}, &exists);

	if (r >= 0)
		*ret = exists != 0;
	return r;
}
