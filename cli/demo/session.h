/*
 * Who used what: machines and when they were observed, and sessions in the format of
 * hubmeter-usage(5). Pure.
 *
 * A session is on time, or comes in one of the late files, which belong to the month that was
 * closed when they are delivered: one month late mostly, sometimes three.
 */
#ifndef CLI_DEMO_SESSION_H
#define CLI_DEMO_SESSION_H

#include "cli/demo/calendar.h"
#include "cli/demo/listing.h"
#include "cli/demo/world.h"

#define DEMO_LATE_PARTS 2u /* files a month: in which order they come must not matter */

struct session_listings {
	struct listing on_time[DEMO_MONTHS];
	struct listing late[DEMO_MONTHS][DEMO_LATE_PARTS]; /* of the last month: none */
};

void session_put_nodes(const struct demo_world *world, struct listing *listing);

/* All sessions of the year, into listings that are new. The caller gives or releases them. */
void session_put_all(const struct demo_world *world, struct session_listings *listings);

void session_listings_init(struct session_listings *listings);
void session_listings_release(struct session_listings *listings);

#endif
