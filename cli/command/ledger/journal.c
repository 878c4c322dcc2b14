/* Between the database, which made the journals, and the files of cli/journal. */
#include "cli/command/ledger/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command/command.h"
#include "cli/command/report.h"
#include "cli/format/file.h"
#include "cli/format/json_object.h"
#include "cli/journal/answer.h"
#include "cli/journal/export.h"
#include "cli/session.h"
#include "hubmeter/cleanup.h"
#include "hubmeter/version.h"

#define ANSWER_SIZE_LIMIT (256u << 20)

int journal_list_run(const struct config *config, char **arguments)
{
	hm_cleanup(session_closep) struct store *store = NULL;
	const struct ledger_month month = {config->institution, config->month, ""};
	struct table rows;

	(void)arguments;
	if (*config->month && !report_month_valid(config->month))
		return report_month_refused(config->month);
	store = session_open(config);
	if (!store)
		return EXIT_FAILURE;
	if (store_ledger_table(store, LEDGER_TABLE_JOURNALS, &month, &rows) < 0)
		return command_failed("list the journals", store_error(store));
	command_print_table(
		config, &rows, "there is no journal: 'hubmeter close finish' makes them");
	table_release(&rows);
	return EXIT_SUCCESS;
}

/* --- Export --- */

struct rows {
	const struct table *table;
	size_t next;
	struct journal_line line;
};

/* A cell becomes the member of the column of the same number. */
static void take_cell(
	struct journal_line *line, const struct journal_field *field, const char *cell)
{
	char *member = (char *)line + field->offset;

	switch (field->type) {
	case JOURNAL_FIELD_TEXT:
		memcpy(member, (const void *)&cell, sizeof(cell));
		break;
	case JOURNAL_FIELD_NUMBER:
		*(uint64_t *)(void *)member = strtoull(cell, NULL, 10); /* SQL's */
		break;
	case JOURNAL_FIELD_CENTS:
		*(int64_t *)(void *)member = strtoll(cell, NULL, 10);
		break;
	}
}

static int next_row(void *context, const struct journal_line **ret)
{
	struct rows *rows = context;

	if (rows->next == rows->table->n_rows)
		return 0;
	for (size_t i = 0; i < JOURNAL_FIELD_COUNT; i++)
		take_cell(&rows->line, &journal_fields[i], table_cell(rows->table, rows->next, i));
	rows->next++;
	*ret = &rows->line;
	return 1;
}

static struct journal_batch batch_of(const struct table *row)
{
	return (struct journal_batch){.id = table_cell(row, 0, 0),
		.serial = strtoull(table_cell(row, 0, 1), NULL, 10),
		.institution = table_cell(row, 0, 2),
		.currency = table_cell(row, 0, 3),
		.post_date = table_cell(row, 0, 4),
		.fiscal_year = table_cell(row, 0, 5),
		.fiscal_period = table_cell(row, 0, 6),
		.preparer = table_cell(row, 0, 7),
		.approver = table_cell(row, 0, 8),
		.approved_usec = strtoll(table_cell(row, 0, 9), NULL, 10),
		.closed_digest = table_cell(row, 0, 10),
		.software_rev = table_cell(row, 0, 11)};
}

static int write_files(const struct config *config, const struct table *batch,
	const struct table *lines, const struct journal_template *template)
{
	const struct journal_batch of = batch_of(batch);
	struct rows rows = {.table = lines};
	const struct journal_lines source = {next_row, &rows};
	struct journal_exported exported;
	char error[JOURNAL_ERROR_SIZE], what[256], debit[JOURNAL_CENTS_SIZE];

	(void)snprintf(what, sizeof(what), "export the journal \"%s\"", of.id);
	if (journal_export(&of, &source, template, config->directory, &exported, error) < 0)
		return command_failed(what, error);
	(void)printf("%s: %" PRIu64 " lines, %s %s%s\n", exported.path, exported.totals.lines,
		journal_cents_print(exported.totals.debit_cents, debit), of.currency,
		exported.was_there ? ", as it was" : "");
	return EXIT_SUCCESS;
}

static int read_template(const struct config *config, struct journal_template **ret)
{
	char path[PATH_MAX];
	struct input_errors errors = {0};
	int r = journal_template_read(
		HUBMETER_JOURNAL_DIR, config->template, path, sizeof(path), &errors, ret);

	if (r >= 0)
		return EXIT_SUCCESS;
	if (r == -EBADMSG)
		input_errors_end(&errors, "nothing was exported");
	else
		(void)command_failed(path, strerror(-r));
	return EXIT_FAILURE;
}

int journal_export_run(const struct config *config, char **arguments)
{
	hm_cleanup(session_closep) struct store *store = NULL;
	hm_cleanup(journal_template_freep) struct journal_template *template = NULL;
	const struct ledger_journal journal = {config->institution, arguments[0]};
	struct table batch, lines;
	int status;

	if (!*config->institution)
		return command_usage_error("\"journal export\" needs --institution CODE");
	if (*config->template && read_template(config, &template) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	store = session_open(config);
	if (!store)
		return EXIT_FAILURE;
	if (store_begin_repeatable_read(store) < 0 ||
		store_journal_load(store, &journal, &batch, &lines) < 0)
		return command_failed("export the journal", store_error(store));
	status = write_files(config, &batch, &lines, template);
	table_release(&batch);
	table_release(&lines);
	return status;
}

/* --- Answers --- */

struct answers {
	const struct config *config;
	struct store *store;
	struct journal_answers all;
	struct input_errors errors;
};

/* Lines that the ledger does not name are as it wants them. */
static const char *answers_text(
	const struct journal_answer *answer, size_t count, uint64_t lines, struct json_object *ret)
{
	if (answer[0].line_no && count < lines)
		json_object_put(ret, "0", "");
	for (size_t i = 0; i < count; i++) {
		char number[24];

		(void)snprintf(number, sizeof(number), "%" PRIu64, answer[i].line_no);
		json_object_put(ret, number, answer[i].is_accepted ? "" : answer[i].reason);
	}
	return json_object_text(ret);
}

static int record_batch(struct answers *answers, const struct journal_answer *answer, size_t count)
{
	hm_cleanup(json_object_freep) struct json_object *object = json_object_new();
	const struct ledger_journal journal = {answers->config->institution, answer->batch_id};
	struct table batch, lines;
	const char *text;
	size_t n_lines;

	if (!object)
		return -ENOMEM;
	if (store_journal_load(answers->store, &journal, &batch, &lines) < 0)
		return -ENOENT;
	n_lines = lines.n_rows;
	table_release(&batch);
	table_release(&lines);
	if (journal_answers_check(answer, count, n_lines, &answers->errors) < 0)
		return -EBADMSG;
	text = answers_text(answer, count, n_lines, object);
	if (!text)
		return -ENOMEM;
	return store_journal_answer(answers->store, &journal, text, command_print_line, NULL);
}

/* All of the file or nothing. */
static int record(struct answers *answers)
{
	const struct journal_answer *answer = answers->all.answer;
	size_t rest = answers->all.count;
	int r = store_begin_as_controller(answers->store);

	while (r >= 0 && rest) {
		size_t count = 1;

		while (count < rest && strcmp(answer[count].batch_id, answer->batch_id) == 0)
			count++;
		r = record_batch(answers, answer, count);
		answer += count;
		rest -= count;
	}
	if (r >= 0)
		r = store_commit(answers->store);
	if (r == -EBADMSG && answers->errors.count) {
		input_errors_end(&answers->errors, "nothing was recorded");
		return EXIT_FAILURE;
	}
	if (r < 0)
		return command_failed("record the answers",
			r == -ENOMEM ? strerror(ENOMEM) : store_error(answers->store));
	return EXIT_SUCCESS;
}

int journal_answer_run(const struct config *config, char **arguments)
{
	hm_cleanup(session_closep) struct store *store = NULL;
	struct answers answers = {.config = config, .errors = {.path = arguments[0]}};
	char *data = NULL;
	size_t size = 0;
	int status, r;

	if (!*config->institution)
		return command_usage_error("\"journal answer\" needs --institution CODE");
	r = file_read(arguments[0], ANSWER_SIZE_LIMIT, &data, &size);
	if (r < 0)
		return command_failed(arguments[0], strerror(-r));
	r = journal_answers_parse(data, size, &answers.all, &answers.errors);
	free(data);
	if (r < 0) {
		input_errors_end(&answers.errors, "nothing was recorded");
		journal_answers_release(&answers.all);
		return EXIT_FAILURE;
	}
	store = session_open(config);
	answers.store = store;
	status = store ? record(&answers) : EXIT_FAILURE;
	journal_answers_release(&answers.all);
	return status;
}
