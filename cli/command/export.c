/* Rows pass through as the database writes them: a month of any size takes no memory here. */
#include "cli/command/export.h"

#include <stdlib.h>

#include "cli/command/command.h"
#include "cli/command/report.h"
#include "cli/session.h"
#include "hubmeter/cleanup.h"

static const char act[] = "export the charges";

/* What the file does not know is said to people: a program reads the file. */
static int export(struct store *store, const struct report_scope *scope)
{
	struct report_missing missing;

	if (store_report_missing(store, scope, &missing) < 0 ||
		store_report_focus(store, scope, stdout) < 0) /* main() asks ferror() */
		return command_failed(act, store_error(store));
	report_missing_print(&missing, stderr);
	return EXIT_SUCCESS;
}

int export_focus_run(const struct config *config, char **arguments)
{
	hm_cleanup(session_closep) struct store *store = NULL;
	struct report_filter filter = {
		.institution = config->institution, .unit = "", .person = ""};
	struct report_scope scope;
	int status;

	(void)arguments;
	if (*config->unit || *config->person)
		return command_usage_error(
			"a FOCUS file is of whole institutions: it takes no --unit and no --person");
	if (config->table_format == TABLE_FORMAT_JSON)
		return command_usage_error("a FOCUS file is CSV: it takes no --format json");
	store = report_begin(config, act, &filter, &scope, &status);
	if (!store)
		return status;
	status = export(store, &scope);
	report_scope_release(&scope);
	return status;
}
