/*
 * The headers of an answer. Pure.
 *
 * Invariant: every answer forbids foreign content, inline scripts and styles, frames, sniffing of
 * types, and caching unless it is the same for everybody.
 */
#ifndef DASHBOARD_SERVER_HEADERS_H
#define DASHBOARD_SERVER_HEADERS_H

#include "dashboard/server/request.h"

/* False: it could not be added. */
typedef bool headers_add_fn(void *context, const char *name, const char *value);

/* Hand every header of @response to @add. False: one could not be added. */
bool headers_make(
	const struct response *response, bool is_secure, headers_add_fn *add, void *context);

#endif
