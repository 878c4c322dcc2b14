/*
 * The two questions to the hub's API: a token for the code, and whose token that is.
 */
#ifndef DASHBOARD_SIGN_IN_OAUTH_HUB_H
#define DASHBOARD_SIGN_IN_OAUTH_HUB_H

#include "common/http/http.h"
#include "dashboard/sign_in/hub_answer.h"
#include "dashboard/sign_in/oauth_fault.h"

struct oauth_hub {
	char *token_url, *user_url;
	const char *client_id, *client_secret;
	char *redirect_uri;
};

/* Borrows @client_id and @client_secret. -ENOMEM. */
int oauth_hub_init(struct oauth_hub *hub, const char *api_url, const char *client_id,
	const char *client_secret, const char *prefix);
void oauth_hub_release(struct oauth_hub *hub);

/* Who it is that came with @code. False: *report says why. */
bool oauth_hub_ask(const struct oauth_hub *hub, struct http *http, const char *code,
	const char *verifier, char ret[HUB_ANSWER_NAME_SIZE], struct oauth_report *report);

#endif
