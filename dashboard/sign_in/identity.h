/*
 * Who somebody is: WHO_SAYS:NAME, as the database knows them. Pure.
 *
 * The first half is a hub's name, "proxy" or "local"; none of them has a colon, so that what stands
 * before the first one is never part of a name that somebody chose.
 */
#ifndef DASHBOARD_SIGN_IN_IDENTITY_H
#define DASHBOARD_SIGN_IN_IDENTITY_H

#include <stdbool.h>

#include "dashboard/sign_in/sign_in.h"

#define IDENTITY_PROXY "proxy"
#define IDENTITY_LOCAL "local"

/* -EBADMSG: @name is empty, no UTF-8, has control characters, or is too long. */
int identity_make(const char *who_says, const char *name, char ret[IDENTITY_SIZE]);

/* Whether @hub may stand before the colon: a hub's name, and not one of the other two. */
bool identity_is_hub(const char *hub);

#endif
