/* Names are compared byte by byte in the database: they are taken as they are or not at all. */
#include "dashboard/sign_in/identity.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/topic_name.h"
#include "common/utf8.h"

static bool is_name(const char *text, size_t size)
{
	size_t length;

	if (!size)
		return false;
	for (size_t at = 0; at < size; at += length) {
		uint32_t code;

		length = utf8_decode(text + at, size - at, &code);
		if (!length || code < 0x20 || (code >= 0x7f && code < 0xa0))
			return false;
	}
	return true;
}

int identity_make(const char *who_says, const char *name, char ret[IDENTITY_SIZE])
{
	size_t size = strlen(name);

	if (!is_name(name, size) || strlen(who_says) + 1 + size >= IDENTITY_SIZE)
		return -EBADMSG;
	(void)snprintf(ret, IDENTITY_SIZE, "%s:%s", who_says, name); /* fits */
	return 0;
}

bool identity_is_hub(const char *hub)
{
	return hub_name_valid(hub) && strcmp(hub, IDENTITY_PROXY) != 0 &&
	       strcmp(hub, IDENTITY_LOCAL) != 0;
}
