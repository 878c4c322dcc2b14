#include "cli/journal/text.h"

#include <string.h>

#include "common/utf8.h"

int text_put(struct buffer *out, const char *text)
{
	return buffer_append(out, text, strlen(text));
}

int text_put_quoted(struct buffer *out, const char *text)
{
	int r = text_put(out, "\"");

	for (; *text && r == 0; text++)
		r = *text == '"' ? text_put(out, "\"\"") : buffer_append(out, text, 1);
	return r < 0 ? r : text_put(out, "\"");
}

size_t text_prefix(const char *text, size_t count, size_t *ret_count)
{
	const size_t size = strlen(text);
	size_t at = 0, n = 0;
	uint32_t code;

	for (; n < count && at < size; n++)
		at += utf8_decode(text + at, size - at, &code);
	*ret_count = n;
	return at;
}
