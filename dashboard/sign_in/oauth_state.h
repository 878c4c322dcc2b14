/*
 * What a browser keeps for us while it is at the hub: what the answer must bring back (RFC 6749,
 * section 10.12), the verifier of PKCE (RFC 7636), and where it wanted to go. In a signed cookie,
 * which nobody but the browser that we sent there has.
 *
 *	STATE VERIFIER DESTINATION	STATE begins with the number of its cookie
 *
 * Several tabs may be on their way at once: each has one of OAUTH_STATE_COOKIES_MAX cookies, a free
 * one if there is one. Their number is bounded because browsers send them all with every request.
 */
#ifndef DASHBOARD_SIGN_IN_OAUTH_STATE_H
#define DASHBOARD_SIGN_IN_OAUTH_STATE_H

#include <stdbool.h>

#include "dashboard/sign_in/destination.h"
#include "dashboard/sign_in/session.h"

#define OAUTH_STATE_COOKIES_MAX 8
#define OAUTH_STATE_SECONDS	600

struct oauth_state {
	char text[1 + CRYPTO_TEXT_SIZE]; /* the parameter "state" */
	char verifier[CRYPTO_TEXT_SIZE];
	char destination[DESTINATION_SIZE];
};

/* For a browser that sends the cookies of @request. -EIO: no randomness. */
int oauth_state_make(const struct session_rules *rules, const struct request *request,
	const char *destination, struct oauth_state *ret);

/* The Set-Cookie line, which the caller frees. -ENOMEM, -EIO. */
int oauth_state_keep(
	const struct session_rules *rules, const struct oauth_state *state, char **ret);

/* What was kept under @text. False: nothing, or it has expired. */
bool oauth_state_find(const struct session_rules *rules, const struct request *request,
	const char *text, struct oauth_state *ret);

/* As oauth_state_keep(). */
int oauth_state_forget(
	const struct session_rules *rules, const struct oauth_state *state, char **ret);

#endif
