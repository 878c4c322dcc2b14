/*
 * What text a message may carry.
 */
#ifndef PROTO_TEXT_H
#define PROTO_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* @size bytes of UTF-8 (no overlong form, no surrogate) without NUL. */
bool hm_text_is_valid(const unsigned char *text, size_t size);

#endif
