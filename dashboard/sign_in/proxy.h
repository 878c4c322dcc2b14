/*
 * Whom a proxy that stands before us has signed in, by a header that it sets.
 *
 * Invariants
 *  - Only what comes from one of the named addresses is believed.
 *  - What could be two values, one of the proxy's and one of the browser's, is nobody's name.
 */
#ifndef DASHBOARD_SIGN_IN_PROXY_H
#define DASHBOARD_SIGN_IN_PROXY_H

#include "common/clock.h"
#include "dashboard/sign_in/address.h"
#include "dashboard/sign_in/ration.h"
#include "dashboard/sign_in/sign_in.h"

struct proxy {
	struct address_list from;
	const struct clock *clock;
	struct ration forged;
};

/* Any thread. */
bool proxy_identify(struct proxy *proxy, const struct request *request, char ret[IDENTITY_SIZE]);

/* Whether @value is one name, as a proxy writes it. Pure. */
bool proxy_is_one_name(const char *value);

#endif
