/*
 * A file is parsed here, checked and applied by the database, all in one transaction, so that a
 * wrong line 900 leaves nothing of the lines before it.
 */
#include "cli/command/import/import.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command/command.h"
#include "cli/command/import/settle.h"
#include "cli/format/copy_text.h"
#include "cli/format/csv_input.h"
#include "cli/format/file.h"
#include "cli/format/input_errors.h"
#include "cli/format/json_object.h"
#include "cli/session.h"
#include "common/buffer.h"
#include "hubmeter/cleanup.h"

#define FILE_SIZE_LIMIT (256u << 20)
#define BILL_SIZE_LIMIT (2047u << 20)
#define COPY_CHUNK	(1u << 20)

struct import {
	struct import_file file;
	const char *void_reason; /* NULL: the rows are taken over */
	struct store *store;
	struct import_columns columns;
	struct buffer copy; /* rows on their way, in COPY's text format */
	bool has_lost_store;
	const char *institution;
	struct json_object *others; /* cells of unknown columns; NULL: there may be none */
	uint64_t rows;
	struct input_errors errors;
	bool is_dry_run;
};

/* Errors come first; a file that has any is looked at again. */
static void put_finding(void *context, bool is_error, unsigned line, const char *column,
	const char *value, const char *reason)
{
	struct import *import = context;

	if (is_error)
		input_errors_put(&import->errors, line, column, value, reason);
	else if (!import->errors.count)
		input_errors_warn(&import->errors, line, column, value, reason);
}

static void take_header(void *context, const bool *is_given)
{
	struct import *import = context;

	memcpy(import->columns.is_given, is_given, import->columns.count * sizeof(*is_given));
}

static int refuse(const struct import *import)
{
	input_errors_end(&import->errors,
		import->void_reason ? "nothing was voided" : "nothing was imported");
	return EXIT_FAILURE;
}

static int fail(const struct import *import, const char *act, const char *reason)
{
	char what[4096];

	(void)snprintf(what, sizeof(what), "%s \"%s\"", act, import->errors.path);
	return command_failed(what, reason);
}

static const char *act(const struct import *import)
{
	return import->void_reason ? "void the rows of" : "import";
}

static int fail_store(const struct import *import)
{
	return fail(import, act(import), store_error(import->store));
}

static void take_extra(void *context, const char *name, const char *value)
{
	const struct import *import = context;

	json_object_put(import->others, name, value);
}

/* The last column of a bill is what the file has and we don't know. */
static const char *cell(const struct import *import, const char *const *fields, size_t column)
{
	if (import->others && column + 1 == import->columns.count)
		return json_object_text(import->others);
	return fields[column];
}

static int lose_store(struct import *import)
{
	import->has_lost_store = true;
	return -EIO;
}

static int send(struct import *import)
{
	if (store_import_send(import->store, import->copy.data, import->copy.size) < 0)
		return lose_store(import);
	buffer_clear(&import->copy);
	return 0;
}

static int take_row(void *context, unsigned line, const char *const *fields)
{
	struct import *import = context;
	int r;

	if (!import->rows && store_import_begin(import->store, &import->columns) < 0)
		return lose_store(import);
	r = copy_text_number(&import->copy, line);
	for (size_t i = 0; i < import->columns.count && r == 0; i++) {
		const char *text = cell(import, fields, i);

		r = text ? copy_text_field(&import->copy, text) : -ENOMEM;
	}
	if (r < 0)
		return r;
	copy_text_end(&import->copy);
	import->rows++;
	return import->copy.size >= COPY_CHUNK ? send(import) : 0;
}

static int parse(struct import *import, const char *data, size_t size)
{
	const struct csv_handler handler = {.row = take_row,
		.error = input_errors_put,
		.complaints = &import->errors,
		.context = import,
		.note = input_errors_note,
		.header = take_header,
		.extra = import->others ? take_extra : NULL};
	struct csv_column columns[IMPORT_COLUMNS_MAX];

	for (size_t i = 0; i < import->columns.count; i++)
		columns[i] =
			(struct csv_column){import->columns.name[i], import->columns.required[i]};
	return csv_input_parse(data, size, columns, import->columns.count, &handler);
}

static const char *outcome(const struct import *import)
{
	if (import->void_reason)
		return import->is_dry_run ? "would be voided, nothing was" : "voided";
	return import->is_dry_run ? "would change, nothing was imported" : "changed";
}

static int finish(struct import *import, int64_t run, int64_t changed)
{
	(void)printf("%s: %" PRIu64 " row%s, %" PRId64 " %s\n", import->errors.path, import->rows,
		import->rows == 1 ? "" : "s", changed, outcome(import));
	if (store_import_summary(import->store, import->file.kind, command_print_line, NULL) < 0)
		return fail_store(import);
	if (import_settle(import->store, run, changed > 0, import->is_dry_run) < 0)
		return fail_store(import);
	return EXIT_SUCCESS;
}

static int begin_run(const struct import *import, int64_t *ret_run)
{
	char detail[4096];

	if (import->void_reason)
		(void)snprintf(detail, sizeof(detail), "void %s %s: %s", import->file.kind,
			import->errors.path, import->void_reason);
	else
		(void)snprintf(
			detail, sizeof(detail), "%s %s", import->file.kind, import->errors.path);
	return store_rate_begin_run(
		import->store, import->void_reason ? "correction" : "import", detail, ret_run);
}

static int check(struct import *import)
{
	return import->void_reason
		       ? store_import_check_void(
				 import->store, import->file.kind, put_finding, import)
		       : store_import_check(import->store, &import->file, put_finding, import);
}

static int change(struct import *import, int64_t *ret_changed)
{
	return import->void_reason
		       ? store_import_void(import->store, import->void_reason, ret_changed)
		       : store_import_apply(import->store, &import->file, ret_changed);
}

static int apply(struct import *import)
{
	int64_t changed, run;

	if (send(import) < 0 || store_import_end(import->store) < 0)
		return fail_store(import);
	if (check(import) < 0)
		return fail_store(import);
	if (import->errors.count)
		return refuse(import);
	if (begin_run(import, &run) < 0 ||
		store_import_say(import->store, import->institution, import->errors.path) < 0 ||
		change(import, &changed) < 0)
		return fail_store(import);
	return finish(import, run, changed);
}

static int import_data(struct import *import, const char *data, size_t size)
{
	int r;

	if (store_begin_as_rater(import->store) < 0 || store_import_lock(import->store) < 0 ||
		store_import_columns(import->store, import->file.kind, &import->columns) < 0)
		return fail_store(import);
	r = parse(import, data, size);
	if (import->has_lost_store)
		return fail_store(import);
	if (r < 0 && r != -EBADMSG)
		return fail(import, act(import), strerror(-r));
	if (r == 0 && !import->rows)
		input_errors_put(
			&import->errors, 2, NULL, NULL, "no rows: there is only the header");
	return import->errors.count ? refuse(import) : apply(import);
}

static int read_file(const struct import *import, const char *path, char **ret, size_t *ret_size)
{
	char reason[128];
	unsigned limit = import->others ? BILL_SIZE_LIMIT : FILE_SIZE_LIMIT;
	int r = file_read(path, limit, ret, ret_size);

	if (r == 0)
		return EXIT_SUCCESS;
	(void)snprintf(reason, sizeof(reason), "%s",
		r == -EBADMSG ? "the compressed file is damaged or cut off" : strerror(-r));
	if (r == -E2BIG)
		(void)snprintf(reason, sizeof(reason), "larger than %u MiB: split it, %s",
			limit >> 20,
			import->others ? "by billing account or month"
				       : "every part with the line of column names");
	return fail(import, "read", reason);
}

/* @void_reason: NULL to import. */
static struct import import_init(
	const struct config *config, const char *kind, const char *name, const char *void_reason)
{
	return (struct import){
		.file = {.kind = kind,
			.source = *config->source ? config->source : "csv",
			.is_whole = config->replace},
		.void_reason = void_reason,
		.errors = {.path = name},
		.copy = BUFFER_INIT(64ul * COPY_CHUNK),
		.institution = config->institution,
		.is_dry_run = config->dry_run,
	};
}

static int take_data(
	struct import *import, const struct config *config, const char *data, size_t size)
{
	hm_cleanup(session_closep) struct store *store = session_open(config);
	int status;

	if (!store)
		return EXIT_FAILURE;
	import->store = store;
	status = import_data(import, data, size);
	buffer_release(&import->copy);
	store_import_columns_release(&import->columns);
	return status;
}

/* @others: NULL when unknown columns are errors. */
static int take_file(const struct config *config, const char *kind, const char *path,
	const char *void_reason, struct json_object *others)
{
	hm_cleanup(hm_freep) char *data = NULL;
	struct import import = import_init(
		config, kind, strcmp(path, "-") == 0 ? "standard input" : path, void_reason);
	size_t size;
	int status;

	import.others = others;
	status = read_file(&import, path, &data, &size);
	return status == EXIT_SUCCESS ? take_data(&import, config, data, size) : status;
}

int import_text(const struct config *config, const char *kind, const char *name, const char *text)
{
	struct import import = import_init(config, kind, name, NULL);

	return take_data(&import, config, text, strlen(text));
}

static int import_file(const struct config *config, const char *kind, const char *path)
{
	return take_file(config, kind, path, NULL, NULL);
}

int import_path(const struct config *config, const char *kind, const char *path)
{
	return import_file(config, kind, path);
}

int import_org_run(const struct config *config, char **arguments)
{
	return import_file(config, "org", arguments[0]);
}

int import_people_run(const struct config *config, char **arguments)
{
	return import_file(config, "people", arguments[0]);
}

int import_memberships_run(const struct config *config, char **arguments)
{
	return import_file(config, "memberships", arguments[0]);
}

int import_groups_run(const struct config *config, char **arguments)
{
	return import_file(config, "groups", arguments[0]);
}

int import_members_run(const struct config *config, char **arguments)
{
	return import_file(config, "members", arguments[0]);
}

int import_prices_run(const struct config *config, char **arguments)
{
	return import_file(config, "prices", arguments[0]);
}

int import_customers_run(const struct config *config, char **arguments)
{
	return import_file(config, "customers", arguments[0]);
}

int import_rate_studies_run(const struct config *config, char **arguments)
{
	return import_file(config, "rate-studies", arguments[0]);
}

int import_fees_run(const struct config *config, char **arguments)
{
	return import_file(config, "fees", arguments[0]);
}

int import_service_accounts_run(const struct config *config, char **arguments)
{
	return import_file(config, "service-accounts", arguments[0]);
}

int import_chart_segments_run(const struct config *config, char **arguments)
{
	return import_file(config, "chart-segments", arguments[0]);
}

int import_funds_run(const struct config *config, char **arguments)
{
	return import_file(config, "funds", arguments[0]);
}

int import_amendments_run(const struct config *config, char **arguments)
{
	return import_file(config, "amendments", arguments[0]);
}

int import_plans_run(const struct config *config, char **arguments)
{
	return import_file(config, "plans", arguments[0]);
}

int import_assignments_run(const struct config *config, char **arguments)
{
	return import_file(config, "assignments", arguments[0]);
}

int import_caps_run(const struct config *config, char **arguments)
{
	return import_file(config, "caps", arguments[0]);
}

int import_budgets_run(const struct config *config, char **arguments)
{
	return import_file(config, "budgets", arguments[0]);
}

int import_stewards_run(const struct config *config, char **arguments)
{
	return import_file(config, "stewards", arguments[0]);
}

int import_readers_run(const struct config *config, char **arguments)
{
	return import_file(config, "readers", arguments[0]);
}

int import_thresholds_run(const struct config *config, char **arguments)
{
	return import_file(config, "thresholds", arguments[0]);
}

int import_closing_run(const struct config *config, char **arguments)
{
	return import_file(config, "closing", arguments[0]);
}

int prices_plan_run(const struct config *config, char **arguments)
{
	struct config plan = *config;

	plan.dry_run = true;
	return import_file(&plan, "prices", arguments[0]);
}

int import_settlements_run(const struct config *config, char **arguments)
{
	return import_file(config, "settlements", arguments[0]);
}

int import_bill_rules_run(const struct config *config, char **arguments)
{
	return import_file(config, "bill-rules", arguments[0]);
}

int import_bill_policies_run(const struct config *config, char **arguments)
{
	return import_file(config, "bill-policies", arguments[0]);
}

int bill_import_run(const struct config *config, char **arguments)
{
	hm_cleanup(json_object_freep) struct json_object *others = json_object_new();

	if (!*config->institution)
		return command_usage_error("\"bill import\" needs --institution CODE");
	if (!others)
		return command_failed("import the bill", "out of memory");
	return take_file(config, "bill", arguments[0], NULL, others);
}

int import_domains_run(const struct config *config, char **arguments)
{
	return import_file(config, "domains", arguments[0]);
}

static const char *const void_kinds[] = {"org", "people", "memberships", "groups", "members",
	"prices", "settlements", "domains", "customers", "plans", "assignments", "caps", "stewards",
	"readers"};
#define N_VOID_KINDS (sizeof(void_kinds) / sizeof(void_kinds[0]))

static bool is_known(const char *kind)
{
	for (size_t i = 0; i < N_VOID_KINDS; i++) {
		if (strcmp(kind, void_kinds[i]) == 0)
			return true;
	}
	return false;
}

static int refuse_kind(const char *kind)
{
	char known[512] = "";
	size_t size = 0;

	for (size_t i = 0; i < N_VOID_KINDS && size < sizeof(known); i++)
		size += (size_t)snprintf(known + size, sizeof(known) - size, "%s%s",
			i == 0			? ""
			: i + 1 == N_VOID_KINDS ? " or "
						: ", ",
			void_kinds[i]);
	return command_usage_error("can't void \"%s\": not %s", kind, known);
}

int void_run(const struct config *config, char **arguments)
{
	if (!is_known(arguments[0]))
		return refuse_kind(arguments[0]);
	if (!*config->reason)
		return command_usage_error("void needs --reason TEXT: why the rows are wrong");
	return take_file(config, arguments[0], arguments[1], config->reason, NULL);
}
