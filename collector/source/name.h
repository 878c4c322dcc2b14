/*
 * Names that strangers wrote (users, servers, tags), made fit to travel and to be stored. Pure.
 *
 * Invariants
 *  - At most NAME_MAX_SIZE bytes of UTF-8 without control characters.
 *  - A name that is so already is not changed. Any other ends with ~ and 16 hex digits of its
 *    SHA-256, so that two names stay two: bytes that are no text become U+FFFD, and what is too
 *    long is cut between characters.
 */
#ifndef COLLECTOR_SOURCE_NAME_H
#define COLLECTOR_SOURCE_NAME_H

#include <stddef.h>

#define NAME_MAX_SIZE 255u

/* NULL: no memory. The caller frees. */
char *name_copy(const char *data, size_t size);

#endif
