/* The database knows what stands in the way of a month and whose login may close it; here it is
 * asked. */
#include "cli/command/ledger/close.h"

#include <stdlib.h>
#include <string.h>

#include "cli/command/command.h"
#include "cli/command/report.h"
#include "cli/session.h"
#include "common/format/table.h"
#include "hubmeter/cleanup.h"

/* A month is named in full: nobody closes another one because it is past midnight. */
static int require_month(const struct config *config, const char *command)
{
	if (!*config->institution || !*config->month)
		return command_usage_error(
			"\"close %s\" needs --institution CODE and --month YYYY-MM", command);
	if (!report_month_valid(config->month))
		return command_usage_error(
			"option \"--month\": \"%s\": not a month as 2026-09", config->month);
	return EXIT_SUCCESS;
}

/* Print a table, or @empty where there is nothing; @column of a row that is not @fine, unless that
 * is null, makes the exit status 1. */
struct listing {
	enum ledger_table kind;
	const char *act, *empty;
	int column;
	const char *fine; /* null: a cell that is null is fine */
	bool is_checked;
};

static bool is_fine(const struct listing *listing, const struct table *rows)
{
	for (size_t i = 0; i < rows->n_rows && listing->is_checked; i++) {
		const char *cell = table_cell(rows, i, (size_t)listing->column);

		if (cell && (!listing->fine || strcmp(cell, listing->fine) != 0))
			return false;
	}
	return true;
}

static int print_listing(const struct config *config, const struct listing *listing)
{
	hm_cleanup(session_closep) struct store *store = session_open(config);
	const struct ledger_month month = {config->institution, config->month, config->unit};
	struct table rows;
	int status;

	if (!store)
		return EXIT_FAILURE;
	if (store_ledger_table(store, listing->kind, &month, &rows) < 0)
		return command_failed(listing->act, store_error(store));
	command_print_table(config, &rows, "%s", listing->empty);
	status = is_fine(listing, &rows) ? EXIT_SUCCESS : EXIT_FAILURE;
	table_release(&rows);
	return status;
}

int close_list_run(const struct config *config, char **arguments)
{
	const struct listing listing = {.kind = LEDGER_TABLE_PERIODS,
		.act = "list the months",
		.empty = "all months are open: 'hubmeter close begin' begins to close one"};

	(void)arguments;
	return print_listing(config, &listing);
}

int close_check_run(const struct config *config, char **arguments)
{
	const struct listing listing = {.kind = LEDGER_TABLE_READINESS,
		.act = "check the month",
		.empty = "nothing stands in the way of closing the month",
		.column = 4,
		.fine = "waived",
		.is_checked = true};
	int r = require_month(config, "check");

	(void)arguments;
	return r == EXIT_SUCCESS ? print_listing(config, &listing) : r;
}

int close_verify_run(const struct config *config, char **arguments)
{
	const struct listing listing = {.kind = LEDGER_TABLE_VERIFICATION,
		.act = "verify closed months",
		.empty = "no month is closed",
		.column = 3,
		.is_checked = true};

	(void)arguments;
	return print_listing(config, &listing);
}

int close_review_run(const struct config *config, char **arguments)
{
	const struct listing listing = {
		.kind = *config->unit ? LEDGER_TABLE_REVIEW_LINES : LEDGER_TABLE_REVIEW,
		.act = "review the month",
		.empty = "nothing is about to be posted in the month, that you may see"};
	int r = require_month(config, "review");

	(void)arguments;
	return r == EXIT_SUCCESS ? print_listing(config, &listing) : r;
}

int ledger_balance_run(const struct config *config, char **arguments)
{
	const struct listing listing = {.kind = LEDGER_TABLE_BALANCE,
		.act = "balance the ledger",
		.empty = "nothing was posted: 'hubmeter close finish' posts a month"};

	(void)arguments;
	if (*config->month && !report_month_valid(config->month))
		return report_month_refused(config->month);
	return print_listing(config, &listing);
}

struct closing {
	const struct config *config;
	const char *command, *verb;
};

static int take_step(const struct closing *closing, enum close_step step)
{
	hm_cleanup(session_closep) struct store *store = NULL;
	const struct config *config = closing->config;
	const struct ledger_month month = {config->institution, config->month, ""};
	char what[128];
	int r = require_month(config, closing->command);

	if (r != EXIT_SUCCESS)
		return r;
	if (step == CLOSE_REOPEN && !*config->reason)
		return command_usage_error("\"close reopen\" needs --reason TEXT");
	store = session_open(config);
	if (!store)
		return EXIT_FAILURE;
	(void)snprintf(what, sizeof(what), "%s %s", closing->verb, config->month);
	if (store_begin_as_controller(store) < 0 ||
		store_close_step(store, step, &month, config->reason, command_print_line, NULL) <
			0 ||
		store_commit(store) < 0)
		return command_failed(what, store_error(store));
	return EXIT_SUCCESS;
}

int close_begin_run(const struct config *config, char **arguments)
{
	const struct closing closing = {config, "begin", "begin to close"};

	(void)arguments;
	return take_step(&closing, CLOSE_BEGIN);
}

int close_finish_run(const struct config *config, char **arguments)
{
	const struct closing closing = {config, "finish", "close"};

	(void)arguments;
	return take_step(&closing, CLOSE_FINISH);
}

int close_reopen_run(const struct config *config, char **arguments)
{
	const struct closing closing = {config, "reopen", "open"};

	(void)arguments;
	return take_step(&closing, CLOSE_REOPEN);
}

int close_waive_run(const struct config *config, char **arguments)
{
	hm_cleanup(session_closep) struct store *store = NULL;
	const struct ledger_month month = {config->institution, config->month, ""};
	const struct waiver waiver = {
		arguments[0], arguments[1] ? arguments[1] : "", config->reason};
	char what[256];
	int r = require_month(config, "waive");

	if (r != EXIT_SUCCESS)
		return r;
	if (arguments[1] && arguments[2])
		return command_usage_error("unexpected argument \"%s\"", arguments[2]);
	if (!*config->reason)
		return command_usage_error("\"close waive\" needs --reason TEXT");
	store = session_open(config);
	if (!store)
		return EXIT_FAILURE;
	(void)snprintf(what, sizeof(what), "waive \"%s\"", waiver.item);
	if (store_begin_as_controller(store) < 0 ||
		store_close_waive(store, &month, &waiver, command_print_line, NULL) < 0 ||
		store_commit(store) < 0)
		return command_failed(what, store_error(store));
	return EXIT_SUCCESS;
}

static int take_part(
	const struct config *config, enum review_act act, const struct review_arguments *arguments)
{
	hm_cleanup(session_closep) struct store *store = NULL;
	char what[128];

	if (!command_is_number(arguments->subject))
		return command_usage_error("\"%s\" is not a number: 'hubmeter close review' and "
					   "'close check' show them",
			arguments->subject);
	if (!*arguments->reason)
		return command_usage_error("a review keeps reasons: say --reason TEXT");
	store = session_open(config);
	if (!store)
		return EXIT_FAILURE;
	(void)snprintf(what, sizeof(what), "%s %s",
		act == REVIEW_ANSWER ? "answer question" : "take up line", arguments->subject);
	if (store_begin(store) < 0 ||
		store_review_act(store, act, arguments, command_print_line, NULL) < 0 ||
		store_commit(store) < 0)
		return command_failed(what, store_error(store));
	return EXIT_SUCCESS;
}

int close_question_run(const struct config *config, char **arguments)
{
	const struct review_arguments said = {arguments[0], config->reason, ""};

	return take_part(config, REVIEW_QUESTION, &said);
}

int close_answer_run(const struct config *config, char **arguments)
{
	const struct review_arguments said = {arguments[0], config->reason, ""};

	return take_part(config, REVIEW_ANSWER, &said);
}

int close_repoint_run(const struct config *config, char **arguments)
{
	const struct review_arguments said = {arguments[0], config->reason, arguments[1]};

	return take_part(config, REVIEW_REPOINT, &said);
}
