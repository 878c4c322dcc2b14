/* No role is taken on here: the database goes by the login. */
#include "cli/command/money/budget.h"

#include <stdlib.h>

#include "cli/command/command.h"
#include "cli/session.h"
#include "common/format/table.h"
#include "hubmeter/cleanup.h"

int budget_set_run(const struct config *config, char **arguments)
{
	hm_cleanup(session_closep) struct store *store = NULL;
	const struct budget_setting budget = {
		config->institution, arguments[0], config->fiscal_year, config->amount};
	char what[256];

	if (!*config->institution || !*config->fiscal_year || !*config->amount)
		return command_usage_error("\"budget set\" needs --institution CODE, "
					   "--fiscal-year YEAR and --amount AMOUNT");
	store = session_open(config);
	if (!store)
		return EXIT_FAILURE;
	(void)snprintf(what, sizeof(what), "set the budget of \"%s\"", budget.unit);
	if (store_begin(store) < 0 ||
		store_budget_set(store, &budget, command_print_line, NULL) < 0 ||
		store_commit(store) < 0)
		return command_failed(what, store_error(store));
	return EXIT_SUCCESS;
}

int budget_status_run(const struct config *config, char **arguments)
{
	hm_cleanup(session_closep) struct store *store = session_open(config);
	bool is_text = config->table_format == TABLE_FORMAT_TEXT;
	const struct budget_filter filter = {
		config->institution, config->unit, config->fiscal_year, config->exact || !is_text};
	struct table rows;

	(void)arguments;
	if (!store)
		return EXIT_FAILURE;
	if (store_budget_status(store, &filter, &rows) < 0)
		return command_failed("report on budgets", store_error(store));
	command_print_table(config, &rows, "there is no such budget%s",
		*config->fiscal_year ? "" : " for the current fiscal year (--fiscal-year YEAR)");
	table_release(&rows);
	return EXIT_SUCCESS;
}
