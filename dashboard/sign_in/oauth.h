/*
 * Sign-in by JupyterHub, as a service of it: OAuth 2, the authorization code with PKCE.
 *
 *	a page, nobody's	-> 302 HUB/api/oauth2/authorize, with a state that its cookie knows
 *	oauth_callback?code	-> POST API/oauth2/token, GET API/user -> session, 302 to the page
 *
 * Invariants
 *  - The token lives for the time of one answer, in memory.
 *  - No answer waits for the hub longer than the time limits, and at most half of the workers do at
 * the same time: a hub that is slow keeps nobody from their pages who has signed in.
 *  - What went wrong is shown as a page and logged once, each kind once a minute, without code,
 * token, state or secret.
 */
#ifndef DASHBOARD_SIGN_IN_OAUTH_H
#define DASHBOARD_SIGN_IN_OAUTH_H

#include "dashboard/sign_in/session.h"
#include "dashboard/sign_in/sign_in.h"

#define OAUTH_CONNECT_SEC 5L
#define OAUTH_ANSWER_SEC  10L /* of each of the two requests */

struct oauth;

/* Borrows both. -ENOMEM. */
int oauth_new(const struct sign_in_options *options, const struct session_rules *rules,
	long connect_sec, long answer_sec, struct oauth **ret);
void oauth_free(struct oauth *oauth);

static inline void oauth_freep(struct oauth **oauth)
{
	oauth_free(*oauth);
}

/* To the hub; back to @destination afterwards. */
void oauth_begin(struct oauth *oauth, const struct request *request, const char *destination,
	struct response *response);

/* Back from the hub. */
void oauth_finish(struct oauth *oauth, size_t worker, const struct request *request,
	struct response *response);

#endif
