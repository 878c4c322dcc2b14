/*
 * The rules by which messages are taken are the aggregator's, so it is hubmeter-aggregator that
 * takes them: "--retry-quarantine=17,18" for some at a time, each in a transaction of its own.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command/command.h"
#include "cli/command/quarantine/private.h"
#include "cli/command/quarantine/reason_text.h"
#include "cli/program/program.h"
#include "cli/session.h"
#include "hubmeter/cleanup.h"

#define AGGREGATOR   "hubmeter-aggregator"
#define AT_ONCE	     ((size_t)500) /* numbers in one argument */
#define ARGUMENT_MAX 8

/* What became of them. */
struct outcomes {
	struct table table;
	bool is_any_left; /* one was not settled by us */
	int failed;
};

/* "17 TAB refused TAB window_future". */
static void note(void *context, char *line)
{
	struct outcomes *outcomes = context;
	char *id = strsep(&line, "\t");
	char *outcome = strsep(&line, "\t");
	const char *more = line ? line : "";
	char text[512];

	if (!outcome)
		return;
	(void)snprintf(text, sizeof(text), "%s", more); /* cut: for people */
	if (strcmp(outcome, "refused") == 0)
		(void)snprintf(text, sizeof(text), "%s: %s", more, reason_text(more));
	if (strcmp(outcome, "closed") == 0)
		(void)snprintf(text, sizeof(text), "it is %s already", more);
	if (strcmp(outcome, "absent") == 0)
		(void)snprintf(text, sizeof(text), "no such message");
	if (strcmp(outcome, "taken") != 0 && strcmp(outcome, "duplicate") != 0)
		outcomes->is_any_left = true;
	if (table_add(&outcomes->table, (const char *const[]){id, outcome, text}) < 0)
		outcomes->failed = -ENOMEM;
}

/* Arguments of the program; the texts are freed by release_arguments(). */
struct arguments {
	char *at[ARGUMENT_MAX];
	size_t count;
	bool has_failed;
};

static void release_arguments(struct arguments *arguments)
{
	for (size_t i = 0; i < arguments->count; i++)
		free(arguments->at[i]);
}

static void add(struct arguments *arguments, const char *option, const char *value)
{
	char *text;

	if (asprintf(&text, "%s%s", option, value) < 0)
		arguments->has_failed = true;
	else
		arguments->at[arguments->count++] = text;
}

static void add_options(struct arguments *arguments, const struct config *config, const char *ids)
{
	char max_age[32];

	add(arguments, AGGREGATOR, "");
	if (*config->aggregator_config)
		add(arguments, "--config=", config->aggregator_config);
	add(arguments, "--retry-quarantine=", ids);
	if (*config->shift)
		add(arguments, "--retry-shift=", config->shift);
	if (*config->reason)
		add(arguments, "--retry-reason=", config->reason);
	(void)snprintf(
		max_age, sizeof(max_age), "%" PRId64 "ms", config->max_age / 1000); /* fits */
	if (config->max_age > 0)
		add(arguments, "--max-age=", max_age);
}

/* Exit status. */
static int run(const struct config *config, const char *ids, struct outcomes *outcomes)
{
	struct arguments arguments = {.count = 0};
	char path[PATH_MAX];
	int status = EXIT_FAILURE;
	int r;

	add_options(&arguments, config, ids);
	r = arguments.has_failed ? -ENOMEM
				 : program_run(program_find(AGGREGATOR, path), arguments.at, note,
					   outcomes, &status);
	release_arguments(&arguments);
	if (r == -ENOENT)
		return command_failed("retry messages",
			"the program " AGGREGATOR " does that, and is neither beside this one nor "
			"in the PATH: install it here, or do it where it runs");
	if (r < 0)
		return command_failed("run " AGGREGATOR, strerror(-r));
	return status;
}

static int run_all(
	const struct config *config, const struct chosen *chosen, struct outcomes *outcomes)
{
	int status = EXIT_SUCCESS;

	/* the way for what may hold a password: an argument is everybody's to read */
	if (*config->postgres && setenv("HUBMETER_POSTGRES", config->postgres, 1) < 0)
		return command_failed("run " AGGREGATOR, strerror(errno));
	for (size_t at = 0; at < chosen->count && status == EXIT_SUCCESS; at += AT_ONCE) {
		const size_t left = chosen->count - at;
		hm_cleanup(hm_freep) char *ids =
			chosen_join(chosen, at, left < AT_ONCE ? left : AT_ONCE);

		status = ids ? run(config, ids, outcomes)
			     : command_failed("retry messages", "out of memory");
	}
	return status;
}

static int retry_chosen(const struct config *config, const struct chosen *chosen)
{
	static const struct table_column columns[] = {
		{"id", true}, {"outcome", false}, {"detail", false}};
	struct outcomes outcomes = {.failed = 0};
	int status;

	if (table_init(&outcomes.table, columns, 3) < 0)
		return command_failed("retry messages", "out of memory");
	status = run_all(config, chosen, &outcomes);
	if (status == EXIT_SUCCESS || outcomes.table.n_rows > 0)
		command_print_table(config, &outcomes.table, "no such message is in quarantine");
	table_release(&outcomes.table);
	if (outcomes.failed < 0)
		return command_failed("say what became of all messages", "out of memory");
	return status == EXIT_SUCCESS && outcomes.is_any_left ? EXIT_FAILURE : status;
}

int quarantine_retry(const struct config *config, char **arguments)
{
	hm_cleanup(session_closep) struct store *store = NULL;
	hm_cleanup(chosen_release) struct chosen chosen = {.count = 0};
	int status;

	if (*config->shift && !config->reason[strspn(config->reason, " \t")])
		return command_usage_error(
			"a message is dated anew with a reason, which is kept: say --reason TEXT");
	store = session_open(config);
	if (!store)
		return EXIT_FAILURE;
	status = chosen_find(config, store, "retry", arguments, &chosen);
	return status == EXIT_SUCCESS ? retry_chosen(config, &chosen) : status;
}
