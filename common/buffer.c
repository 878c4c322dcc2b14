/*
 * Growth doubles, so appending is linear in all; the limit keeps a runaway writer from taking
 * the machine's memory.
 */
#include "common/buffer.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_FIRST_CAPACITY 256u

int buffer_reserve(struct buffer *buffer, size_t extra)
{
	size_t capacity, needed;
	unsigned char *data;

	if (extra > buffer->limit - buffer->size)
		return -E2BIG;
	needed = buffer->size + extra;
	if (needed <= buffer->capacity)
		return 0;

	capacity = buffer->capacity ? buffer->capacity : BUFFER_FIRST_CAPACITY;
	while (capacity < needed && capacity <= buffer->limit / 2)
		capacity *= 2;
	if (capacity < needed || capacity > buffer->limit)
		capacity = buffer->limit;

	data = realloc(buffer->data, capacity);
	if (!data)
		return -ENOMEM;
	buffer->data = data;
	buffer->capacity = capacity;
	return 0;
}

int buffer_append(struct buffer *buffer, const void *data, size_t size)
{
	int r;

	r = buffer_reserve(buffer, size);
	if (r < 0)
		return r;
	if (size > 0)
		memcpy(buffer->data + buffer->size, data, size);
	buffer->size += size;
	return 0;
}

int buffer_append_u32(struct buffer *buffer, uint32_t value)
{
	uint32_t stored = htole32(value);

	return buffer_append(buffer, &stored, sizeof(stored));
}

int buffer_append_u64(struct buffer *buffer, uint64_t value)
{
	uint64_t stored = htole64(value);

	return buffer_append(buffer, &stored, sizeof(stored));
}

int buffer_append_sized(struct buffer *buffer, const void *data, size_t size)
{
	size_t total;
	int r;

	if (size > UINT32_MAX || __builtin_add_overflow(size, sizeof(uint32_t), &total))
		return -E2BIG;
	r = buffer_reserve(buffer, total);
	if (r < 0)
		return r;

	r = buffer_append_u32(buffer, (uint32_t)size);
	if (r < 0)
		return r; /* never: the room was reserved */
	return buffer_append(buffer, data, size);
}

void buffer_clear(struct buffer *buffer)
{
	buffer->size = 0;
}

void buffer_release(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer)BUFFER_INIT(buffer->limit);
}

int cursor_bytes(struct cursor *cursor, size_t size, const unsigned char **ret)
{
	if (size > (size_t)(cursor->end - cursor->at))
		return -EBADMSG;
	*ret = cursor->at;
	cursor->at += size;
	return 0;
}

int cursor_u32(struct cursor *cursor, uint32_t *ret)
{
	const unsigned char *bytes;
	uint32_t stored;
	int r;

	r = cursor_bytes(cursor, sizeof(stored), &bytes);
	if (r < 0)
		return r;
	memcpy(&stored, bytes, sizeof(stored));
	*ret = le32toh(stored);
	return 0;
}

int cursor_u64(struct cursor *cursor, uint64_t *ret)
{
	const unsigned char *bytes;
	uint64_t stored;
	int r;

	r = cursor_bytes(cursor, sizeof(stored), &bytes);
	if (r < 0)
		return r;
	memcpy(&stored, bytes, sizeof(stored));
	*ret = le64toh(stored);
	return 0;
}

int cursor_sized(struct cursor *cursor, const unsigned char **ret, size_t *ret_size)
{
	struct cursor ahead = *cursor; /* a failure leaves the caller's cursor where it was */
	const unsigned char *bytes;
	uint32_t size;
	int r;

	r = cursor_u32(&ahead, &size);
	if (r < 0)
		return r;
	r = cursor_bytes(&ahead, size, &bytes);
	if (r < 0)
		return r;

	*cursor = ahead;
	*ret = bytes;
	*ret_size = size;
	return 0;
}
