/*
 * Why: a report is one statement per kind, which leaves as a table, as CSV or as JSON. COPY takes
 * no parameters, so the filter travels in settings of the transaction, which all three can read.
 */
#include "cli/store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/store/private.h"
#include "hubmeter/cleanup.h"

#define MONTH_FILTER	   " WHERE month = current_setting('hubmeter.month')::date"
#define INSTITUTION_FILTER " AND current_setting('hubmeter.institution') IN ('', institution)"
/* Whoever may see only reports (hm_finance) may not name org: only asked when needed. */
#define HUB_FILTER                                                                                 \
	" AND hub IN (SELECT o.hub FROM org.hub_owner AS o"                                        \
	" JOIN org.institution AS i USING (institution_id)"                                        \
	" WHERE i.code = current_setting('hubmeter.institution'))"

/* Trailing zeros of quantities say nothing; amounts keep their nine digits and line up. */
#define QUANTITIES                                                                                 \
	"trim_scale(used) AS used, trim_scale(reserved) AS reserved,"                              \
	" trim_scale(billable) AS billable, unit, amount, currency"
#define QUANTITY_SUMS                                                                              \
	"trim_scale(sum(used)), trim_scale(sum(reserved)), trim_scale(sum(billable)), unit,"       \
	" sum(amount), currency"
#define NODE_FIGURES                                                                               \
	"trim_scale(total) AS total, trim_scale(people) AS people, trim_scale(system) AS system,"  \
	" trim_scale(difference) AS difference, unit, trim_scale(coverage) AS coverage"

#define DEPARTMENTS_SQL                                                                            \
	"SELECT institution, to_char(month, 'YYYY-MM') AS month, department, "                     \
	"resource, " QUANTITIES " FROM report.department_cost" MONTH_FILTER INSTITUTION_FILTER     \
	" ORDER BY institution, department, resource, currency"
#define USERS_SQL                                                                                  \
	"SELECT institution, to_char(month, 'YYYY-MM') AS month, person, username, hub,"           \
	" department, resource, " QUANTITIES                                                       \
	" FROM report.user_cost" MONTH_FILTER INSTITUTION_FILTER                                   \
	" ORDER BY institution, person NULLS LAST, username, hub, department, resource, currency"
#define NODES_SQL(filter)                                                                          \
	"SELECT hub, node, to_char(month, 'YYYY-MM') AS month, resource, " NODE_FIGURES            \
	" FROM report.node_conservation" MONTH_FILTER filter " ORDER BY hub, node, resource"
#define NODES_TOTAL_SQL(filter)                                                                    \
	"SELECT 'total', '', '', resource, trim_scale(sum(total)), trim_scale(sum(people)),"       \
	" trim_scale(sum(system)), trim_scale(sum(difference)), unit, trim_scale(sum(coverage))"   \
	" FROM report.node_conservation" MONTH_FILTER filter                                       \
	" GROUP BY resource, unit ORDER BY resource"
#define RECONCILIATION_SQL(filter)                                                                 \
	"SELECT CASE WHEN count(*) = 0 THEN 'reconciliation: no node has usage in this month'"     \
	" ELSE format('reconciliation: node total = people + system on %s of %s node%s,"           \
	" difference %s', count(*) FILTER (WHERE exact), count(*),"                                \
	" CASE WHEN count(*) = 1 THEN '' ELSE 's' END,"                                            \
	" coalesce(string_agg(detail, ', ') FILTER (WHERE NOT exact), '0')) END"                   \
	" FROM (SELECT bool_and(difference = 0) AS exact,"                                         \
	" string_agg(format('%s %s (%s/%s)', trim_scale(difference), unit, hub, node), ', ')"      \
	" FILTER (WHERE difference <> 0) AS detail"                                                \
	" FROM report.node_conservation" MONTH_FILTER filter " GROUP BY hub, node) AS n"

/* What is asked for one kind of report. */
struct report_sql {
	const char *table;
	const char *totals;
	const char *csv;
	const char *json;
};

#define COPY_CSV(select)   "COPY (" select ") TO STDOUT WITH (FORMAT csv, HEADER)"
#define JSON_ARRAY(select) "SELECT coalesce(json_agg(r), '[]')::text FROM (" select ") AS r"
#define REPORT_SQL(select, totals_)                                                                \
	{                                                                                          \
		.table = select, .totals = totals_, .csv = COPY_CSV(select),                       \
		.json = JSON_ARRAY(select)                                                         \
	}

static const struct report_sql departments = REPORT_SQL(DEPARTMENTS_SQL,
	"SELECT 'total', '', '', resource, " QUANTITY_SUMS
	" FROM report.department_cost" MONTH_FILTER INSTITUTION_FILTER
	" GROUP BY resource, unit, currency ORDER BY resource, currency");
static const struct report_sql users =
	REPORT_SQL(USERS_SQL, "SELECT 'total', '', '', '', '', '', resource, " QUANTITY_SUMS
			      " FROM report.user_cost" MONTH_FILTER INSTITUTION_FILTER
			      " GROUP BY resource, unit, currency ORDER BY resource, currency");
static const struct report_sql nodes = REPORT_SQL(NODES_SQL(""), NODES_TOTAL_SQL(""));
static const struct report_sql nodes_of_one =
	REPORT_SQL(NODES_SQL(HUB_FILTER), NODES_TOTAL_SQL(HUB_FILTER));

static const struct report_sql *choose(enum report_kind kind, const struct report_filter *filter)
{
	switch (kind) {
	case REPORT_KIND_DEPARTMENTS:
		return &departments;
	case REPORT_KIND_USERS:
		return &users;
	case REPORT_KIND_NODES:
		break;
	}
	return *filter->institution ? &nodes_of_one : &nodes;
}

static int set_filter(struct store *store, const struct report_filter *filter)
{
	hm_cleanup(store_result_clearp) PGresult *result = NULL;
	char first_day[16];
	const char *const params[] = {first_day, filter->institution};

	(void)snprintf(first_day, sizeof(first_day), "%.7s-01", filter->month);
	return store_query(store,
		"SELECT set_config('hubmeter.month', $1, true),"
		" set_config('hubmeter.institution', $2, true)",
		2, params, &result);
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
			cells[i] = PQgetvalue(result, row, i);
		r = table_add(table, cells);
		if (r < 0)
			return r;
	}
	return 0;
}

static int fill_table(
	struct store *store, const PGresult *rows, const PGresult *totals, struct table *ret)
{
	struct table table;
	int r = init_table(rows, &table);

	if (r < 0)
		return store_fail(store, r, "out of memory");
	r = add_rows(rows, &table);
	table_rule(&table);
	if (r == 0)
		r = add_rows(totals, &table);
	if (r < 0) {
		table_release(&table);
		return store_fail(store, r, "out of memory");
	}
	*ret = table;
	return 0;
}

int store_report_table(struct store *store, enum report_kind kind,
	const struct report_filter *filter, struct table *ret, size_t *ret_rows)
{
	hm_cleanup(store_result_clearp) PGresult *rows = NULL;
	hm_cleanup(store_result_clearp) PGresult *totals = NULL;
	const struct report_sql *sql = choose(kind, filter);
	int r = set_filter(store, filter);

	if (r >= 0)
		r = store_query(store, sql->table, 0, NULL, &rows);
	if (r >= 0)
		r = store_query(store, sql->totals, 0, NULL, &totals);
	if (r >= 0)
		r = fill_table(store, rows, totals, ret);
	if (r < 0)
		return r;
	*ret_rows = (size_t)PQntuples(rows);
	return 0;
}

static int copy_out(struct store *store, FILE *out)
{
	PGresult *result;
	char *line;
	int size;
	int r = 0;

	while ((size = PQgetCopyData(store->conn, &line, 0)) > 0) {
		(void)fwrite(line, 1, (size_t)size, out); /* main() asks ferror() */
		PQfreemem(line);
	}
	if (size == -2)
		return store_fail(store, -ENOTCONN, "%s", PQerrorMessage(store->conn));
	while ((result = PQgetResult(store->conn))) {
		if (r == 0)
			r = store_judge(store, result);
		PQclear(result);
	}
	return r;
}

int store_report_csv(
	struct store *store, enum report_kind kind, const struct report_filter *filter, FILE *out)
{
	int r = set_filter(store, filter);

	if (r >= 0)
		r = store_exec(store, choose(kind, filter)->csv);
	if (r >= 0)
		r = copy_out(store, out);
	return r;
}

int store_report_json(
	struct store *store, enum report_kind kind, const struct report_filter *filter, FILE *out)
{
	hm_cleanup(store_result_clearp) PGresult *result = NULL;
	int r = set_filter(store, filter);

	if (r >= 0)
		r = store_query(store, choose(kind, filter)->json, 0, NULL, &result);
	if (r < 0)
		return r;
	(void)fprintf(out, "%s\n", PQgetvalue(result, 0, 0)); /* main() asks ferror() */
	return 0;
}

int store_report_reconciliation(struct store *store, const struct report_filter *filter, char **ret)
{
	hm_cleanup(store_result_clearp) PGresult *result = NULL;
	char *line;
	int r = set_filter(store, filter);

	if (r >= 0)
		r = store_query(store,
			*filter->institution ? RECONCILIATION_SQL(HUB_FILTER)
					     : RECONCILIATION_SQL(""),
			0, NULL, &result);
	if (r < 0)
		return r;
	line = strdup(PQgetvalue(result, 0, 0));
	if (!line)
		return store_fail(store, -ENOMEM, "out of memory");
	*ret = line;
	return 0;
}
