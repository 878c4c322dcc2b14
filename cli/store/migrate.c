/*
 * The schema's own bookkeeping: audit.migration says which files of sql/schema were applied,
 * audit.source_file and audit.source_object which functions, views and triggers the manifest's
 * files made. What was made is read from the catalogue and not from the files, so that an object is
 * dropped under the signature it really has.
 */
#include "cli/store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/store/private.h"
#include "cli/store/sql/sql.h"
#include "hubmeter/cleanup.h"

/* Is @relation (audit.migration, ...) there? */
static int exists(struct store *store, const char *relation, bool *ret)
{
	int64_t found;
	int r = store_query_int64(
		store, "SELECT (to_regclass($1) IS NOT NULL)::int", 1, &relation, &found);

	if (r < 0)
		return r;
	*ret = found != 0;
	return 0;
}

/* @sql about a file: $1 its version or position, $2 its name, $3 its text as bytes. */
static int query_file(struct store *store, const char *sql, size_t number,
	const struct sql_file *file, PGresult **ret)
{
	char text[24];
	const char *const values[] = {text, file->name, file->text};
	const int sizes[] = {0, 0, (int)file->size};
	const int formats[] = {0, 0, 1};
	PGresult *result;
	int r;

	(void)snprintf(text, sizeof(text), "%zu", number); /* fits */
	result = PQexecParams(store->postgres.connection, sql, 3, NULL, values, sizes, formats, 0);
	r = store_check_result(store, result);
	if (r < 0)
		PQclear(result);
	else
		*ret = result;
	return r;
}

int store_migrate_server(struct store *store, struct server *ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r = store_query(store,
		"SELECT current_setting('server_version_num'), current_setting('server_encoding'),"
		" (SELECT count(*) FROM pg_available_extensions WHERE name = 'btree_gist')",
		0, NULL, &result);

	if (r < 0)
		return r;
	ret->version = (int)store_int64(result, 0, 0);
	(void)snprintf(ret->encoding, sizeof(ret->encoding), "%s", PQgetvalue(result, 0, 1));
	ret->has_btree_gist = store_int64(result, 0, 2) > 0;
	return 0;
}

int store_migrate_schema_state(
	struct store *store, const struct sql_file *file, enum migration_state *ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	bool found;
	int r = exists(store, "audit.migration", &found);

	if (r < 0)
		return r;
	*ret = MIGRATION_STATE_ABSENT;
	if (!found)
		return 0;
	r = query_file(store,
		"SELECT (checksum = sha256($3::bytea) AND name = $2::text)::int"
		" FROM audit.migration WHERE version = $1::integer",
		file->version, file, &result);
	if (r < 0)
		return r;
	if (PQntuples(result) > 0)
		*ret = store_int64(result, 0, 0) ? MIGRATION_STATE_SAME : MIGRATION_STATE_ALTERED;
	return 0;
}

int store_migrate_newest(struct store *store, unsigned *ret_version, char *ret_name)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	bool found;
	int r = exists(store, "audit.migration", &found);

	if (r == 0 && found)
		r = store_query(store,
			"SELECT version, name FROM audit.migration ORDER BY version DESC LIMIT 1",
			0, NULL, &result);
	if (r < 0)
		return r;
	if (!found || PQntuples(result) == 0) {
		*ret_version = 0;
		ret_name[0] = '\0';
		return 0;
	}
	*ret_version = (unsigned)store_int64(result, 0, 0);
	(void)snprintf(ret_name, 128, "%s", PQgetvalue(result, 0, 1));
	return 0;
}

int store_migrate_count_sources(struct store *store, int64_t *ret)
{
	return store_query_int64(store, "SELECT count(*) FROM audit.source_file", 0, NULL, ret);
}

int store_migrate_source_differs(
	struct store *store, const struct sql_file *file, size_t position, bool *ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r = query_file(store,
		"SELECT FROM audit.source_file WHERE position = $1::integer AND path = $2"
		" AND checksum = sha256($3::bytea)",
		position, file, &result);

	if (r < 0)
		return r;
	*ret = PQntuples(result) == 0;
	return 0;
}

int store_migrate_check_owner(struct store *store)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r = store_query(store,
		"SELECT session_user FROM pg_roles"
		" WHERE rolname = 'hm_owner' AND NOT pg_has_role(session_user, oid, 'MEMBER')",
		0, NULL, &result);

	if (r < 0 || PQntuples(result) == 0)
		return r;
	return store_fail(store, -EPERM,
		"user \"%s\" may not act as hm_owner: GRANT hm_owner TO it, or migrate as a "
		"superuser",
		PQgetvalue(result, 0, 0));
}

int store_migrate_blockers(struct store *store, char *ret, size_t size)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r = store_query(store, sql_migrate_blockers, 0, NULL, &result);

	if (r < 0)
		return r;
	(void)snprintf(ret, size, "%s", PQgetvalue(result, 0, 0)); /* cut to fit */
	return 0;
}

bool store_migrate_is_blocked(const struct store *store, bool is_first)
{
	/* A lock not granted in time, the time to drop that ran out, a deadlock. */
	static const char *const waits[] = {"55P03", "57014", "40P01"};
	/* Somebody else made the same role, schema or table. */
	static const char *const races[] = {"23505", "42710", "42P06", "42P07"};
	const char *state = store->postgres.state;

	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		if (strcmp(state, waits[i]) == 0)
			return true;
	}
	for (size_t i = 0; is_first && i < sizeof(races) / sizeof(races[0]); i++) {
		if (strcmp(state, races[i]) == 0)
			return true;
	}
	return false;
}

int store_migrate_begin(struct store *store)
{
	bool found = false;
	int r = store_exec(
		store, "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '500ms'");

	if (r == 0)
		r = exists(store, "audit.migration", &found);
	if (r == 0 && found)
		r = store_exec(store, "SET LOCAL ROLE hm_owner;"
				      "LOCK TABLE audit.migration IN SHARE ROW EXCLUSIVE MODE;"
				      "RESET ROLE");
	return r;
}

/* PostgreSQL's own advice is CASCADE, which would take away what is not ours. */
static int name_dependents(struct store *store, const PGresult *result)
{
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);

	return store_fail(store, -EPERM,
		"%s: %s: it is not part of hubmeter: drop it, migrate, then make it again", message,
		detail ? detail : "");
}

int store_migrate_drop_sources(struct store *store, bool last_first)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r = store_exec(
		store, last_first ? "SET LOCAL ROLE hm_owner; SET LOCAL hubmeter.lock_order = -1"
				  : "SET LOCAL ROLE hm_owner; SET LOCAL hubmeter.lock_order = 1");

	if (r == 0)
		r = store_exec(store, sql_migrate_keep_grants);
	if (r < 0)
		return r;
	result = PQexec(store->postgres.connection, sql_migrate_drop_sources);
	r = store_check_result(store, result);
	if (r < 0 && strcmp(store->postgres.state, "2BP01") == 0)
		return name_dependents(store, result);
	return r < 0 ? r : store_exec(store, "RESET ROLE");
}

/* Line of the file at which PostgreSQL stumbled; @position counts characters from 1. */
static unsigned line_of(const char *text, const char *position)
{
	long left = position ? strtol(position, NULL, 10) : 1;
	unsigned line = 1;

	for (const char *c = text; *c && left > 1; c++) {
		if (((unsigned char)c[1] & 0xc0) != 0x80) /* c ends a character */
			left--;
		if (*c == '\n')
			line++;
	}
	return line;
}

static int run_file(struct store *store, const struct sql_file *file)
{
	hm_cleanup(postgres_result_clearp) PGresult *result =
		PQexec(store->postgres.connection, file->text);
	char reason[sizeof(store->postgres.error)];
	int r = store_check_result(store, result);

	if (r < 0) {
		(void)snprintf(reason, sizeof(reason), "%s", store_error(store));
		return store_fail(store, r, "%s:%u: %s", file->name,
			line_of(file->text, PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION)),
			reason);
	}
	if (PQtransactionStatus(store->postgres.connection) != PQTRANS_INTRANS)
		return store_fail(store, -EIO, "%s: ends the transaction it is run in", file->name);
	return store_exec(store, "RESET ROLE; SET LOCAL ROLE hm_owner");
}

int store_migrate_apply_schema(struct store *store, const struct sql_file *file)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r = run_file(store, file);

	if (r == 0)
		r = query_file(store,
			"INSERT INTO audit.migration (version, name, checksum)"
			" VALUES ($1::integer, $2, sha256($3::bytea))",
			file->version, file, &result);
	return r < 0 ? r : store_exec(store, "RESET ROLE");
}

static int record_objects(struct store *store, const char *path, int *ret_count)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r = store_query(store, sql_migrate_record_objects, 1, &path, &result);

	if (r < 0)
		return r;
	*ret_count = PQntuples(result);
	return 0;
}

int store_migrate_note_objects(struct store *store)
{
	int count;
	int r = store_exec(store,
		"SET LOCAL ROLE hm_owner;"
		"CREATE TEMPORARY TABLE object_before (classid regclass, oid oid) ON COMMIT DROP");

	return r < 0 ? r : record_objects(store, NULL, &count);
}

int store_migrate_apply_source(struct store *store, const struct sql_file *file, size_t position)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int count = 0;
	int r = run_file(store, file);

	if (r == 0)
		r = query_file(store,
			"INSERT INTO audit.source_file (position, path, checksum)"
			" VALUES ($1::integer, $2, sha256($3::bytea))",
			position, file, &result);
	if (r == 0)
		r = record_objects(store, file->name, &count);
	if (r == 0 && count == 0)
		r = store_fail(store, -EIO,
			"%s: makes no function, view or trigger in a schema of hubmeter",
			file->name);
	return r;
}

int store_migrate_restore_grants(struct store *store)
{
	return store_exec(store, sql_migrate_restore_grants);
}
