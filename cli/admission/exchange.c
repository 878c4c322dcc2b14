/* Only what the database says of a request goes out; why it does not answer is for our log. */
#include "cli/admission/exchange.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/format/json_object.h"
#include "common/log.h"
#include "hubmeter/cleanup.h"

#define STATUS_OK	   200
#define STATUS_BAD	   400
#define STATUS_FORBIDDEN   403
#define STATUS_CONFLICT	   409
#define STATUS_UNAVAILABLE 503

struct answer exchange_error(unsigned status, const char *reason)
{
	hm_cleanup(json_object_freep) struct json_object *object = json_object_new();
	const char *text;

	if (!object)
		return (struct answer){status, NULL};
	json_object_put(object, "error", reason);
	text = json_object_text(object);
	return (struct answer){status, text ? strdup(text) : NULL};
}

static struct answer answer_text(const char *text)
{
	return (struct answer){STATUS_OK, strdup(text)};
}

/* Refused because of what it says, or not answered at all. */
static struct answer failure(int r, const char *error)
{
	char quoted[LOG_QUOTED_SIZE];

	if (r == -EBADMSG)
		return exchange_error(STATUS_CONFLICT, error);
	log_event(LOG_PRIORITY_ERROR, "admission_failed", "reason=%s", log_quote(quoted, error));
	return exchange_error(
		STATUS_UNAVAILABLE, "the database does not answer as it should: try again");
}

struct spawning {
	struct spawn_request request;
	char *answer;
};

static int ask(struct store *store, void *context)
{
	struct spawning *spawning = context;

	return store_can_spawn_json(store, &spawning->request, &spawning->answer);
}

static struct answer spawn(struct pool *pool, const struct admission_request *request)
{
	struct spawning spawning = {{.hub = request->hub,
					    .username = request->user,
					    .server = request->server,
					    .class = request->class,
					    .tag = request->tag,
					    .cpu_milli = request->cpu_milli,
					    .memory_mib = request->memory_mib,
					    .gpu_milli = request->gpu_milli,
					    .max_seconds = request->max_seconds,
					    .holds = request->hold},
		NULL};
	char error[512];
	int r = pool_run(pool, ask, &spawning, error, sizeof(error));

	return r < 0 ? failure(r, error) : (struct answer){STATUS_OK, spawning.answer};
}

struct releasing {
	const struct admission_request *request;
	bool was_open;
};

static int let_go(struct store *store, void *context)
{
	struct releasing *releasing = context;
	const struct admission_request *request = releasing->request;

	if (request->lien)
		return store_lien_release(
			store, request->lien, request->reason, request->hub, &releasing->was_open);
	return store_server_release(store, request->hub, request->user, request->server,
		request->reason, &releasing->was_open);
}

static struct answer release(struct pool *pool, const struct admission_request *request)
{
	struct releasing releasing = {request, false};
	char error[512];
	int r = pool_run(pool, let_go, &releasing, error, sizeof(error));

	if (r < 0)
		return failure(r, error);
	return answer_text(releasing.was_open ? "{\"released\": true}" : "{\"released\": false}");
}

struct answer exchange_act(
	struct pool *pool, const char *hubs, enum admission_act act, const char *data, size_t size)
{
	struct admission_request request;
	struct answer answer;
	char error[256];

	if (admission_request_parse(act, data, size, &request, error, sizeof(error)) < 0)
		return exchange_error(STATUS_BAD, error);
	if (!admission_serves(hubs, request.hub))
		answer = exchange_error(STATUS_FORBIDDEN, "that hub is not served here");
	else if (act == ADMISSION_ACT_SPAWN)
		answer = spawn(pool, &request);
	else
		answer = release(pool, &request);
	admission_request_release(&request);
	return answer;
}

static int check(struct store *store, void *context)
{
	(void)context;
	return store_check_schema(store);
}

struct answer exchange_health(struct pool *pool)
{
	char error[512];
	int r = pool_run(pool, check, NULL, error, sizeof(error));

	return r < 0 ? failure(r == -EBADMSG ? -EIO : r, error)
		     : answer_text("{\"status\": \"ok\"}");
}
