#include "cli/command/explain.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/command/command.h"
#include "cli/session.h"
#include "cli/store/store.h"
#include "common/format/safe_text.h"
#include "hubmeter/cleanup.h"

static const char act[] = "explain";

static void print_safe(void *context, const char *line)
{
	(void)context;
	safe_text_print(line, stdout);
	(void)putchar('\n');
}

int explain_run(const struct config *config, char **arguments)
{
	hm_cleanup(session_closep) struct store *store = NULL;
	bool as_json = config->table_format == TABLE_FORMAT_JSON;
	bool is_known;

	if (!command_is_number(arguments[0]))
		return command_usage_error(
			"\"%s\" is not the number of a line: 'hubmeter report detail' shows them",
			arguments[0]);
	store = session_open(config);
	if (!store)
		return EXIT_FAILURE;
	if (store_report_explain(store, arguments[0], as_json,
		    as_json ? command_print_line : print_safe, NULL, &is_known) < 0)
		return command_failed(act, store_error(store));
	if (!is_known)
		return command_failed(
			act, "there is no such line; 'hubmeter report detail' shows them");
	return EXIT_SUCCESS;
}
