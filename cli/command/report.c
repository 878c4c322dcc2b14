/* Which month of what, and in which form. The figures come from the database, exact. */
#include "cli/command/report.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command/command.h"
#include "cli/format/report_table.h"
#include "cli/format/table.h"
#include "cli/session.h"
#include "hubmeter/cleanup.h"

static const char act[] = "report";

bool report_month_valid(const char *month)
{
	static const char pattern[] = "dddd-dd";
	int year, number;

	if (strlen(month) != sizeof(pattern) - 1)
		return false;
	for (size_t i = 0; pattern[i]; i++) {
		if (pattern[i] == 'd' ? !isdigit((unsigned char)month[i]) : month[i] != pattern[i])
			return false;
	}
	year = atoi(month);
	number = atoi(month + 5);
	return year >= 2000 && year < 2200 && number >= 1 && number <= 12;
}

static int print_reconciliation(struct store *store, const struct report_filter *filter)
{
	hm_cleanup(hm_freep) char *line = NULL;

	if (store_report_reconciliation(store, filter, &line) < 0)
		return command_failed(act, store_error(store));
	(void)printf("\n%s\n", line);
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

static int print(struct store *store, const struct config *config, enum report_kind kind,
	const struct report_filter *filter)
{
	struct table rows;
	int status = EXIT_SUCCESS;

	if (store_report(store, kind, filter, &rows) < 0)
		return command_failed(act, store_error(store));
	if (config->table_format != TABLE_FORMAT_TEXT)
		(void)table_print(&rows, config->table_format, stdout);
	else if (rows.n_rows)
		status = print_table(&rows, config->exact);
	else
		(void)fprintf(stderr, "hubmeter: nothing found for %s%s%s\n", filter->month,
			*filter->institution ? " and institution " : "", filter->institution);
	if (status == EXIT_SUCCESS && kind == REPORT_KIND_NODES &&
		config->table_format == TABLE_FORMAT_TEXT)
		status = print_reconciliation(store, filter);
	table_release(&rows);
	return status;
}

static int report(const struct config *config, enum report_kind kind)
{
	hm_cleanup(session_closep) struct store *store = NULL;
	const struct report_filter filter = {config->month, config->institution};

	if (!*config->month)
		return command_usage_error("a report needs --month YYYY-MM");
	if (!report_month_valid(config->month))
		return command_usage_error(
			"option \"--month\": \"%s\": not a month, as 2026-09", config->month);
	store = session_open(config);
	if (!store)
		return EXIT_FAILURE;
	/* rows and totals from one snapshot */
	if (store_begin_repeatable_read(store) < 0)
		return command_failed(act, store_error(store));
	return print(store, config, kind, &filter);
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

int report_nodes_run(const struct config *config, char **arguments)
{
	(void)arguments;
	return report(config, REPORT_KIND_NODES);
}
