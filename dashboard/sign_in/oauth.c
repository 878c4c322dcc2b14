/* The way of a browser to the hub and back; what is said to the hub is in oauth_hub.c. */
#include "dashboard/sign_in/oauth.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "dashboard/sign_in/form.h"
#include "dashboard/sign_in/identity.h"
#include "dashboard/sign_in/notice.h"
#include "dashboard/sign_in/oauth_hub.h"
#include "dashboard/sign_in/oauth_state.h"
#include "hubmeter/cleanup.h"

#define URL_LIMIT (8u << 10)
#define CODE_MAX  1024 /* bytes; JupyterHub's have 30 */

struct oauth {
	const struct sign_in_options *options;
	const struct session_rules *rules;
	struct oauth_hub hub;
	struct http **http;    /* of each worker */
	atomic_uint n_waiting; /* workers, for the hub */
	struct ration ration[OAUTH_FAULT_COUNT];
};

static int make_connections(struct oauth *oauth, long connect_sec, long answer_sec)
{
	oauth->http = calloc(oauth->options->n_workers, sizeof(struct http *));
	if (!oauth->http)
		return -ENOMEM;
	for (size_t i = 0; i < oauth->options->n_workers; i++) {
		oauth->http[i] = http_new(connect_sec, answer_sec);
		if (!oauth->http[i])
			return -ENOMEM;
	}
	return 0;
}

int oauth_new(const struct sign_in_options *options, const struct session_rules *rules,
	long connect_sec, long answer_sec, struct oauth **ret)
{
	hm_cleanup(oauth_freep) struct oauth *oauth = calloc(1, sizeof(*oauth));
	int r;

	if (!oauth)
		return -ENOMEM;
	oauth->options = options;
	oauth->rules = rules;
	for (size_t i = 0; i < OAUTH_FAULT_COUNT; i++)
		oauth->ration[i] = (struct ration)RATION_INIT;
	r = oauth_hub_init(&oauth->hub, options->hub_api_url, options->client_id,
		options->client_secret, options->prefix);
	if (r == 0)
		r = make_connections(oauth, connect_sec, answer_sec);
	if (r < 0)
		return r;
	*ret = hm_steal(&oauth);
	return 0;
}

void oauth_free(struct oauth *oauth)
{
	if (!oauth)
		return;
	for (size_t i = 0; oauth->http && i < oauth->options->n_workers; i++)
		http_free(oauth->http[i]);
	free(oauth->http);
	oauth_hub_release(&oauth->hub);
	free(oauth);
}

static void fail(struct oauth *oauth, const struct oauth_report *report, const char *again,
	struct response *response)
{
	oauth_fault_log(report, oauth->ration, oauth->options->clock);
	oauth_fault_answer(report->fault, oauth->options->prefix, again, response);
}

static void fail_for(
	struct oauth *oauth, enum oauth_fault fault, const char *again, struct response *response)
{
	const struct oauth_report report = {.fault = fault};

	fail(oauth, &report, again, response);
}

/* Where the browser goes with @state; the caller frees. */
static int write_authorize_url(
	const struct oauth *oauth, const struct oauth_state *state, char **ret)
{
	hm_cleanup(buffer_release) struct buffer url = BUFFER_INIT(URL_LIMIT);
	const char *hub_url = oauth->options->hub_url;
	size_t size = strlen(hub_url);
	char challenge[CRYPTO_TEXT_SIZE];
	const struct form_field field[] = {{"client_id", oauth->options->client_id},
		{"redirect_uri", oauth->hub.redirect_uri}, {"response_type", "code"},
		{"state", state->text}, {"code_challenge", challenge},
		{"code_challenge_method", "S256"}};
	int r = crypto_challenge(state->verifier, challenge);

	if (r == 0)
		r = buffer_append(&url, hub_url, size);
	if (r == 0 && hub_url[size - 1] != '/')
		r = buffer_append(&url, "/", 1);
	if (r == 0)
		r = buffer_append(&url, "api/oauth2/authorize?", strlen("api/oauth2/authorize?"));
	if (r == 0)
		r = form_add(&url, field, sizeof(field) / sizeof(field[0]));
	return r < 0 ? r : form_finish(&url, ret);
}

void oauth_begin(struct oauth *oauth, const struct request *request, const char *destination,
	struct response *response)
{
	hm_cleanup(hm_freep) char *location = NULL;
	struct oauth_state state;
	int r = oauth_state_make(oauth->rules, request, destination, &state);

	if (r == 0)
		r = write_authorize_url(oauth, &state, &location);
	if (r == 0)
		r = oauth_state_keep(oauth->rules, &state, &response->cookie[0]);
	if (r < 0)
		fail_for(oauth, OAUTH_FAULT_OURS, destination, response);
	else
		notice_redirect(hm_steal(&location), response);
}

/* At most half of the workers wait for the hub, and one may always. */
static bool enter(struct oauth *oauth)
{
	size_t n_workers = oauth->options->n_workers;
	size_t most = n_workers > 1 ? n_workers / 2 : 1;

	if (atomic_fetch_add(&oauth->n_waiting, 1) < most)
		return true;
	atomic_fetch_sub(&oauth->n_waiting, 1);
	return false;
}

static bool identify(struct oauth *oauth, struct http *http, const char *code,
	const struct oauth_state *state, char ret[IDENTITY_SIZE], struct oauth_report *report)
{
	char name[HUB_ANSWER_NAME_SIZE];
	bool is_known;

	report->fault = OAUTH_FAULT_CODE;
	if (strlen(code) > CODE_MAX)
		return false;
	report->fault = OAUTH_FAULT_BUSY;
	if (!enter(oauth))
		return false;
	is_known = oauth_hub_ask(&oauth->hub, http, code, state->verifier, name, report);
	atomic_fetch_sub(&oauth->n_waiting, 1);
	if (!is_known)
		return false;
	report->fault = OAUTH_FAULT_NAME;
	return identity_make(oauth->options->hub_name, name, ret) == 0;
}

static void let_in(struct oauth *oauth, const char *identity, const struct oauth_state *state,
	struct response *response)
{
	hm_cleanup(hm_freep) char *location = strdup(state->destination);

	if (!location || session_begin(oauth->rules, identity, &response->cookie[1]) < 0)
		fail_for(oauth, OAUTH_FAULT_OURS, state->destination, response);
	else
		notice_redirect(hm_steal(&location), response);
}

/* A browser that is signed in, by another tab or in spite of it all, has no use for a complaint. */
static void answer_unknown_state(
	struct oauth *oauth, const struct request *request, struct response *response)
{
	const char *prefix = oauth->options->prefix;
	char identity[IDENTITY_SIZE];
	char *location;

	if (session_identify(oauth->rules, request, identity) && (location = strdup(prefix)))
		notice_redirect(location, response);
	else
		fail_for(oauth, OAUTH_FAULT_STATE, prefix, response);
}

void oauth_finish(struct oauth *oauth, size_t worker, const struct request *request,
	struct response *response)
{
	const char *code = request_argument(request, "code", "");
	struct oauth_report report = {.fault = OAUTH_FAULT_DENIED};
	struct oauth_state state;
	char identity[IDENTITY_SIZE];

	if (!oauth_state_find(
		    oauth->rules, request, request_argument(request, "state", ""), &state)) {
		answer_unknown_state(oauth, request, response);
		return;
	}
	/* Without memory for that the cookie dies by itself. */
	(void)oauth_state_forget(oauth->rules, &state, &response->cookie[0]);
	if (*code && !*request_argument(request, "error", "") &&
		identify(oauth, oauth->http[worker], code, &state, identity, &report))
		let_in(oauth, identity, &state, response);
	else
		fail(oauth, &report, state.destination, response);
}
