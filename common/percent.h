/*
 * Text as part of a URL or a form: percent-encoding (RFC 3986). Pure.
 *
 *	"a b&c"  ->  a%20b%26c
 */
#ifndef COMMON_PERCENT_H
#define COMMON_PERCENT_H

#include "common/buffer.h"

/* @text with everything encoded but letters, digits, -._~ and what is in @keep. -ENOMEM, -E2BIG. */
int percent_encode(struct buffer *buffer, const char *text, const char *keep);

#endif
