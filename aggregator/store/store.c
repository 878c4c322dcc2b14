/* The connection as this program needs it: who it is for the others, and how a transaction begins.
 */
#include "aggregator/store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aggregator/store/private.h"
#include "aggregator/store/sql/sql.h"
#include "common/crc32c.h"
#include "common/hash.h"
#include "common/postgres/schema.h"
#include "hubmeter/cleanup.h"

#define CONNECT_TIMEOUT_SEC 5

static void name_owner(struct store *store)
{
	char host[64] = "";

	(void)gethostname(host, sizeof(host) - 1); /* only a label: empty does no harm */
	(void)snprintf(store->owner, sizeof(store->owner), "%s/%ld/%08x", host, (long)getpid(),
		(uint32_t)hash_random_seed()); /* cut to fit: as above */
}

int store_new(
	const char *conninfo, int64_t timeout_usec, const struct clock *clock, struct store **ret)
{
	struct store *store = calloc(1, sizeof(*store));

	if (!store)
		return -ENOMEM;
	store->conninfo = strdup(conninfo);
	if (!store->conninfo || postgres_copy_init(&store->copy, &store->postgres) < 0 ||
		known_init(&store->known, hash_random_seed()) < 0) {
		store_free(store);
		return -ENOMEM;
	}
	postgres_init(&store->postgres, &(struct postgres_options){
						.conninfo = store->conninfo,
						.application = "hubmeter-aggregator",
						.connect_timeout_sec = CONNECT_TIMEOUT_SEC,
						.timeout_usec = timeout_usec,
						.is_binary = true,
						.clock = clock,
					});
	name_owner(store);
	(void)snprintf(store->stage_name, sizeof(store->stage_name), "%08x",
		crc32c(0, sql_stage_tables, strlen(sql_stage_tables))); /* fits */
	*ret = store;
	return 0;
}

void store_free(struct store *store)
{
	if (!store)
		return;
	postgres_disconnect(&store->postgres);
	postgres_copy_release(&store->copy);
	known_release(&store->known);
	free(store->conninfo);
	free(store);
}

void store_disconnect(struct store *store)
{
	postgres_disconnect(&store->postgres);
}

bool store_is_connected(const struct store *store)
{
	return postgres_is_connected(&store->postgres);
}

const char *store_error(const struct store *store)
{
	return store->postgres.error;
}

const char *store_library_version(void)
{
	return postgres_library_version();
}

int store_code(int r)
{
	switch (r) {
	case 0:
	case -ECONNRESET:
	case -ESTALE:
	case -EREMCHG:
	case -EPERM:
	case -EBADMSG:
	case -EDQUOT:
	case -EALREADY:
	case -ENOENT:
	case -E2BIG:
	case -ENOMEM:
		return r;
	default:
		return -EAGAIN;
	}
}

bool store_was_blocked(const struct store *store)
{
	return strcmp(store->postgres.state, SQLSTATE_LOCK_NOT_AVAILABLE) == 0;
}

int store_connect(struct store *store)
{
	int r;

	store->n_months = 0; /* a restored database may lack some */
	known_clear(&store->known);
	if (postgres_connect(&store->postgres) < 0)
		return -EAGAIN;
	r = postgres_check_schema(&store->postgres);
	if (r < 0)
		postgres_disconnect(&store->postgres);
	return r < 0 && r != -EPROTONOSUPPORT ? -EAGAIN : r;
}

int store_run(struct store *store, const char *sql, int n_values, const char *const *value,
	PGresult **ret)
{
	const struct postgres_statement statement[] = {
		STORE_BEGIN, {sql, n_values, value}, {.sql = "COMMIT"}};
	int r;

	if (!store_is_connected(store)) {
		(void)postgres_fail(&store->postgres, 0, "not connected");
		return -ECONNRESET;
	}
	r = postgres_pipeline(&store->postgres, statement, 4, 2, ret);
	return r < 0 && r != -ECONNRESET ? postgres_roll_back(&store->postgres, r) : r;
}

/*
 * The tables outlive the transaction, as making them anew for every flush would fill PostgreSQL's
 * catalogue with the dead. A setting of the session, made with them, says that they are there and
 * whose they are: behind a pooler the session may be new, or have served another version.
 */
static int make_stage_tables(struct store *store)
{
	const char *const name[] = {store->stage_name};
	int r;

	r = postgres_script(&store->postgres, "DISCARD TEMPORARY");
	if (r == 0)
		r = postgres_script(&store->postgres, sql_stage_tables);
	if (r == 0)
		r = postgres_run(&store->postgres, "SELECT set_config('hubmeter.stage', $1, false)",
			1, name, NULL);
	return r;
}

static bool has_stage_tables(const struct store *store, const PGresult *settings)
{
	return strcmp(PQgetvalue(settings, 0, PQnfields(settings) - 1), store->stage_name) == 0;
}

static int64_t name_version(const PGresult *settings)
{
	return postgres_get_i64(settings, 0, PQnfields(settings) - 2);
}

int store_begin_staging(struct store *store)
{
	static const struct postgres_statement statement[] = {STORE_BEGIN};
	hm_cleanup(postgres_result_clearp) PGresult *settings = NULL;
	int r;

	r = postgres_pipeline(&store->postgres, statement, 2, 1, &settings);
	if (r == 0)
		known_keep(&store->known, name_version(settings));
	if (r == 0 && !has_stage_tables(store, settings))
		r = make_stage_tables(store);
	return r < 0 && r != -ECONNRESET ? postgres_roll_back(&store->postgres, r) : r;
}
