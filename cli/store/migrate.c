/*
 * Why: the schema's own bookkeeping. audit.migration exists before the first file does, so it is
 * made here; the first file brings hm_owner, to whom it then goes.
 */
#include "cli/store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/store/private.h"
#include "hubmeter/cleanup.h"

#define FIRST_VERSION 1

int store_migrate_lock(struct store *store)
{
	return store_exec(store, "SELECT pg_advisory_lock(hashtext('hubmeter.migrate'))");
}

int store_migrate_check_owner(struct store *store)
{
	hm_cleanup(store_result_clearp) PGresult *result = NULL;
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

int store_migrate_prepare(struct store *store)
{
	return store_exec(store,
		"CREATE SCHEMA IF NOT EXISTS audit;"
		"CREATE TABLE IF NOT EXISTS audit.migration ("
		"	version integer PRIMARY KEY,"
		"	name text NOT NULL,"
		"	checksum bytea NOT NULL,"
		"	applied_at timestamptz NOT NULL DEFAULT now(),"
		"	applied_by text NOT NULL DEFAULT session_user);"
		"COMMENT ON TABLE audit.migration IS 'Files of the schema that were applied';"
		"COMMENT ON COLUMN audit.migration.checksum IS 'SHA-256 of the file';");
}

/* Whether audit.migration is there: *ret is 0 or 1. */
static int recorded(struct store *store, int64_t *ret)
{
	return store_query_int64(
		store, "SELECT (to_regclass('audit.migration') IS NOT NULL)::int", 0, NULL, ret);
}

int store_migrate_state(
	struct store *store, const struct migration *migration, enum migration_state *ret)
{
	hm_cleanup(store_result_clearp) PGresult *result = NULL;
	char version[16];
	const char *const values[] = {version, migration->text};
	const int sizes[] = {0, (int)migration->size};
	const int formats[] = {0, 1};
	int64_t exists;
	int r = recorded(store, &exists);

	if (r < 0)
		return r;
	if (!exists) {
		*ret = MIGRATION_STATE_ABSENT;
		return 0;
	}
	(void)snprintf(version, sizeof(version), "%u", migration->version);
	result = PQexecParams(store->conn,
		"SELECT (checksum = sha256($2::bytea))::int FROM audit.migration"
		" WHERE version = $1::integer",
		2, NULL, values, sizes, formats, 0);
	r = store_judge(store, result);
	if (r < 0)
		return r;
	if (PQntuples(result) == 0)
		*ret = MIGRATION_STATE_ABSENT;
	else
		*ret = store_int64(result, 0, 0) ? MIGRATION_STATE_SAME : MIGRATION_STATE_ALTERED;
	return 0;
}

int store_migrate_newest(struct store *store, unsigned *ret_version, char *ret_name)
{
	hm_cleanup(store_result_clearp) PGresult *result = NULL;
	int64_t exists;
	int r = recorded(store, &exists);

	if (r < 0)
		return r;
	if (exists) {
		r = store_query(store,
			"SELECT version, name FROM audit.migration ORDER BY version DESC LIMIT 1",
			0, NULL, &result);
		if (r < 0)
			return r;
	}
	if (!exists || PQntuples(result) == 0) {
		*ret_version = 0;
		ret_name[0] = '\0';
		return 0;
	}
	*ret_version = (unsigned)store_int64(result, 0, 0);
	(void)snprintf(ret_name, 128, "%s", PQgetvalue(result, 0, 1));
	return 0;
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

static int run_file(struct store *store, const struct migration *migration)
{
	hm_cleanup(store_result_clearp) PGresult *result = PQexec(store->conn, migration->text);
	char reason[sizeof(store->error)];
	int r = store_judge(store, result);

	if (r < 0) {
		(void)snprintf(reason, sizeof(reason), "%s", store->error);
		return store_fail(store, r, "%s:%u: %s", migration->name,
			line_of(migration->text,
				PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION)),
			reason);
	}
	if (PQtransactionStatus(store->conn) != PQTRANS_INTRANS)
		return store_fail(
			store, -EIO, "%s: ends the transaction it is run in", migration->name);
	return 0;
}

/* hm_owner, who exists now, owns the records. */
static int hand_over(struct store *store)
{
	return store_exec(store, "RESET ROLE;"
				 "ALTER TABLE audit.migration OWNER TO hm_owner;"
				 "GRANT SELECT ON audit.migration TO hm_aggregator, hm_rater, "
				 "hm_finance, hm_hub_ro");
}

static int record(struct store *store, const struct migration *migration)
{
	hm_cleanup(store_result_clearp) PGresult *result = NULL;
	char version[16];
	const char *const values[] = {version, migration->name, migration->text};
	const int sizes[] = {0, 0, (int)migration->size};
	const int formats[] = {0, 0, 1};
	int r = store_exec(store, "RESET ROLE; SET LOCAL ROLE hm_owner");

	if (r < 0)
		return r;
	(void)snprintf(version, sizeof(version), "%u", migration->version);
	result = PQexecParams(store->conn,
		"INSERT INTO audit.migration (version, name, checksum)"
		" VALUES ($1::integer, $2, sha256($3::bytea))",
		3, NULL, values, sizes, formats, 0);
	return store_judge(store, result);
}

static int apply(struct store *store, const struct migration *migration)
{
	int r = store_begin(store);

	if (r >= 0)
		r = run_file(store, migration);
	if (r >= 0 && migration->version == FIRST_VERSION)
		r = hand_over(store);
	if (r >= 0)
		r = record(store, migration);
	if (r >= 0)
		r = store_commit(store);
	return r;
}

int store_migrate_apply(struct store *store, const struct migration *migration)
{
	int r = apply(store, migration);

	if (r < 0)
		store_rollback(store);
	return r;
}
