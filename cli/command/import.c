/*
 * Why: a file is parsed here, judged and applied by the database, all in one transaction, so that
 * a wrong line 900 leaves nothing of the lines before it.
 */
#include "cli/command/import.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command/command.h"
#include "cli/format/csv_input.h"
#include "cli/format/file.h"
#include "cli/session.h"
#include "common/buffer.h"
#include "hubmeter/cleanup.h"

#define FILE_SIZE_LIMIT (256u << 20)
#define ERRORS_SHOWN	20

struct import {
	const char *kind;
	const char *path; /* as errors name it */
	struct store *store;
	struct import_columns columns;
	struct buffer copy; /* rows in COPY's text format */
	uint64_t rows;
	uint64_t errors;
};

static void put_error(
	void *context, unsigned line, const char *column, const char *value, const char *reason)
{
	struct import *import = context;

	if (import->errors++ >= ERRORS_SHOWN)
		return;
	(void)fprintf(stderr, "%s:%u: ", import->path, line);
	if (column)
		(void)fprintf(stderr, "column \"%s\": ", column);
	if (value)
		(void)fprintf(stderr, "\"%s\": ", value);
	(void)fprintf(stderr, "%s\n", reason);
}

static int refuse(const struct import *import)
{
	if (import->errors > ERRORS_SHOWN)
		(void)fprintf(stderr, "%s: %" PRIu64 " more errors\n", import->path,
			import->errors - ERRORS_SHOWN);
	(void)fprintf(stderr, "%s: nothing was imported\n", import->path);
	return EXIT_FAILURE;
}

static int fail(const struct import *import)
{
	char what[4096];

	(void)snprintf(what, sizeof(what), "import \"%s\"", import->path);
	return command_failed(what, store_error(import->store));
}

/* COPY's text format: \N is null, backslash and control characters are escaped. */
static int append_field(struct buffer *copy, const char *text)
{
	int r = 0;

	if (!*text)
		return buffer_append(copy, "\\N", 2);
	while (*text && r == 0) {
		size_t plain = strcspn(text, "\\\t\n\r");

		r = buffer_append(copy, text, plain);
		text += plain;
		if (!*text || r < 0)
			break;
		r = buffer_append(copy,
			*text == '\\'	? "\\\\"
			: *text == '\t' ? "\\t"
			: *text == '\n' ? "\\n"
					: "\\r",
			2);
		text++;
	}
	return r;
}

static int take_row(void *context, unsigned line, const char *const *fields)
{
	struct import *import = context;
	char number[16];
	int r;

	(void)snprintf(number, sizeof(number), "%u", line);
	r = buffer_append(&import->copy, number, strlen(number));
	for (size_t i = 0; i < import->columns.count && r == 0; i++) {
		r = buffer_append(&import->copy, "\t", 1);
		if (r == 0)
			r = append_field(&import->copy, fields[i]);
	}
	if (r == 0)
		r = buffer_append(&import->copy, "\n", 1);
	import->rows++;
	return r;
}

static int parse(struct import *import, const char *data, size_t size)
{
	const struct csv_handler handler = {take_row, put_error, import};
	struct csv_column columns[IMPORT_COLUMNS_MAX];

	for (size_t i = 0; i < import->columns.count; i++)
		columns[i] =
			(struct csv_column){import->columns.name[i], import->columns.required[i]};
	return csv_input_parse(data, size, columns, import->columns.count, &handler);
}

static int apply(struct import *import)
{
	uint64_t objections;
	int64_t changed;

	if (store_import_stage(
		    import->store, &import->columns, import->copy.data, import->copy.size) < 0)
		return fail(import);
	if (store_import_check(import->store, import->kind, put_error, import, &objections) < 0)
		return fail(import);
	if (objections)
		return refuse(import);
	if (store_import_apply(import->store, import->kind, &changed) < 0 ||
		store_commit(import->store) < 0)
		return fail(import);
	(void)printf("%s: %" PRIu64 " row%s, %" PRId64 " changed\n", import->path, import->rows,
		import->rows == 1 ? "" : "s", changed);
	return EXIT_SUCCESS;
}

static int import_data(struct import *import, const char *data, size_t size)
{
	char what[4096];
	int r;

	if (store_become_rater(import->store) < 0 || store_begin(import->store) < 0 ||
		store_import_lock(import->store) < 0 ||
		store_import_columns(import->store, import->kind, &import->columns) < 0)
		return fail(import);
	r = parse(import, data, size);
	if (r == -EBADMSG)
		return refuse(import);
	if (r < 0) {
		(void)snprintf(what, sizeof(what), "import \"%s\"", import->path);
		return command_failed(what, strerror(-r));
	}
	return apply(import);
}

static int import_file(const struct config *config, const char *kind, const char *path)
{
	hm_cleanup(session_closep) struct store *store = NULL;
	hm_cleanup(hm_freep) char *data = NULL;
	struct import import = {
		.kind = kind,
		.path = strcmp(path, "-") == 0 ? "standard input" : path,
		.copy = BUFFER_INIT(4ul * FILE_SIZE_LIMIT),
	};
	char what[4096];
	size_t size;
	int status;
	int r = file_read(path, FILE_SIZE_LIMIT, &data, &size);

	if (r < 0) {
		(void)snprintf(what, sizeof(what), "read \"%s\"", import.path);
		return command_failed(what, strerror(-r));
	}
	store = session_open(config);
	if (!store)
		return EXIT_FAILURE;
	import.store = store;
	status = import_data(&import, data, size);
	buffer_release(&import.copy);
	store_import_columns_release(&import.columns);
	return status;
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

int import_prices_run(const struct config *config, char **arguments)
{
	return import_file(config, "prices", arguments[0]);
}
