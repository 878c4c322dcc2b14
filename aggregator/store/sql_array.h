/*
 * Arrays as parameters of statements: PostgreSQL's text form of them, in a buffer.
 *
 * Life cycle: SQL_ARRAY_INIT -> sql_array_add...()* -> sql_array_close() -> buffer_release(). All
 * calls: -ENOMEM, also when it would be larger than SQL_ARRAY_MAX_SIZE.
 */
#ifndef AGGREGATOR_STORE_SQL_ARRAY_H
#define AGGREGATOR_STORE_SQL_ARRAY_H

#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"

#define SQL_ARRAY_MAX_SIZE ((size_t)64 << 20)
#define SQL_ARRAY_INIT	   BUFFER_INIT(SQL_ARRAY_MAX_SIZE)

/* @text that needs no quoting: names of topics are of [A-Za-z0-9._-]. */
int sql_array_add(struct buffer *array, const char *text);

int sql_array_add_number(struct buffer *array, int64_t number);

/* An element of bytea; @size: 64 at most. */
int sql_array_add_bytes(struct buffer *array, const uint8_t *bytes, size_t size);

/* Nothing is added after it. *ret is valid as long as the buffer. */
int sql_array_close(struct buffer *array, const char **ret);

#endif
