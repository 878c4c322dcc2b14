/*
 * Texts into a buffer. Pure. All give what buffer_append() does.
 */
#ifndef CLI_JOURNAL_TEXT_H
#define CLI_JOURNAL_TEXT_H

#include <stddef.h>

#include "common/buffer.h"

int text_put(struct buffer *out, const char *text);

/* In quotes, and those in it doubled (RFC 4180). */
int text_put_quoted(struct buffer *out, const char *text);

/* Bytes of the first @count characters of @text, which is UTF-8; *@ret_count: how many it has of
 * them. */
size_t text_prefix(const char *text, size_t count, size_t *ret_count);

#endif
