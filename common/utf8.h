/*
 * UTF-8 (RFC 3629): what is text, and how wide it is on a terminal. The only judge of that in the
 * project: no overlong form, no surrogate, nothing above U+10FFFF. NUL and control characters are
 * text; who does not want them says so.
 *
 *	if (utf8_valid_size(cell, size) < size)
 *		return -EBADMSG;
 *
 * Don't count characters to align a column: ask utf8_width().
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
 * Columns that the NUL-terminated @text takes on a terminal: wcwidth(3) in the locale C.UTF-8,
 * whatever the process's own is. What has no known width counts as one column. Not for threads
 * that start at the same time: the locale is made at the first call.
 */
size_t utf8_width(const char *text);

#endif
