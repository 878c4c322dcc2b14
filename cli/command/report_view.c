/* What the options ask of a view, and how its rows are shown. The figures are SQL's, exact. */
#include "cli/command/report_view.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command/command.h"
#include "cli/command/report.h"
#include "cli/format/report_list.h"
#include "cli/session.h"
#include "common/format/table.h"
#include "hubmeter/cleanup.h"

static const char act[] = "report";

/* EXIT_SUCCESS: @view can be limited as @config says. */
static int check_options(const struct config *config, const struct report_view *view)
{
	const struct {
		const char *value, *name;
		enum report_takes needs;
	} given[] = {
		{config->month, "month", REPORT_TAKES_MONTHS},
		{config->from, "from", REPORT_TAKES_MONTHS},
		{config->to, "to", REPORT_TAKES_MONTHS},
		{config->fiscal_year, "fiscal-year", REPORT_TAKES_MONTHS},
		{config->institution, "institution", REPORT_TAKES_INSTITUTION},
		{config->unit, "unit", REPORT_TAKES_UNIT},
		{config->person, "person", REPORT_TAKES_PERSON},
	};

	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		if (*given[i].value && !(view->takes & given[i].needs))
			return command_usage_error("\"report %s\" can't be limited by --%s",
				view->name, given[i].name);
	}
	return EXIT_SUCCESS;
}

static int print_list(const struct report_view *view, const struct table *rows)
{
	const struct report_list_kinds kinds = {view->money, view->quantities, view->seconds};
	struct table list;
	int r = report_list_make(rows, &kinds, &list);

	if (r < 0)
		return command_failed(act, strerror(-r));
	(void)table_print(&list, TABLE_FORMAT_TEXT, stdout); /* main() asks ferror() */
	table_release(&list);
	return EXIT_SUCCESS;
}

static int print_rows(const struct config *config, const struct report_view *view,
	const struct report_scope *scope, const struct table *rows)
{
	bool has_months = view->takes & REPORT_TAKES_MONTHS;

	if (rows->n_rows && config->table_format == TABLE_FORMAT_TEXT && !config->exact)
		return print_list(view, rows);
	command_print_table(config, rows, "%s%s%s", view->empty, has_months ? " for " : "",
		has_months ? scope->label : "");
	return EXIT_SUCCESS;
}

static int print(struct store *store, const struct config *config, const struct report_view *view,
	const struct report_scope *scope)
{
	struct table rows;
	int status;

	if (store_report_view(store, view, scope, &rows) < 0)
		return command_failed(act, store_error(store));
	status = print_rows(config, view, scope, &rows);
	if (status == EXIT_SUCCESS && view->is_of_usage)
		status = report_print_missing(store, config, scope, rows.n_rows > 0);
	table_release(&rows);
	return status;
}

int report_view_run(const struct config *config, const char *name)
{
	hm_cleanup(session_closep) struct store *store = NULL;
	const struct report_view *view = report_view_find(name);
	struct report_filter filter = {
		.institution = config->institution, .unit = config->unit, .person = config->person};
	struct report_scope scope;
	int status;

	assert(view);
	status = check_options(config, view);
	if (status == EXIT_SUCCESS)
		status = report_period_parse(config, &filter);
	if (status != EXIT_SUCCESS)
		return status;
	store = report_begin(config, act, &filter, &scope, &status);
	if (!store)
		return status;
	status = print(store, config, view, &scope);
	report_scope_release(&scope);
	return status;
}
