/*
 * A file is checked, applied and voided by the database (import.check_file, import.apply_file,
 * ...); here it only gets there, in one COPY.
 */
#include "cli/store/store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/store/private.h"
#include "cli/store/sql/sql.h"
#include "common/buffer.h"
#include "hubmeter/cleanup.h"

#define STATEMENT_SIZE_MAX 8192
#define DEPARTMENTS_SHOWN  "20" /* of an institution's month */

/* On a table that only the rater may write, so nobody else can hold it. */
int store_import_lock(struct store *store)
{
	return store_exec(store, "LOCK TABLE org.institution IN SHARE ROW EXCLUSIVE MODE");
}

int store_import_columns(struct store *store, const char *kind, struct import_columns *ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	struct import_columns columns = {0};
	int r = store_query(store, sql_import_columns, 1, &kind, &result);

	if (r < 0)
		return r;
	if (PQntuples(result) == 0 || PQntuples(result) > IMPORT_COLUMNS_MAX)
		return store_fail(store, -EIO, "the database does not know how to import %s", kind);
	for (int i = 0; i < PQntuples(result); i++) {
		columns.name[i] = strdup(PQgetvalue(result, i, 0));
		if (!columns.name[i]) {
			store_import_columns_release(&columns);
			return store_fail(store, -ENOMEM, "out of memory");
		}
		columns.required[i] = store_int64(result, i, 1) != 0;
		columns.count++;
	}

	*ret = columns;
	return 0;
}

void store_import_columns_release(struct import_columns *columns)
{
	for (size_t i = 0; i < columns->count; i++)
		free(columns->name[i]);
	*columns = (struct import_columns){0};
}

static int append_text(struct buffer *sql, const char *text)
{
	return buffer_append(sql, text, strlen(text));
}

static int create_stage(struct store *store, const struct import_columns *columns)
{
	struct buffer sql = BUFFER_INIT(STATEMENT_SIZE_MAX);
	int r = append_text(&sql, "CREATE TEMPORARY TABLE import_stage (line integer NOT NULL");

	for (size_t i = 0; i < columns->count && r == 0; i++) {
		char *name = PQescapeIdentifier(
			store->postgres.connection, columns->name[i], strlen(columns->name[i]));

		r = name ? append_text(&sql, ", ") : -ENOMEM;
		if (r == 0)
			r = append_text(&sql, name);
		if (r == 0)
			r = append_text(&sql, " text");
		PQfreemem(name);
	}
	if (r == 0)
		r = append_text(&sql, ") ON COMMIT DROP");
	if (r == 0)
		r = buffer_append(&sql, "", 1);
	if (r == 0)
		r = store_exec(store, (const char *)sql.data);
	else
		(void)store_fail(store, r, "cannot build a statement: %s", strerror(-r));
	buffer_release(&sql);
	return r;
}

static int create_header(struct store *store, const struct import_columns *columns)
{
	int r = store_exec(store,
		"CREATE TEMPORARY TABLE import_header (column_name text NOT NULL) ON COMMIT DROP");

	for (size_t i = 0; i < columns->count && r == 0; i++) {
		const char *const name[] = {columns->name[i]};

		if (columns->is_given[i])
			r = postgres_run(&store->postgres, "INSERT INTO import_header VALUES ($1)",
				1, name, NULL);
	}
	return r;
}

int store_import_begin(struct store *store, const struct import_columns *columns)
{
	hm_cleanup(postgres_result_clearp) PGresult *copy = NULL;
	int r = create_header(store, columns);

	if (r == 0)
		r = create_stage(store, columns);
	if (r < 0)
		return r;
	copy = PQexec(store->postgres.connection, "COPY import_stage FROM STDIN");
	return store_check_result(store, copy);
}

int store_import_send(struct store *store, const void *data, size_t size)
{
	return PQputCopyData(store->postgres.connection, data, (int)size) == 1
		       ? 0
		       : postgres_failure(&store->postgres, NULL);
}

int store_import_end(struct store *store)
{
	int r;

	if (PQputCopyEnd(store->postgres.connection, NULL) != 1)
		return postgres_failure(&store->postgres, NULL);
	r = postgres_finish(&store->postgres, NULL);
	return r < 0 ? r : store_exec(store, "ANALYZE import_stage");
}

static int find(struct store *store, const char *sql, int n_params, const char *const *params,
	store_import_finding_fn *finding, void *context)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r = store_query(store, sql, n_params, params, &result);

	if (r < 0)
		return r;
	for (int i = 0; i < PQntuples(result); i++)
		finding(context, store_int64(result, i, 4) != 0,
			(unsigned)store_int64(result, i, 0), store_cell(result, i, 1),
			store_cell(result, i, 2), PQgetvalue(result, i, 3));
	return 0;
}

#define FINDINGS "SELECT line, column_name, value, reason, (severity = 'error')::int FROM "
#define IN_ORDER " ORDER BY severity, line, column_name"

int store_import_check(struct store *store, const struct import_file *file,
	store_import_finding_fn *finding, void *context)
{
	const char *const params[] = {file->kind, file->source, file->is_whole ? "true" : "false"};

	return find(store, FINDINGS "import.check_file($1, $2, $3)" IN_ORDER, 3, params, finding,
		context);
}

int store_import_apply(struct store *store, const struct import_file *file, int64_t *ret_changed)
{
	const char *const params[] = {file->kind, file->source, file->is_whole ? "true" : "false"};

	return store_query_int64(
		store, "SELECT import.apply_file($1, $2, $3)", 3, params, ret_changed);
}

int store_import_check_void(
	struct store *store, const char *kind, store_import_finding_fn *finding, void *context)
{
	return find(store, FINDINGS "import.check_void($1)" IN_ORDER, 1, &kind, finding, context);
}

int store_import_void(struct store *store, const char *reason, int64_t *ret_voided)
{
	return store_query_int64(store, "SELECT import.void_file($1)", 1, &reason, ret_voided);
}

int store_import_effect(struct store *store, int64_t run, store_line_fn *line, void *context)
{
	char run_id[24];
	const char *const params[] = {run_id, DEPARTMENTS_SHOWN};

	(void)snprintf(run_id, sizeof(run_id), "%" PRId64, run);
	return store_query_lines(store, sql_import_effect, 2, params, line, context);
}

int store_import_summary(struct store *store, const char *kind, store_line_fn *line, void *context)
{
	return store_query_lines(
		store, "SELECT * FROM import.summary($1)", 1, &kind, line, context);
}

int store_import_say(struct store *store, const char *institution, const char *file)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	const char *const params[] = {institution, file};

	return store_query(store,
		"SELECT set_config('hubmeter.institution', $1, true),"
		" set_config('hubmeter.file', $2, true)",
		2, params, &result);
}
