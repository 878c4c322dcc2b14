#include "dashboard/store/store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/postgres/pipeline.h"
#include "common/postgres/postgres.h"
#include "common/postgres/schema.h"
#include "common/postgres/table.h"
#include "dashboard/store/query.h"
#include "hubmeter/cleanup.h"

#define CONNECT_SEC 5
#define WORK_MEM    "16MB"

struct store {
	struct postgres postgres;
	char limit_msec[24]; /* of one statement */
	int64_t limit_usec;  /* of all between store_begin() and store_end(), by when none begins */
	int64_t begun_usec;
};

struct store *store_new(const char *conninfo, int64_t timeout_usec)
{
	struct store *store = calloc(1, sizeof(*store));

	if (!store)
		return NULL;
	/* The server gives up first, and says why; we only do where it is gone. */
	postgres_init(&store->postgres, &(struct postgres_options){.conninfo = conninfo,
						.application = "hubmeter-dashboard",
						.connect_timeout_sec = CONNECT_SEC,
						.timeout_usec = timeout_usec + 1000000,
						.clock = &clock_system});
	store->limit_usec = STORE_QUESTIONS_LONG * timeout_usec;
	(void)snprintf(store->limit_msec, sizeof(store->limit_msec), "%" PRId64,
		timeout_usec < 1000 ? 1 : timeout_usec / 1000);
	return store;
}

void store_free(struct store *store)
{
	if (!store)
		return;
	postgres_disconnect(&store->postgres);
	free(store);
}

static int check_role(struct store *store)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r = postgres_run(&store->postgres, "SELECT session_user", 0, NULL, &result);

	if (r < 0)
		return r;
	if (PQntuples(result) == 1 && strcmp(PQgetvalue(result, 0, 0), "hm_web") == 0)
		return 0;
	return postgres_fail(&store->postgres, -EPERM,
		"signed in as %s: readers would see what that role sees; sign in as hm_web",
		PQntuples(result) == 1 ? PQgetvalue(result, 0, 0) : "nobody");
}

static int connect_anew(struct store *store)
{
	int r = postgres_connect(&store->postgres);

	if (r == 0)
		r = check_role(store);
	if (r == 0)
		r = postgres_check_schema(&store->postgres);
	if (r < 0)
		postgres_disconnect(&store->postgres);
	return r;
}

/*
 * Views are large on paper, so that compiling them would take longer than what it saves. What a
 * month of a large institution is added up in fits into WORK_MEM; few questions add up more than
 * one such thing at once, and at most as many are asked as there are connections.
 */
static int begin(struct store *store, const char *identity)
{
	const char *const value[] = {identity, store->limit_msec};
	const struct postgres_statement statement[] = {
		{.sql = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"},
		{.sql = "SELECT set_config('hubmeter.identity', $1, true),"
			" set_config('statement_timeout', $2, true), set_config('jit', 'off', true),"
			" set_config('work_mem', '" WORK_MEM "', true),"
			" set_config('timezone', 'UTC', true), set_config('datestyle', 'ISO, YMD', true)",
			.n_values = 2,
			.value = value},
	};

	return postgres_pipeline(&store->postgres, statement, 2, POSTGRES_NO_RESULT, NULL);
}

int store_begin(struct store *store, const char *identity)
{
	int r = postgres_is_connected(&store->postgres) ? begin(store, identity) : -ECONNRESET;

	/* Where the server ended a connection that nobody used, nothing was asked so far. */
	if (r == -ECONNRESET) {
		r = connect_anew(store);
		if (r == 0)
			r = begin(store, identity);
	}
	if (r < 0)
		postgres_disconnect(&store->postgres);
	store->begun_usec = clock_monotonic_usec(&clock_system);
	return r;
}

static bool is_late(const struct store *store)
{
	return clock_monotonic_usec(&clock_system) - store->begun_usec > store->limit_usec;
}

int store_ask(struct store *store, const char *sql, const struct filter *filter, size_t rows_max,
	struct table *ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	struct query query;
	int r;

	if (is_late(store))
		return postgres_fail(&store->postgres, -E2BIG,
			"all questions together take longer than %d may", STORE_QUESTIONS_LONG);
	r = query_bind(sql, filter, rows_max, &query);

	if (r == 0)
		r = postgres_run(&store->postgres, (const char *)query.text.data, query.n_values,
			query.value, &result);
	else
		r = postgres_fail(
			&store->postgres, r, "a question can't be asked: %s", strerror(-r));
	query_release(&query);
	if (r < 0)
		return r;
	r = postgres_table(result, ret);
	return r < 0 ? postgres_fail(&store->postgres, r, "out of memory") : 0;
}

void store_end(struct store *store)
{
	/* What was read stays read; a transaction that can't be ended ends with its connection. */
	if (postgres_is_connected(&store->postgres) &&
		postgres_run(&store->postgres, "ROLLBACK", 0, NULL, NULL) < 0)
		postgres_disconnect(&store->postgres);
}

const char *store_error(const struct store *store)
{
	return store->postgres.error;
}

const char *store_library(void)
{
	static char text[32];

	(void)snprintf(text, sizeof(text), "libpq %s", postgres_library_version()); /* fits */
	return text;
}
