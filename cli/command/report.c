/* Which month of what, and in which form. The figures come from the database, exact. */
#include "cli/command/report.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command/command.h"
#include "cli/format/report_table.h"
#include "cli/session.h"
#include "common/format/table.h"
#include "hubmeter/cleanup.h"

static const char act[] = "report";

static bool is_digit_pattern(const char *text, const char *pattern)
{
	if (strlen(text) != strlen(pattern))
		return false;
	for (size_t i = 0; pattern[i]; i++) {
		if (pattern[i] == 'd' ? !isdigit((unsigned char)text[i]) : text[i] != pattern[i])
			return false;
	}
	return true;
}

bool report_month_valid(const char *month)
{
	if (!is_digit_pattern(month, "dddd-dd"))
		return false;
	return strcmp(month, "2000") > 0 && strcmp(month, "2200") < 0 &&
	       strcmp(month + 5, "01") >= 0 && strcmp(month + 5, "12") <= 0;
}

bool report_filter_parse(const char *month, struct report_filter *ret)
{
	if (!*month || strcmp(month, "current") == 0 || strcmp(month, "last") == 0) {
		ret->month = "";
		ret->months_back = month[0] == 'l';
		return true;
	}
	ret->month = month;
	return report_month_valid(month);
}

int report_month_refused(const char *month)
{
	return command_usage_error(
		"option \"--month\": \"%s\": not a month as 2026-09, nor current or last", month);
}

static int print_reconciliation(struct store *store, const struct report_scope *scope)
{
	hm_cleanup(hm_freep) char *line = NULL;

	if (store_report_reconciliation(store, scope, &line) < 0)
		return command_failed(act, store_error(store));
	(void)printf("\n%s\n", line);
	return EXIT_SUCCESS;
}

static int print_funding(struct store *store, const struct report_scope *scope)
{
	(void)putchar('\n');
	if (store_report_funding(store, scope, command_print_line, NULL) < 0)
		return command_failed(act, store_error(store));
	return EXIT_SUCCESS;
}

/* What stands below the table. Who pays for a unit alone is no whole that could be reconciled. */
static int print_proof(struct store *store, enum report_kind kind, const struct report_scope *scope)
{
	if (kind == REPORT_KIND_NODES)
		return print_reconciliation(store, scope);
	if (kind == REPORT_KIND_FUNDS && !*scope->unit)
		return print_funding(store, scope);
	return EXIT_SUCCESS;
}

/* The exact @rows, grouped and with totals. */
static int print_table(const struct table *rows, bool is_exact)
{
	struct table table;
	int r = report_table_make(rows, is_exact, &table);

	if (r < 0)
		return command_failed(act, strerror(-r));
	(void)table_print(&table, TABLE_FORMAT_TEXT, stdout); /* main() asks ferror() */
	table_release(&table);
	return EXIT_SUCCESS;
}

int report_print(const struct config *config, const struct table *rows)
{
	if (config->table_format == TABLE_FORMAT_TEXT)
		return rows->n_rows ? print_table(rows, config->exact) : EXIT_SUCCESS;
	(void)table_print(rows, config->table_format, stdout);
	return EXIT_SUCCESS;
}

static void print_missing(const struct config *config, const struct report_missing *missing)
{
	bool is_text = config->table_format == TABLE_FORMAT_TEXT;

	if (is_text && report_is_missing(missing))
		(void)putchar('\n');
	report_missing_print(missing, is_text ? stdout : stderr);
}

int report_print_missing(struct store *store, const struct config *config,
	const struct report_scope *scope, bool is_below)
{
	struct report_missing missing;

	if (store_report_missing(store, scope, &missing) < 0)
		return command_failed(act, store_error(store));
	if (is_below)
		print_missing(config, &missing);
	else
		report_missing_print(&missing, stderr);
	return EXIT_SUCCESS;
}

/* Why there are no rows. */
static int explain_empty(struct store *store, const struct config *config, enum report_kind kind,
	const struct report_scope *scope, const struct report_missing *missing)
{
	const char *why = "nobody used anything";
	bool has_usage, is_unfunded = false;

	if (store_report_has_usage(store, scope, &has_usage) < 0 ||
		(kind == REPORT_KIND_FUNDS &&
			store_report_is_funding_pending(store, scope, &is_unfunded) < 0))
		return command_failed(act, store_error(store));
	if (is_unfunded)
		why = "no charge is funded yet (run 'hubmeter rate')";
	else if (!has_usage)
		why = "nothing was metered (see 'hubmeter doctor')";
	else if (kind != REPORT_KIND_NODES && missing->pending_days)
		why = "nothing is rated yet (run 'hubmeter rate')";
	else if (kind == REPORT_KIND_SUSPENSE)
		why = "nothing is in suspense";
	(void)fprintf(stderr, "hubmeter: nothing to report for %s%s%s%s%s%s%s: %s\n", scope->label,
		*config->institution ? " and institution " : "", config->institution,
		*config->unit ? " and unit " : "", config->unit,
		*config->person ? " and person " : "", config->person, why);
	return EXIT_SUCCESS;
}

/* Bills are exact and have no totals: each is a document of its own. */
static int print_bills(const struct config *config, enum report_kind kind,
	const struct report_scope *scope, const struct table *rows)
{
	command_print_table(config, rows, "%s for %s",
		kind == REPORT_KIND_BILLS ? "no bill was imported"
					  : "every line of a bill fits a rule",
		scope->label);
	return EXIT_SUCCESS;
}

static int print_rows(struct store *store, const struct config *config, enum report_kind kind,
	const struct report_scope *scope, const struct table *rows)
{
	bool is_text = config->table_format == TABLE_FORMAT_TEXT;
	struct report_missing missing;
	int status;

	if (kind == REPORT_KIND_BILLS || kind == REPORT_KIND_UNMATCHED)
		return print_bills(config, kind, scope, rows);
	if (store_report_missing(store, scope, &missing) < 0)
		return command_failed(act, store_error(store));
	status = report_print(config, rows);
	if (status == EXIT_SUCCESS && !rows->n_rows)
		return explain_empty(store, config, kind, scope, &missing);
	if (status == EXIT_SUCCESS && is_text)
		status = print_proof(store, kind, scope);
	print_missing(config, &missing);
	return status;
}

static int print(struct store *store, const struct config *config, enum report_kind kind,
	const struct report_scope *scope)
{
	struct table rows;
	int status;

	if (store_report(store, kind, scope, &rows) < 0)
		return command_failed(act, store_error(store));
	status = print_rows(store, config, kind, scope, &rows);
	table_release(&rows);
	return status;
}

int report_period_parse(const struct config *config, struct report_filter *filter)
{
	bool has_from = *config->from, has_to = *config->to, has_year = *config->fiscal_year;

	if ((has_from || has_to) + has_year + (*config->month != 0) > 1)
		return command_usage_error("give one of --month, --from and --fiscal-year");
	if (has_from != has_to)
		return command_usage_error("--from MONTH and --to MONTH belong together");
	if (has_from && (!report_month_valid(config->from) || !report_month_valid(config->to) ||
				strcmp(config->from, config->to) > 0))
		return command_usage_error(
			"options \"--from\", \"--to\": \"%s\" to \"%s\": not two "
			"months in order, as 2026-07 to 2026-09",
			config->from, config->to);
	if (has_year && !(is_digit_pattern(config->fiscal_year, "2ddd") &&
				strcmp(config->fiscal_year, "2200") < 0))
		return command_usage_error("option \"--fiscal-year\": \"%s\": not a year as 2026",
			config->fiscal_year);
	if (has_from) {
		filter->month = config->from;
		filter->to = config->to;
	} else if (has_year) {
		filter->fiscal_year = config->fiscal_year;
	}
	return EXIT_SUCCESS;
}

struct store *report_begin(const struct config *config, const char *purpose,
	struct report_filter *filter, struct report_scope *ret_scope, int *ret_status)
{
	hm_cleanup(session_closep) struct store *store = NULL;

	if (!filter->month && !report_filter_parse(config->month, filter)) {
		*ret_status = report_month_refused(config->month);
		return NULL;
	}
	*ret_status = EXIT_FAILURE;
	store = session_open(config);
	if (!store)
		return NULL;
	if (store_begin_repeatable_read(store) < 0 ||
		store_report_scope(store, filter, ret_scope) < 0) {
		*ret_status = command_failed(purpose, store_error(store));
		return NULL;
	}
	return hm_steal(&store);
}

static int report(const struct config *config, enum report_kind kind)
{
	hm_cleanup(session_closep) struct store *store = NULL;
	struct report_filter filter = {
		.institution = config->institution, .unit = config->unit, .person = config->person};
	struct report_scope scope;
	int status = report_period_parse(config, &filter);

	if (status != EXIT_SUCCESS)
		return status;
	store = report_begin(config, act, &filter, &scope, &status);
	if (!store)
		return status;
	status = print(store, config, kind, &scope);
	report_scope_release(&scope);
	return status;
}

int report_departments_run(const struct config *config, char **arguments)
{
	(void)arguments;
	return report(config, REPORT_KIND_DEPARTMENTS);
}

int report_users_run(const struct config *config, char **arguments)
{
	(void)arguments;
	return report(config, REPORT_KIND_USERS);
}

int report_detail_run(const struct config *config, char **arguments)
{
	(void)arguments;
	return report(config, REPORT_KIND_DETAIL);
}

int suspense_list_run(const struct config *config, char **arguments)
{
	(void)arguments;
	return report(config, REPORT_KIND_SUSPENSE);
}

int bill_reconcile_run(const struct config *config, char **arguments)
{
	(void)arguments;
	return report(config, REPORT_KIND_BILLS);
}

int bill_unmatched_run(const struct config *config, char **arguments)
{
	(void)arguments;
	return report(config, REPORT_KIND_UNMATCHED);
}

int report_nodes_run(const struct config *config, char **arguments)
{
	(void)arguments;
	return report(config, REPORT_KIND_NODES);
}

int report_funds_run(const struct config *config, char **arguments)
{
	(void)arguments;
	return report(config, REPORT_KIND_FUNDS);
}
