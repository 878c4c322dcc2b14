/*
 * The target of a request, as it stands in its first line, becomes a path and arguments. Pure.
 *
 *	/services/hubmeter/department?unit=physics+1&month=2026-09
 *	                   path       arguments
 *
 * Invariant: paths, names and values are UTF-8 without control characters.
 */
#ifndef DASHBOARD_SERVER_TARGET_H
#define DASHBOARD_SERVER_TARGET_H

#include <stdbool.h>

#include "dashboard/server/request.h"

#define TARGET_MAX 4096u /* bytes */

enum target {
	TARGET_PAGE,	 /* request->path and arguments are filled in */
	TARGET_PREFIX,	 /* the prefix without its last slash */
	TARGET_FOREIGN,	 /* outside the prefix */
	TARGET_BAD,	 /* no path, not decodable, or too many arguments */
	TARGET_TOO_LONG, /* more than TARGET_MAX bytes */
};

/* Decodes @target in place; what is filled into *@request points into it. */
enum target target_parse(char *target, const char *prefix, struct request *request);

/* Whether @text is UTF-8 without control characters (C0, DEL, C1). */
bool target_text_is_clean(const char *text);

#endif
