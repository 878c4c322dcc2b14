/*
 * Instants as text: RFC 3339, exactly. Pure.
 *
 *	2026-09-01T00:00:00Z   2026-09-01T02:00:00.25+02:00
 *
 * Years 0000 to 9999, seconds with at most 6 decimals. A time zone is always given: text without
 * one names no instant. Leap seconds are refused, for time here counts none.
 */
#ifndef COMMON_INSTANT_H
#define COMMON_INSTANT_H

#include <stdint.h>

#define INSTANT_SIZE 32

/* Microseconds since 1970 (UTC). 0, or -EINVAL with a static *ret_reason. */
int instant_parse(const char *text, int64_t *ret_usec, const char **ret_reason);

/* "2026-09-01T00:00:00Z"; decimals where there are any. Years 0000 to 9999. Returns @buffer. */
const char *instant_format(int64_t usec, char buffer[INSTANT_SIZE]);

#endif
