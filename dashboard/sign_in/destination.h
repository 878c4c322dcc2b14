/*
 * Where somebody wanted to go before they had to sign in: a path of ours, with its query. Pure.
 *
 * Whoever sends somebody else a link to us must not decide where they end up after signing in:
 * "//evil.example", "/\evil.example" and "/services/hubmeter/../../hub/logout" are places that
 * browsers make of what looks like a path.
 */
#ifndef DASHBOARD_SIGN_IN_DESTINATION_H
#define DASHBOARD_SIGN_IN_DESTINATION_H

#include <stdbool.h>

#include "dashboard/server/request.h"

#define DESTINATION_SIZE 512

/* Of @request; @prefix when there is none to go back to: it would be too long, nobody's, or was no
 * mere look at a page. */
void destination_of(const struct request *request, const char *prefix, char ret[DESTINATION_SIZE]);

/* Whether a browser that is sent to @text stays below @prefix. */
bool destination_is_ours(const char *text, const char *prefix);

#endif
