/*
 * UTF-8 (RFC 3629): what is text, and how wide it is on a terminal. Pure.
 */
#ifndef COMMON_UTF8_H
#define COMMON_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the first character of @text, its code point in *@ret; 0: not UTF-8 (or @size 0). */
size_t utf8_decode(const char *text, size_t size, uint32_t *ret);

/* Offset of the first byte that is not UTF-8; @size when all of it is. */
size_t utf8_valid_size(const char *text, size_t size);

/*
 * Columns that the NUL-terminated @text takes on a terminal, by wcwidth(3) and so by LC_CTYPE.
 * What has no known width counts as one column.
 */
size_t utf8_width(const char *text);

#endif
