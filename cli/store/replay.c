/* Rows go from one server's COPY into the other's: nothing of their number is in memory. */
#include "cli/store/replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/store/private.h"
#include "cli/store/sql/sql.h"
#include "common/buffer.h"
#include "hubmeter/cleanup.h"

/* keyword='value' with what must be escaped. */
static int add_keyword(struct buffer *text, const char *keyword, const char *value)
{
	int r = buffer_append(text, keyword, strlen(keyword));

	if (r == 0)
		r = buffer_append(text, "='", 2);
	for (; *value && r == 0; value++) {
		if (*value == '\'' || *value == '\\')
			r = buffer_append(text, "\\", 1);
		if (r == 0)
			r = buffer_append(text, value, 1);
	}
	return r < 0 ? r : buffer_append(text, "' ", 2);
}

char *store_replay_conninfo(const char *conninfo, const char *database)
{
	PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
	struct buffer text = BUFFER_INIT(1 << 16);
	int r = options ? 0 : -EINVAL;

	for (PQconninfoOption *o = options; o && o->keyword && r == 0; o++)
		if (o->val && strcmp(o->keyword, "dbname") != 0)
			r = add_keyword(&text, o->keyword, o->val);
	PQconninfoFree(options);
	if (r == 0)
		r = add_keyword(&text, "dbname", database);
	if (r == 0)
		r = buffer_append(&text, "", 1);
	if (r < 0)
		buffer_release(&text);
	return r < 0 ? NULL : (char *)text.data;
}

int store_replay_create(struct store *store, const char *database)
{
	PGconn *connection = store->postgres.connection;
	char *name = PQescapeIdentifier(connection, database, strlen(database));
	hm_cleanup(hm_freep) char *sql = NULL;
	int r;

	if (!name)
		return store_fail(store, -EINVAL, "\"%s\" is no name of a database", database);
	r = asprintf(&sql, "CREATE DATABASE %s TEMPLATE template0 ENCODING 'UTF8'", name);
	PQfreemem(name);
	return r < 0 ? store_fail(store, -ENOMEM, "out of memory") : store_exec(store, sql);
}

int store_replay_look(struct store *live)
{
	return store_exec(live, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

int store_replay_positions(struct store *live, struct table *ret)
{
	return store_query_table(live, sql_replay_positions, 0, NULL, ret);
}

/* What comes of @from goes to @into, until it ends. */
static int pass_rows(struct store *from, struct store *into)
{
	char *row;
	int size, r = 0;

	while ((size = PQgetCopyData(from->postgres.connection, &row, 0)) > 0) {
		if (r == 0 && PQputCopyData(into->postgres.connection, row, size) != 1)
			r = store_fail(
				into, -ECONNRESET, "%s", PQerrorMessage(into->postgres.connection));
		PQfreemem(row);
	}
	return r;
}

static int copy_between(
	struct store *from, const char *out_sql, struct store *into, const char *in_sql)
{
	hm_cleanup(hm_freep) char *sql = NULL;
	hm_cleanup(postgres_result_clearp) PGresult *out = NULL;
	hm_cleanup(postgres_result_clearp) PGresult *in = NULL;
	int r;

	if (asprintf(&sql, "COPY (%s) TO STDOUT", out_sql) < 0)
		return store_fail(into, -ENOMEM, "out of memory");
	out = PQexec(from->postgres.connection, sql);
	r = store_check_result(from, out);
	if (r < 0)
		return store_fail(into, r, "the live database: %s", store_error(from));
	in = PQexec(into->postgres.connection, in_sql);
	r = store_check_result(into, in);
	if (r >= 0)
		r = pass_rows(from, into);
	if (r >= 0 && postgres_finish(&from->postgres, NULL) < 0)
		r = store_fail(into, -EIO, "the live database: %s", store_error(from));
	(void)PQputCopyEnd(into->postgres.connection,
		r < 0 ? "the rows did not all come" : NULL); /* finishing says it */
	return r < 0 ? r : postgres_finish(&into->postgres, NULL);
}

int store_replay_keep(struct store *live, struct store *fresh)
{
	int r = store_exec(fresh, sql_replay_tables);

	if (r >= 0)
		r = copy_between(live, sql_replay_hubs, fresh,
			"COPY usage.hub (name, most_classes, most_nodes) FROM STDIN");
	if (r >= 0)
		r = copy_between(live, sql_replay_notes, fresh, "COPY replay.note FROM STDIN");
	if (r >= 0)
		r = copy_between(live, sql_replay_rows, fresh, "COPY replay.live FROM STDIN");
	return r;
}

int store_replay_begin(
	struct store *fresh, const char *topic, const char *partition, const char *offset)
{
	const char *const params[] = {topic, partition, offset};
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;

	return store_query(fresh, sql_replay_begin, 3, params, &result);
}

int store_replay_note(struct store *fresh, const char *hub, const char *note)
{
	const char *const params[] = {hub, note};
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;

	return store_query(fresh, "INSERT INTO replay.note VALUES ($1, $2)", 2, params, &result);
}

int store_replay_compare(struct store *fresh, int64_t *ret)
{
	hm_cleanup(hm_freep) char *sql = NULL;
	int r;

	if (asprintf(&sql, "CREATE TABLE replay.again AS %s", sql_replay_rows) < 0)
		return store_fail(fresh, -ENOMEM, "out of memory");
	r = store_exec(fresh, sql);
	if (r >= 0)
		r = store_exec(fresh, "ANALYZE replay.live; ANALYZE replay.again");
	if (r >= 0)
		r = store_exec(fresh, sql_replay_compare);
	if (r >= 0)
		r = store_query_int64(
			fresh, "SELECT count(*) FROM replay.difference", 0, NULL, ret);
	return r;
}

int store_replay_result(struct store *fresh, bool each, struct table *ret)
{
	return store_query_table(
		fresh, each ? sql_replay_differences : sql_replay_summary, 0, NULL, ret);
}
