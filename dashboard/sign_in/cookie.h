/*
 * Set-Cookie lines for our pages alone. Pure.
 *
 * Every cookie is HttpOnly, SameSite=Lax, for the prefix only, and dies by itself. Where browsers
 * reach us by TLS it is Secure, and its name begins with __Secure-, so that nobody who can answer
 * for the name without TLS can plant one. (__Host- would want the path "/", which is not ours.)
 */
#ifndef DASHBOARD_SIGN_IN_COOKIE_H
#define DASHBOARD_SIGN_IN_COOKIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dashboard/server/request.h"

struct cookie_scope {
	const char *prefix;
	bool is_secure;
};

/* @value has no blank, comma or semicolon. -ENOMEM. The caller frees. */
int cookie_set(const struct cookie_scope *scope, const char *name, const char *value,
	int64_t seconds, char **ret);

/* The browser is to forget it. */
int cookie_delete(const struct cookie_scope *scope, const char *name, char **ret);

#define COOKIE_TRIES 8 /* of those of one name: which one is ours shows when it is opened */

/* As request_cookie(), by the name that cookie_set() was given. False, too, from COOKIE_TRIES on.
 */
bool cookie_get(const struct cookie_scope *scope, const struct request *request, const char *name,
	size_t n, char *ret, size_t size);

#endif
