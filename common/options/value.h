/*
 * One option's value between its text and its type. Used by options.c and options_print.c; the
 * parsers of durations and sizes are public, in options.h.
 *
 * All parsers: 0, -EINVAL for text that is not such a value, -ERANGE for one that does not fit.
 */
#ifndef COMMON_OPTIONS_VALUE_H
#define COMMON_OPTIONS_VALUE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/options/options.h"

int option_parse_uint(const char *text, uint64_t *ret);
int option_parse_bool(const char *text, bool *ret);

/* In the largest unit that is exact. */
void option_print_duration(int64_t usec, FILE *out);
void option_print_size(uint64_t bytes, FILE *out);

#endif
