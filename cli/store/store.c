/*
 * Why: one place knows how a connection is made and what an answer of PostgreSQL means to us.
 */
#include "cli/store/store.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/store/private.h"
#include "hubmeter/cleanup.h"

const char *store_library(void)
{
	static char text[32];
	int version = PQlibVersion();

	(void)snprintf(text, sizeof(text), "libpq %d.%d", version / 10000, version % 10000);
	return text;
}

bool store_conninfo_has_password(const char *conninfo)
{
	PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
	bool found = false;

	for (PQconninfoOption *o = options; o && o->keyword; o++) {
		if (strcmp(o->keyword, "password") == 0 || strcmp(o->keyword, "sslpassword") == 0)
			found = found || o->val;
	}
	PQconninfoFree(options);
	return found;
}

struct store *store_new(const char *conninfo)
{
	struct store *store = calloc(1, sizeof(*store));

	if (store)
		store->conninfo = conninfo;
	return store;
}

static void trim_end(char *text)
{
	size_t size = strlen(text);

	while (size && (text[size - 1] == '\n' || text[size - 1] == ' '))
		text[--size] = '\0';
	for (char *c = text; *c; c++) {
		if (*c == '\n')
			*c = ' ';
	}
}

int store_fail(struct store *store, int r, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(store->error, sizeof(store->error), format, arguments);
	va_end(arguments);
	trim_end(store->error);
	return r;
}

/* The environment may add what @conninfo leaves out; what we add last, nobody needs to override. */
int store_connect(struct store *store)
{
	const char *const keywords[] = {
		"connect_timeout", "fallback_application_name", "dbname", "client_encoding", NULL};
	const char *const values[] = {"10", "hubmeter", store->conninfo, "UTF8", NULL};

	store->conn = PQconnectdbParams(keywords, values, 1);
	if (!store->conn)
		return store_fail(store, -ENOMEM, "out of memory");
	if (PQstatus(store->conn) != CONNECTION_OK)
		return store_fail(store, -ENOTCONN, "%s", PQerrorMessage(store->conn));
	return store_exec(store,
		"SET client_min_messages = warning; SET timezone = 'UTC'; "
		"SET datestyle = 'ISO, YMD'; SET standard_conforming_strings = on");
}

const char *store_error(const struct store *store)
{
	return store->error;
}

void store_free(struct store *store)
{
	if (!store)
		return;
	PQfinish(store->conn);
	free(store);
}

static int sqlstate_code(const char *state)
{
	if (!state)
		return -ENOTCONN;
	if (strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0)
		return -EAGAIN;
	if (strcmp(state, "42501") == 0)
		return -EACCES;
	return -EIO;
}

int store_judge(struct store *store, const PGresult *result)
{
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
	const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_COPY_IN:
	case PGRES_COPY_OUT:
		return 0;
	default:
		break;
	}
	(void)snprintf(store->state, sizeof(store->state), "%s", state ? state : ""); /* fits */
	if (!message)
		return store_fail(store, -ENOTCONN, "%s", PQerrorMessage(store->conn));
	return store_fail(store, sqlstate_code(state), "%s%s%s%s%s", message, detail ? ": " : "",
		detail ? detail : "", hint ? ": " : "", hint ? hint : "");
}

int store_exec(struct store *store, const char *sql)
{
	hm_cleanup(store_result_clearp) PGresult *result = PQexec(store->conn, sql);

	return store_judge(store, result);
}

int store_query(struct store *store, const char *sql, int n_params, const char *const *params,
	PGresult **ret)
{
	PGresult *result = PQexecParams(store->conn, sql, n_params, NULL, params, NULL, NULL, 0);
	int r = store_judge(store, result);

	if (r < 0) {
		PQclear(result);
		return r;
	}
	*ret = result;
	return 0;
}

int64_t store_int64(const PGresult *result, int row, int column)
{
	return strtoll(PQgetvalue(result, row, column), NULL, 10);
}

int store_query_int64(
	struct store *store, const char *sql, int n_params, const char *const *params, int64_t *ret)
{
	hm_cleanup(store_result_clearp) PGresult *result = NULL;
	int r = store_query(store, sql, n_params, params, &result);

	if (r < 0)
		return r;
	if (PQntuples(result) != 1)
		return store_fail(store, -EIO, "unexpected answer from the database");
	*ret = store_int64(result, 0, 0);
	return 0;
}

int store_begin(struct store *store)
{
	return store_exec(store, "BEGIN");
}

int store_begin_repeatable_read(struct store *store)
{
	return store_exec(store, "BEGIN ISOLATION LEVEL REPEATABLE READ");
}

int store_commit(struct store *store)
{
	return store_exec(store, "COMMIT");
}

void store_rollback(struct store *store)
{
	if (store->conn && PQtransactionStatus(store->conn) != PQTRANS_IDLE)
		PQclear(PQexec(store->conn, "ROLLBACK"));
}

int store_become_rater(struct store *store)
{
	char reason[sizeof(store->error)];
	int r = store_exec(store, "SET ROLE hm_rater");

	if (r >= 0)
		return 0;
	(void)snprintf(reason, sizeof(reason), "%s", store->error);
	return store_fail(store, r,
		"%s (sign in as hm_rater or as a member of it; 'hubmeter migrate' creates it)",
		reason);
}
