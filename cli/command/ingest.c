/* The database checks and records what is decided; the aggregator that owns the partition sees it
 * within seconds. */
#include "cli/command/ingest.h"

#include <stdlib.h>
#include <string.h>

#include "cli/command/command.h"
#include "cli/session.h"
#include "cli/store/ingest.h"
#include "hubmeter/cleanup.h"

#define NUMBER_SIZE_MAX 18 /* digits that fit int64_t whatever they are */

static bool is_number(const char *text)
{
	const size_t size = strlen(text);

	return size > 0 && size <= NUMBER_SIZE_MAX && strspn(text, "0123456789") == size;
}

static int refuse_number(const char *what, const char *text)
{
	return command_usage_error("%s: \"%s\": not a whole number", what, text);
}

static int decide(const struct config *config, const struct decision *decision, const char *act)
{
	hm_cleanup(session_closep) struct store *store = NULL;

	if (!is_number(decision->partition))
		return refuse_number("PARTITION", decision->partition);
	if (!is_number(decision->from_offset))
		return refuse_number("option \"--from\"", decision->from_offset);
	if (decision->to_offset && !is_number(decision->to_offset))
		return refuse_number("option \"--to\"", decision->to_offset);
	if (!*decision->reason)
		return command_usage_error(
			"what is decided is kept with its reason: say --reason TEXT");
	store = session_open(config);
	if (!store)
		return EXIT_FAILURE;
	if (store_begin(store) < 0 || store_go_on(store, decision, command_print_line, NULL) < 0 ||
		store_commit(store) < 0)
		return command_failed(act, store_error(store));
	return EXIT_SUCCESS;
}

int ingest_accept_gap_run(const struct config *config, char **arguments)
{
	const struct decision decision = {.act = DECISION_ACCEPT_GAP,
		.topic = arguments[0],
		.partition = arguments[1],
		.from_offset = config->from,
		.to_offset = config->to,
		.reason = config->reason};

	if (!*config->from || !*config->to)
		return command_usage_error(
			"\"ingest accept-gap\" needs --from OFFSET and --to OFFSET: 'hubmeter "
			"doctor' says which are missing");
	return decide(config, &decision, "accept the gap");
}

int ingest_restart_run(const struct config *config, char **arguments)
{
	const struct decision decision = {.act = DECISION_RESTART,
		.topic = arguments[0],
		.partition = arguments[1],
		.from_offset = *config->from ? config->from : "0",
		.reason = config->reason};

	return decide(config, &decision, "read the partition from its start");
}
