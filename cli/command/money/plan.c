/* The database knows what is wrong with a plan and whose login may approve it; here it is asked. */
#include "cli/command/money/plan.h"

#include <stdlib.h>

#include "cli/command/command.h"
#include "cli/session.h"
#include "common/format/table.h"
#include "hubmeter/cleanup.h"

static bool has_faults(const struct table *versions)
{
	for (size_t i = 0; i < versions->n_rows; i++) {
		if (table_cell(versions, i, versions->n_columns - 1))
			return true;
	}
	return false;
}

int plan_check_run(const struct config *config, char **arguments)
{
	hm_cleanup(session_closep) struct store *store = NULL;
	const struct plan_filter filter = {config->institution, arguments[0] ? arguments[0] : ""};
	struct table versions;
	int status;

	if (arguments[0] && arguments[1])
		return command_usage_error("unexpected argument \"%s\"", arguments[1]);
	store = session_open(config);
	if (!store)
		return EXIT_FAILURE;
	if (store_plan_versions(store, &filter, &versions) < 0)
		return command_failed("check the plans", store_error(store));
	command_print_table(config, &versions, "no such plan was imported");
	status = has_faults(&versions) ? EXIT_FAILURE : EXIT_SUCCESS;
	table_release(&versions);
	return status;
}

int plan_approve_run(const struct config *config, char **arguments)
{
	hm_cleanup(session_closep) struct store *store = NULL;
	const struct plan_filter filter = {config->institution, arguments[0]};
	char what[256];

	if (!*config->institution)
		return command_usage_error("\"plan approve\" needs --institution CODE");
	store = session_open(config);
	if (!store)
		return EXIT_FAILURE;
	(void)snprintf(what, sizeof(what), "approve the plan \"%s\"", filter.plan);
	if (store_begin_as_controller(store) < 0 ||
		store_plan_approve(store, &filter, config->valid_from, command_print_line, NULL) <
			0 ||
		store_commit(store) < 0)
		return command_failed(what, store_error(store));
	return EXIT_SUCCESS;
}
