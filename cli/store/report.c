/*
 * A report is one statement per kind; its exact rows leave as a table for people, as CSV or as
 * JSON. Decimals are never anything but text on the way.
 */
#include "cli/store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/store/private.h"
#include "cli/store/sql/sql.h"
#include "hubmeter/cleanup.h"

static const char *statement(enum report_kind kind)
{
	switch (kind) {
	case REPORT_KIND_DEPARTMENTS:
		return sql_report_departments;
	case REPORT_KIND_USERS:
		return sql_report_users;
	case REPORT_KIND_DETAIL:
		return sql_report_detail;
	case REPORT_KIND_SUSPENSE:
		return sql_report_suspense;
	case REPORT_KIND_BILLS:
		return sql_report_bills;
	case REPORT_KIND_UNMATCHED:
		return sql_report_unmatched;
	case REPORT_KIND_FUNDS:
		return sql_report_funds;
	case REPORT_KIND_NODES:
		break;
	}
	return sql_report_nodes;
}

static int n_params(enum report_kind kind)
{
	switch (kind) {
	case REPORT_KIND_DEPARTMENTS:
	case REPORT_KIND_FUNDS:
		return 3;
	case REPORT_KIND_USERS:
	case REPORT_KIND_DETAIL:
		return 4;
	case REPORT_KIND_SUSPENSE:
	case REPORT_KIND_BILLS:
	case REPORT_KIND_UNMATCHED:
	case REPORT_KIND_NODES:
		break;
	}
	return 2;
}

static char *copy(const PGresult *result, int column)
{
	return strdup(PQgetvalue(result, 0, column));
}

static int unknown_institution(struct store *store, const char *institution)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r = store_query(store, sql_known_institutions, 0, NULL, &result);

	if (r < 0)
		return r;
	if (PQgetisnull(result, 0, 0))
		return store_fail(store, -ENOENT,
			"no institution \"%s\": there is none yet, 'hubmeter import org' makes them",
			institution);
	return store_fail(store, -ENOENT, "no institution \"%s\", known are: %s", institution,
		PQgetvalue(result, 0, 0));
}

/* The filter's unit and person, if it names them, are there. */
static int check_names(struct store *store, const struct report_filter *filter)
{
	const char *const names[] = {filter->unit, filter->person};
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r = store_query(store,
		"SELECT ($1 = '' OR report.is_known('department', $1))::int,"
		" ($2 = '' OR report.is_known('person', $2))::int",
		2, names, &result);

	if (r < 0)
		return r;
	if (!store_int64(result, 0, 0))
		return store_fail(store, -ENOENT, "no department \"%s\"", filter->unit);
	if (!store_int64(result, 0, 1))
		return store_fail(store, -ENOENT, "no person \"%s\"", filter->person);
	return 0;
}

int store_report_scope(
	struct store *store, const struct report_filter *filter, struct report_scope *ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	char first_day[16], months_back[16], last_month[16];
	const char *const params[] = {filter->institution, *filter->month ? first_day : NULL,
		months_back, filter->to ? last_month : NULL, filter->fiscal_year};
	struct report_scope scope;
	int r;

	(void)snprintf(first_day, sizeof(first_day), "%.7s-01", filter->month);
	(void)snprintf(last_month, sizeof(last_month), "%.7s-01", filter->to ? filter->to : "");
	(void)snprintf(months_back, sizeof(months_back), "%u", filter->months_back);
	r = store_query(store, sql_report_scope, 5, params, &result);
	if (r < 0)
		return r;
	if (PQntuples(result) == 0)
		return unknown_institution(store, filter->institution);
	r = check_names(store, filter);
	if (r < 0)
		return r;
	scope = (struct report_scope){
		copy(result, 0), copy(result, 1), copy(result, 2), filter->unit, filter->person};
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

int store_report(struct store *store, enum report_kind kind, const struct report_scope *scope,
	struct table *ret)
{
	const char *const params[] = {
		scope->months, scope->institutions, scope->unit, scope->person};

	return store_query_table(store, statement(kind), n_params(kind), params, ret);
}

int store_report_reconciliation(struct store *store, const struct report_scope *scope, char **ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	char *line;
	int r = query(store, sql_report_reconciliation, scope, &result);

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
	int r = query(store, sql_report_unpriced, scope, &result);

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
	r = store_query(store, sql_report_missing, 3, params, &result);
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

/* Yes or no, of the months and, as the second parameter, the institutions. */
static int ask(struct store *store, const char *sql, int n_params, const struct report_scope *scope,
	bool *ret)
{
	const char *const params[] = {scope->months, scope->institutions};
	int64_t answer;
	int r = store_query_int64(store, sql, n_params, params, &answer);

	if (r >= 0)
		*ret = answer != 0;
	return r;
}

int store_report_has_usage(struct store *store, const struct report_scope *scope, bool *ret)
{
	return ask(store, sql_report_has_usage, 1, scope, ret);
}

int store_report_funding(
	struct store *store, const struct report_scope *scope, store_line_fn *line, void *context)
{
	const char *const params[] = {scope->months, scope->institutions};

	return store_query_lines(store, sql_report_funding, 2, params, line, context);
}

int store_report_is_funding_pending(
	struct store *store, const struct report_scope *scope, bool *ret)
{
	return ask(store, sql_report_is_funding_pending, 2, scope, ret);
}

int store_report_focus(struct store *store, const struct report_scope *scope, FILE *out)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r = query(store, sql_export_focus, scope, &result);

	return r < 0 ? r : store_copy_out(store, PQgetvalue(result, 0, 0), out);
}

int store_report_explain(struct store *store, const char *line_id, bool as_json,
	store_line_fn *line, void *context, bool *ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r = store_query(store,
		as_json ? "SELECT jsonb_pretty(e) FROM report.explain_line($1::bigint) AS e"
			  " WHERE e IS NOT NULL"
			: "SELECT * FROM report.explain_text($1::bigint)",
		1, &line_id, &result);

	if (r < 0)
		return r;
	for (int i = 0; i < PQntuples(result); i++)
		line(context, PQgetvalue(result, i, 0));
	*ret = PQntuples(result) > 0;
	return 0;
}
