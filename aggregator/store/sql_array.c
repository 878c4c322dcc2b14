/* Elements are apart by commas; the first one brings the bracket. */
#include "aggregator/store/sql_array.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MOST_BYTES 64

int sql_array_add(struct buffer *array, const char *text)
{
	int r = buffer_append(array, array->size ? "," : "{", 1);

	return r < 0 ? r : buffer_append(array, text, strlen(text));
}

int sql_array_add_number(struct buffer *array, int64_t number)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRId64, number); /* fits */
	return sql_array_add(array, text);
}

int sql_array_add_bytes(struct buffer *array, const uint8_t *bytes, size_t size)
{
	static const char digit[] = "0123456789abcdef";
	char text[2 * MOST_BYTES + sizeof("\"\\\\x\"")] = "\"\\\\x";
	char *at = text + strlen(text);

	assert(size <= MOST_BYTES);
	for (size_t i = 0; i < size; i++) {
		*at++ = digit[bytes[i] >> 4];
		*at++ = digit[bytes[i] & 15];
	}
	*at = '"';
	return sql_array_add(array, text);
}

int sql_array_close(struct buffer *array, const char **ret)
{
	int r = array->size ? 0 : buffer_append(array, "{", 1);

	if (r == 0)
		r = buffer_append(array, "}", sizeof("}"));
	*ret = (const char *)array->data;
	return r;
}
