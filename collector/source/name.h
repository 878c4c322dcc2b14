/*
 * Names that strangers wrote (users, servers, tags), made fit to travel and to be stored. Pure.
 *
 * Invariants
 *  - At most NAME_MAX_SIZE bytes of UTF-8 without control characters.
 *  - A name that is so already is not changed, unless it ends like one that was. Any other ends
 * with ~ and the first 16 hex digits of the SHA-256 of its bytes, so that two names stay two: each
 *    byte that is no text becomes U+FFFD, and what is too long is cut between characters. What a
 *    name became is never the name of anybody else, who would be changed himself.
 */
#ifndef COLLECTOR_SOURCE_NAME_H
#define COLLECTOR_SOURCE_NAME_H

#include <stddef.h>

#define NAME_MAX_SIZE 255u

/* NULL: no memory. The caller frees. */
char *name_copy(const char *data, size_t size);

#endif
