/* Encodes more than the least that must be, so that nothing of a value is ever taken for syntax. */
#include "common/percent.h"

#include <stdio.h>
#include <string.h>

static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

int percent_encode(struct buffer *buffer, const char *text, const char *keep)
{
	int r = 0;

	for (; *text && r == 0; text++) {
		char encoded[4];

		if (strchr(plain, *text) || strchr(keep, *text)) {
			r = buffer_append(buffer, text, 1);
			continue;
		}
		(void)snprintf(encoded, sizeof(encoded), "%%%02X", (unsigned char)*text);
		r = buffer_append(buffer, encoded, 3);
	}
	return r;
}
