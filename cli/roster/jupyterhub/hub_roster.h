/*
 * All users and groups of a hub, page by page.
 *
 * Invariant: what is returned is complete. A list of several pages is read until it comes out the
 * same twice, since who is missing only because it moved would have left.
 *
 * Life cycle: hub_roster_init() -> hub_roster_read() -> use rows -> hub_roster_release().
 */
#ifndef CLI_ROSTER_JUPYTERHUB_HUB_ROSTER_H
#define CLI_ROSTER_JUPYTERHUB_HUB_ROSTER_H

#include "cli/roster/jupyterhub/page.h"
#include "cli/roster/jupyterhub/request.h"

struct hub_roster {
	struct hub_rows rows;
	/* "412 groups", after each page; NULL: quiet. */
	void (*progress)(const char *what, uint64_t read, uint64_t total);
};

void hub_roster_init(struct hub_roster *roster);

/*
 * Ask @request for everything of the hub at @url, with or without /hub/api behind it. Groups have
 * their cost centre in the property @cost_centre. 0, or negative with the reason in rows.error.
 */
int hub_roster_read(struct hub_roster *roster, struct request *request, const char *url,
	const char *cost_centre);

void hub_roster_release(struct hub_roster *roster);

#endif
