/*
 * The whole of hubmeter-dashboard but its options: a server whose requests are answered by sign-in
 * and by pages.
 *
 * Life cycle: dashboard_start() -> dashboard_port() -> dashboard_stop().
 */
#ifndef DASHBOARD_DASHBOARD_H
#define DASHBOARD_DASHBOARD_H

#include <stddef.h>

#include "dashboard/config.h"

struct dashboard;

/*
 * Listen, and answer from then on. Borrows @config. -EINVAL: an option makes no sense; others: no
 * database, or not as hm_web; the reason is in @error.
 */
int dashboard_start(
	const struct config *config, struct dashboard **ret, char *error, size_t error_size);
unsigned dashboard_port(const struct dashboard *dashboard);

/* Answer what has begun, then end. */
void dashboard_stop(struct dashboard *dashboard);

#endif
