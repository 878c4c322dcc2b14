/* Names are compared byte by byte in the database: they are taken as they are or not at all. */
#include "dashboard/sign_in/identity.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/topic_name.h"
#include "dashboard/server/target.h"

int identity_make(const char *who_says, const char *name, char ret[IDENTITY_SIZE])
{
	if (!*name || !target_text_is_clean(name) ||
		strlen(who_says) + 1 + strlen(name) >= IDENTITY_SIZE)
		return -EBADMSG;
	(void)snprintf(ret, IDENTITY_SIZE, "%s:%s", who_says, name); /* fits */
	return 0;
}

bool identity_is_hub(const char *hub)
{
	return hub_name_valid(hub) && strcmp(hub, IDENTITY_PROXY) != 0 &&
	       strcmp(hub, IDENTITY_LOCAL) != 0;
}
