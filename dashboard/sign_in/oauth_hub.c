/* What holds the token or the form here is wiped; the libraries free their copies of it. */
#include "dashboard/sign_in/oauth_hub.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dashboard/sign_in/form.h"
#include "hubmeter/cleanup.h"

#define FORM_LIMIT	   (16u << 10)
#define TOKEN_ANSWER_LIMIT (64u << 10)
#define USER_ANSWER_LIMIT  (4u << 20) /* of somebody who is in thousands of groups */

static int join(const char *first, const char *second, char **ret)
{
	if (asprintf(ret, "%s%s", first, second) >= 0)
		return 0;
	*ret = NULL;
	return -ENOMEM;
}

int oauth_hub_init(struct oauth_hub *hub, const char *api_url, const char *client_id,
	const char *client_secret, const char *prefix)
{
	size_t size = strlen(api_url);
	const char *slash = size && api_url[size - 1] == '/' ? "" : "/";
	hm_cleanup(hm_freep) char *base = NULL;
	int r = join(api_url, slash, &base);

	*hub = (struct oauth_hub){.client_id = client_id, .client_secret = client_secret};
	if (r == 0)
		r = join(base, "oauth2/token", &hub->token_url);
	if (r == 0)
		r = join(base, "user", &hub->user_url);
	if (r == 0)
		r = join(prefix, "oauth_callback", &hub->redirect_uri);
	return r;
}

void oauth_hub_release(struct oauth_hub *hub)
{
	free(hub->token_url);
	free(hub->user_url);
	free(hub->redirect_uri);
}

static void wipe(struct buffer *buffer)
{
	if (buffer->data)
		explicit_bzero(buffer->data, buffer->capacity);
	buffer_release(buffer);
}

static bool fail(struct oauth_report *report, enum oauth_fault fault, const char *detail)
{
	report->fault = fault;
	(void)snprintf(report->detail, sizeof(report->detail), "%s", detail); /* cut is enough */
	return false;
}

static int write_form(
	const struct oauth_hub *hub, const char *code, const char *verifier, struct buffer *ret)
{
	const struct form_field field[] = {{"client_id", hub->client_id},
		{"client_secret", hub->client_secret}, {"grant_type", "authorization_code"},
		{"code", code}, {"redirect_uri", hub->redirect_uri}, {"code_verifier", verifier}};
	int r = form_add(ret, field, sizeof(field) / sizeof(field[0]));

	return r < 0 ? r : buffer_append(ret, "", 1);
}

/* What a refusal of the code or of us means: RFC 6749, section 5.2. */
static bool refuse(const struct buffer *answer, struct oauth_report *report)
{
	char error[HUB_ANSWER_ERROR_SIZE];

	hub_answer_error(answer, error);
	if (strcmp(error, "invalid_grant") == 0)
		return fail(report, OAUTH_FAULT_CODE, error);
	if (report->status == 401 || *error) /* our name, secret or address is not what it knows */
		return fail(report, OAUTH_FAULT_CLIENT, error);
	if (report->status == 403)
		return fail(report, OAUTH_FAULT_DENIED, error);
	return fail(report, OAUTH_FAULT_GARBAGE, error);
}

static bool ask_token(const struct oauth_hub *hub, struct http *http, const char *form,
	char ret[HUB_ANSWER_TOKEN_SIZE], struct oauth_report *report)
{
	static const char *const headers[] = {"Accept: application/json", "Expect:"};
	hm_cleanup(wipe) struct buffer answer = BUFFER_INIT(TOKEN_ANSWER_LIMIT);

	report->asked = "token";
	if (http_set_headers(http, headers, sizeof(headers) / sizeof(headers[0])) < 0)
		return fail(report, OAUTH_FAULT_OURS, "no memory");
	if (http_post(http, hub->token_url, form, &answer, &report->status) < 0)
		return fail(report, OAUTH_FAULT_NO_ANSWER, http_error(http));
	if (report->status != 200)
		return refuse(&answer, report);
	if (hub_answer_token(&answer, ret) < 0)
		return fail(report, OAUTH_FAULT_GARBAGE, "no token");
	return true;
}

/* The token leaves no trace in @http's headers. */
static int get_with_token(
	struct http *http, const char *url, const char *token, struct buffer *answer, long *status)
{
	char line[HUB_ANSWER_TOKEN_SIZE + 32];
	const char *const headers[] = {line, "Accept: application/json"};
	int r;

	(void)snprintf(line, sizeof(line), "Authorization: Bearer %s", token); /* fits */
	r = http_set_headers(http, headers, sizeof(headers) / sizeof(headers[0]));
	explicit_bzero(line, sizeof(line));
	if (r == 0)
		r = http_get(http, url, answer, status);
	(void)http_set_headers(http, NULL, 0); /* takes no memory */
	return r;
}

static bool ask_user(const struct oauth_hub *hub, struct http *http, const char *token,
	char ret[HUB_ANSWER_NAME_SIZE], struct oauth_report *report)
{
	hm_cleanup(buffer_release) struct buffer answer = BUFFER_INIT(USER_ANSWER_LIMIT);
	int r;

	report->asked = "user";
	report->status = 0;
	r = get_with_token(http, hub->user_url, token, &answer, &report->status);
	if (r == -ENOMEM)
		return fail(report, OAUTH_FAULT_OURS, "no memory");
	if (r < 0)
		return fail(report, OAUTH_FAULT_NO_ANSWER, http_error(http));
	if (report->status == 401 || report->status == 403)
		return fail(report, OAUTH_FAULT_DENIED, "");
	if (report->status != 200 || hub_answer_user(&answer, ret) < 0)
		return fail(report, OAUTH_FAULT_GARBAGE, "no user");
	return true;
}

bool oauth_hub_ask(const struct oauth_hub *hub, struct http *http, const char *code,
	const char *verifier, char ret[HUB_ANSWER_NAME_SIZE], struct oauth_report *report)
{
	hm_cleanup(wipe) struct buffer form = BUFFER_INIT(FORM_LIMIT);
	char token[HUB_ANSWER_TOKEN_SIZE];
	bool is_known;

	if (write_form(hub, code, verifier, &form) < 0)
		return fail(report, OAUTH_FAULT_OURS, "the form is too large");
	if (!ask_token(hub, http, (const char *)form.data, token, report))
		return false;
	is_known = ask_user(hub, http, token, ret, report);
	explicit_bzero(token, sizeof(token));
	return is_known;
}
