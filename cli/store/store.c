/* The connection of a command, and the transaction it works in. */
#include "cli/store/store.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/store/private.h"
#include "common/postgres/schema.h"
#include "hubmeter/cleanup.h"

#define COPY_CHUNK (1 << 20)

const char *store_library(void)
{
	static char text[32];

	(void)snprintf(text, sizeof(text), "libpq %s", postgres_library_version()); /* fits */
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

struct store *store_new_impatient(const char *conninfo, int64_t timeout_usec)
{
	struct store *store = calloc(1, sizeof(*store));

	if (store)
		postgres_init(&store->postgres, &(struct postgres_options){.conninfo = conninfo,
							.application = "hubmeter",
							.connect_timeout_sec = 10,
							.timeout_usec = timeout_usec,
							.clock = &clock_system});
	return store;
}

struct store *store_new(const char *conninfo)
{
	return store_new_impatient(conninfo, 0);
}

int store_fail(struct store *store, int r, const char *format, ...)
{
	va_list arguments;
	char text[sizeof(store->postgres.error)];

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments); /* cut to fit */
	va_end(arguments);
	return postgres_fail(&store->postgres, r, "%s", text);
}

/* Poolers know these two settings and carry them from session to session. */
int store_connect(struct store *store)
{
	int r = postgres_connect(&store->postgres);

	return r < 0 ? r : store_exec(store, "SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'");
}

bool store_is_connected(const struct store *store)
{
	return postgres_is_connected(&store->postgres);
}

int store_check_schema(struct store *store)
{
	return postgres_check_schema(&store->postgres);
}

const char *store_error(const struct store *store)
{
	return store->postgres.error;
}

void store_free(struct store *store)
{
	if (!store)
		return;
	postgres_disconnect(&store->postgres);
	free(store);
}

int store_check_result(struct store *store, const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_COPY_IN:
	case PGRES_COPY_OUT:
		return 0;
	default:
		return postgres_failure(&store->postgres, result);
	}
}

int store_exec(struct store *store, const char *sql)
{
	return postgres_script(&store->postgres, sql);
}

static int send_copy(struct store *store, const char *data, size_t size)
{
	while (size) {
		int chunk = size > COPY_CHUNK ? COPY_CHUNK : (int)size;

		if (PQputCopyData(store->postgres.connection, data, chunk) != 1)
			return postgres_failure(&store->postgres, NULL);
		data += chunk;
		size -= (size_t)chunk;
	}
	if (PQputCopyEnd(store->postgres.connection, NULL) != 1)
		return postgres_failure(&store->postgres, NULL);
	return 0;
}

int store_copy(struct store *store, const char *sql, const char *data, size_t size)
{
	hm_cleanup(postgres_result_clearp) PGresult *copy = PQexec(store->postgres.connection, sql);
	int r = store_check_result(store, copy);

	if (r >= 0)
		r = send_copy(store, data, size);
	return r < 0 ? r : postgres_finish(&store->postgres, NULL);
}

int store_copy_out(struct store *store, const char *sql, FILE *out)
{
	hm_cleanup(postgres_result_clearp) PGresult *copy = PQexec(store->postgres.connection, sql);
	int r = store_check_result(store, copy);
	char *row;
	int size;

	if (r < 0)
		return r;
	while ((size = PQgetCopyData(store->postgres.connection, &row, 0)) > 0) {
		(void)fwrite(row, 1, (size_t)size, out);
		PQfreemem(row);
	}
	return postgres_finish(&store->postgres, NULL);
}

int store_query(struct store *store, const char *sql, int n_params, const char *const *params,
	PGresult **ret)
{
	return postgres_run(&store->postgres, sql, n_params, params, ret);
}

int store_query_lines(struct store *store, const char *sql, int n_params, const char *const *params,
	store_line_fn *line, void *context)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r = store_query(store, sql, n_params, params, &result);

	for (int i = 0; r >= 0 && i < PQntuples(result); i++)
		line(context, PQgetvalue(result, i, 0));
	return r;
}

int64_t store_int64(const PGresult *result, int row, int column)
{
	return postgres_get_i64(result, row, column);
}

const char *store_cell(const PGresult *result, int row, int column)
{
	return PQgetisnull(result, row, column) ? NULL : PQgetvalue(result, row, column);
}

struct rating store_rating(const PGresult *result)
{
	return (struct rating){store_int64(result, 0, 0), store_int64(result, 0, 1),
		store_int64(result, 0, 2), store_int64(result, 0, 3)};
}

int store_query_int64(
	struct store *store, const char *sql, int n_params, const char *const *params, int64_t *ret)
{
	return postgres_run_i64(&store->postgres, sql, n_params, params, ret);
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
	PGconn *connection = store->postgres.connection;

	if (connection && PQtransactionStatus(connection) != PQTRANS_IDLE)
		PQclear(PQexec(connection, "ROLLBACK"));
}

int store_news_socket(const struct store *store)
{
	return PQsocket(store->postgres.connection);
}

int store_news_read(struct store *store)
{
	PGnotify *news;
	int r = 0;

	if (!PQconsumeInput(store->postgres.connection))
		return postgres_failure(&store->postgres, NULL);
	while ((news = PQnotifies(store->postgres.connection))) {
		PQfreemem(news);
		r = 1;
	}
	return r;
}

/* Local to the transaction: behind a pooler the session is somebody else's next time. */
static int become(struct store *store, const char *set_role, const char *how)
{
	char reason[sizeof(store->postgres.error)];
	int r = store_exec(store, set_role);

	if (r >= 0)
		return 0;
	(void)snprintf(reason, sizeof(reason), "%s", store_error(store));
	return store_fail(store, r, "%s (%s)", reason, how);
}

static int become_rater(struct store *store)
{
	return become(store, "SET LOCAL ROLE hm_rater",
		"sign in as hm_rater or as a member of it; 'hubmeter migrate' creates it");
}

int store_begin_as_rater(struct store *store)
{
	int r = store_begin(store);

	return r < 0 ? r : become_rater(store);
}

int store_begin_as_controller(struct store *store)
{
	int r = store_begin(store);

	return r < 0 ? r
		     : become(store, "SET LOCAL ROLE hm_controller",
			       "sign in as a member of hm_controller, which a superuser grants");
}

int store_begin_as_aggregator(struct store *store)
{
	int r = store_begin(store);

	return r < 0 ? r
		     : become(store, "SET LOCAL ROLE hm_aggregator",
			       "sign in as a member of hm_aggregator, which a superuser grants");
}

/*
 * The lock is on a table that only the rater may write, so nobody else can hold it, and it comes
 * before the snapshot, which then has what the rating before it wrote.
 */
int store_begin_rating(struct store *store)
{
	int r = store_begin_repeatable_read(store);

	if (r >= 0)
		r = become_rater(store);
	return r < 0 ? r
		     : store_exec(
			       store, "LOCK TABLE charge.rating_turn IN SHARE ROW EXCLUSIVE MODE");
}
