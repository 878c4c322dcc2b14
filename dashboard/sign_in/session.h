/*
 * Who has signed in, as a signed cookie. Nothing is kept here, so nothing can be taken back: a
 * session that is signed out of is forgotten by the browser, and ends everywhere at its time.
 *
 * Immutable; any thread.
 */
#ifndef DASHBOARD_SIGN_IN_SESSION_H
#define DASHBOARD_SIGN_IN_SESSION_H

#include "common/clock.h"
#include "dashboard/sign_in/cookie.h"
#include "dashboard/sign_in/seal.h"
#include "dashboard/sign_in/sign_in.h"

struct session_rules {
	struct seal_key key;
	struct cookie_scope scope;
	int64_t seconds; /* that a session lasts */
	const struct clock *clock;
};

/* Seconds since boot: what expiries are measured by, so that setting the clock ends no session and
 * prolongs none. */
int64_t session_now_sec(const struct session_rules *rules);

/* The Set-Cookie line, which the caller frees. -ENOMEM, -EIO. */
int session_begin(const struct session_rules *rules, const char *identity, char **ret);

/* False: there is no session, or it has ended. */
bool session_identify(
	const struct session_rules *rules, const struct request *request, char ret[IDENTITY_SIZE]);

/* As session_begin(). */
int session_end(const struct session_rules *rules, char **ret);

#endif
