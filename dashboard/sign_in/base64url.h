/*
 * Bytes as text that cookies and URLs carry as it is: base64url of RFC 4648, without padding. Pure.
 *
 * One text for the same bytes: what decodes and is written otherwise is refused, so that no second
 * cookie says what the first one said.
 */
#ifndef DASHBOARD_SIGN_IN_BASE64URL_H
#define DASHBOARD_SIGN_IN_BASE64URL_H

#include <stddef.h>
#include <stdint.h>

/* Of the text of @size_ bytes, with its NUL. */
#define BASE64URL_SIZE(size_) (((size_)*4 + 2) / 3 + 1)

void base64url_encode(const void *data, size_t size, char *ret);

/* -EBADMSG: not such text; -E2BIG: more than @ret_max bytes. */
int base64url_decode(const char *text, size_t size, uint8_t *ret, size_t ret_max, size_t *ret_size);

#endif
