/*
 * Asking JupyterHub which process is whose server: /users of its API, page by page, through
 * hubmeter-fetch.
 *
 * Invariants
 *  - It is asked while there are servers that nobody else vouches for, by ask.h's pace: once in ten
 *    seconds while that proves some, in vain ever less often, down to once in five minutes. So
 *    whoever makes servers up does not keep the hub busy.
 *  - Over HTTPS alone: on a machine of many people any of them may listen on the hub's port while
 *    the hub is down.
 *  - What is cut, too large or no such answer proves nothing: servers stay unproven, which is
 *    logged when it begins and when it is over.
 *
 * Life cycle: hub_new() -> (hub_want()? -> hub_start_due() -> hub_work() whenever hub_fd() is
 * readable -> hub_use_answer())* -> hub_free(). Times are microseconds of boottime.
 */
#ifndef COLLECTOR_SOURCE_PROCESS_WHOSE_HUB_H
#define COLLECTOR_SOURCE_PROCESS_WHOSE_HUB_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/config.h"
#include "collector/source/ask.h"
#include "collector/source/process/whose/hub_servers.h"

#define HUB_DEBOUNCE_USEC 250000
#define HUB_SPACING_USEC  10000000
#define HUB_BACKOFF_USEC  300000000
#define HUB_PAGE_USERS	  200 /* JupyterHub gives no more at a time, unless it was told to */
#define HUB_PAGES_MAX	  100

struct hub;

/* Borrows @config. -ENOENT: there is no hub to ask. */
int hub_new(const struct config *config, struct hub **ret);
void hub_free(struct hub *hub);
int hub_fd(const struct hub *hub);

/* There is a server that nobody vouched for. */
void hub_want(struct hub *hub, int64_t now_usec);

/* Send the request that is due, if one is. */
void hub_start_due(struct hub *hub, int64_t now_usec);

/* True: all pages were understood. @ret_asked_usec: servers that started later are not in them. */
bool hub_work(struct hub *hub, const struct hub_servers **ret_servers, int64_t *ret_asked_usec);

/* @proven: how many servers that answer was the proof of; it is gone behind this. */
void hub_use_answer(struct hub *hub, size_t proven);

#endif
