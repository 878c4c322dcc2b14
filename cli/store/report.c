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

#define FILTER " WHERE month = $1::date AND $2 IN ('', institution)"

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

static int query(
	struct store *store, const char *sql, const struct report_filter *filter, PGresult **ret)
{
	char first_day[16];
	const char *const params[] = {first_day, filter->institution};

	(void)snprintf(first_day, sizeof(first_day), "%.7s-01", filter->month);
	return store_query(store, sql, 2, params, ret);
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

int store_report(struct store *store, enum report_kind kind, const struct report_filter *filter,
	struct table *ret)
{
	hm_cleanup(store_result_clearp) PGresult *rows = NULL;
	struct table table;
	int r = query(store, statement(kind), filter, &rows);

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

int store_report_reconciliation(struct store *store, const struct report_filter *filter, char **ret)
{
	hm_cleanup(store_result_clearp) PGresult *result = NULL;
	char *line;
	int r = query(store, RECONCILIATION_SQL, filter, &result);

	if (r < 0)
		return r;
	line = strdup(PQgetvalue(result, 0, 0));
	if (!line)
		return store_fail(store, -ENOMEM, "out of memory");
	*ret = line;
	return 0;
}
