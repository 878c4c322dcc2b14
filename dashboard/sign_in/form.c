/* Encodes more than the least that must be, so that nothing of a value is ever taken for syntax. */
#include "dashboard/sign_in/form.h"

#include <stdio.h>
#include <string.h>

static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

int form_encode(struct buffer *buffer, const char *text, const char *keep)
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

int form_add(struct buffer *buffer, const struct form_field *field, size_t n_fields)
{
	int r = 0;

	for (size_t i = 0; i < n_fields && r == 0; i++) {
		if (i)
			r = buffer_append(buffer, "&", 1);
		if (r == 0)
			r = form_encode(buffer, field[i].name, "");
		if (r == 0)
			r = buffer_append(buffer, "=", 1);
		if (r == 0)
			r = form_encode(buffer, field[i].value, "");
	}
	return r;
}

int form_finish(struct buffer *buffer, char **ret)
{
	int r = buffer_append(buffer, "", 1);

	if (r < 0)
		return r;
	*ret = (char *)buffer->data;
	*buffer = (struct buffer)BUFFER_INIT(buffer->limit);
	return 0;
}
