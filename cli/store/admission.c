/* May a server start, and what is held for those that do. The rules are SQL's; each call is one
 * statement, so that nothing is ever held by halves. */
#include "cli/store/store.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cli/store/private.h"
#include "cli/store/sql/sql.h"
#include "hubmeter/cleanup.h"

#define PARAMS	    10
#define NUMBER_SIZE 24

struct spawn_params {
	char number[4][NUMBER_SIZE];
	const char *value[PARAMS];
};

static void fill(const struct spawn_request *request, struct spawn_params *params)
{
	const int64_t numbers[] = {
		request->cpu_milli, request->memory_mib, request->gpu_milli, request->max_seconds};

	params->value[0] = request->hub;
	params->value[1] = request->username;
	params->value[2] = request->server;
	params->value[3] = request->class;
	for (size_t i = 0; i < 4; i++) {
		(void)snprintf(params->number[i], NUMBER_SIZE, "%" PRId64, numbers[i]); /* fits */
		params->value[4 + i] = params->number[i];
	}
	params->value[8] = request->tag;
	params->value[9] = request->holds ? "t" : "f";
}

int store_can_spawn(struct store *store, const struct spawn_request *request, struct table *ret)
{
	struct spawn_params params;

	fill(request, &params);
	return store_query_table(store, sql_can_spawn, PARAMS, params.value, ret);
}

int store_can_spawn_json(struct store *store, const struct spawn_request *request, char **ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	struct spawn_params params;
	char *text;
	int r;

	fill(request, &params);
	r = store_query(store, sql_can_spawn_json, PARAMS, params.value, &result);
	if (r < 0)
		return r;
	text = strdup(PQgetvalue(result, 0, 0));
	if (!text)
		return store_fail(store, -ENOMEM, "out of memory");

	*ret = text;
	return 0;
}

static int release(
	struct store *store, const char *sql, int n_params, const char *const *params, bool *ret)
{
	int64_t was_open;
	int r = store_query_int64(store, sql, n_params, params, &was_open);

	if (r < 0)
		return r;
	*ret = was_open;
	return 0;
}

int store_lien_release(
	struct store *store, int64_t lien, const char *reason, const char *hubs, bool *ret)
{
	char number[NUMBER_SIZE];
	const char *const params[] = {number, reason, hubs};

	(void)snprintf(number, sizeof(number), "%" PRId64, lien); /* fits */
	return release(store, sql_release_lien, 3, params, ret);
}

int store_server_release(struct store *store, const char *hub, const char *username,
	const char *server, const char *reason, bool *ret)
{
	const char *const params[] = {hub, username, server, reason};

	return release(store, sql_release_server, 4, params, ret);
}

int store_lien_table(struct store *store, const char *institution, struct table *ret)
{
	return store_query_table(store, sql_liens, 1, &institution, ret);
}
