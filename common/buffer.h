/*
 * A growable run of bytes.
 *
 * Invariant: size <= capacity <= limit; a failed append changes nothing.
 * Life cycle: BUFFER_INIT(limit) -> buffer_append()* -> buffer_clear() (keeps memory) ->
 * buffer_release(). The buffer owns its bytes.
 */
#ifndef COMMON_BUFFER_H
#define COMMON_BUFFER_H

#include <stddef.h>
#include <stdint.h>

struct buffer {
	unsigned char *data;
	size_t size;
	size_t capacity;
	size_t limit; /* largest size ever allowed */
};

#define BUFFER_INIT(limit_)                                                                        \
	{                                                                                          \
		.data = NULL, .size = 0, .capacity = 0, .limit = (limit_)                          \
	}

/* Room for @extra more bytes behind size. -ENOMEM, or -E2BIG past the limit. */
int buffer_reserve(struct buffer *buffer, size_t extra);

int buffer_append(struct buffer *buffer, const void *data, size_t size);

/* Little-endian fixed-width integers, the format of everything hubmeter stores itself. */
int buffer_append_u32(struct buffer *buffer, uint32_t value);
int buffer_append_u64(struct buffer *buffer, uint64_t value);

/* A u32 length, then the bytes. */
int buffer_append_sized(struct buffer *buffer, const void *data, size_t size);

void buffer_clear(struct buffer *buffer);
void buffer_release(struct buffer *buffer);

/* Reading back: a cursor that never passes its end. All return 0 or -EBADMSG. */
struct cursor {
	const unsigned char *at;
	const unsigned char *end;
};

int cursor_u32(struct cursor *cursor, uint32_t *ret);
int cursor_u64(struct cursor *cursor, uint64_t *ret);
int cursor_bytes(struct cursor *cursor, size_t size, const unsigned char **ret);
int cursor_sized(struct cursor *cursor, const unsigned char **ret, size_t *ret_size);

#endif
