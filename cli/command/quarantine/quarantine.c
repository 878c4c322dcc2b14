/* The database keeps who did what and why; taking a message after all is the aggregator's work. */
#include "cli/command/quarantine/quarantine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command/command.h"
#include "cli/command/quarantine/private.h"
#include "cli/session.h"
#include "hubmeter/cleanup.h"

static int list(const struct config *config, char **arguments)
{
	hm_cleanup(session_closep) struct store *store = NULL;
	hm_cleanup(table_release) struct table rows = {.n_rows = 0};
	char topic[256];
	struct quarantine_filter filter = filter_of(config, topic);

	if (*arguments)
		return command_usage_error("unexpected argument \"%s\"", *arguments);
	store = session_open(config);
	if (!store)
		return EXIT_FAILURE;
	if (store_quarantine_list(store, &filter, config->each, &rows) < 0)
		return command_failed("look into the quarantine", store_error(store));
	command_print_table(config, &rows, "nothing is in quarantine");
	return EXIT_SUCCESS;
}

static int discard_all(
	const struct config *config, struct store *store, const struct chosen *chosen)
{
	hm_cleanup(hm_freep) char *joined = chosen_join(chosen, 0, chosen->count);
	hm_cleanup(hm_freep) char *ids = NULL;
	int64_t count = 0;

	if (!joined || asprintf(&ids, "{%s}", joined) < 0)
		return command_failed("discard messages", "out of memory");
	if (store_begin(store) < 0 ||
		store_quarantine_discard(store, ids, config->reason, config->drop_payload, &count) <
			0 ||
		store_commit(store) < 0)
		return command_failed("discard messages", store_error(store));
	printf("%" PRId64 " message%s discarded%s\n", count, count == 1 ? "" : "s",
		config->drop_payload ? ", payload dropped" : "");
	return EXIT_SUCCESS;
}

static int discard(const struct config *config, char **arguments)
{
	hm_cleanup(session_closep) struct store *store = NULL;
	hm_cleanup(chosen_release) struct chosen chosen = {.count = 0};
	int status;

	if (!config->reason[strspn(config->reason, " \t")])
		return command_usage_error(
			"what is discarded is kept with its reason: say --reason TEXT");
	store = session_open(config);
	if (!store)
		return EXIT_FAILURE;
	status = chosen_find(config, store, "discard", arguments, &chosen);
	return status == EXIT_SUCCESS ? discard_all(config, store, &chosen) : status;
}

int quarantine_run(const struct config *config, char **arguments)
{
	static const struct {
		const char *act;
		int (*run)(const struct config *config, char **arguments);
	} acts[] = {{"list", list}, {"show", quarantine_show}, {"retry", quarantine_retry},
		{"discard", discard}};

	for (size_t i = 0; i < sizeof(acts) / sizeof(*acts); i++)
		if (strcmp(arguments[0], acts[i].act) == 0)
			return acts[i].run(config, arguments + 1);
	return command_usage_error(
		"\"ingest quarantine\": \"%s\": not list, show, retry or discard", arguments[0]);
}
