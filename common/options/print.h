/*
 * What a program says about its options: --help, --version, --dump-config. Used by options.c.
 */
#ifndef COMMON_OPTIONS_PRINT_H
#define COMMON_OPTIONS_PRINT_H

#include <stdio.h>

#include "common/options/arguments.h"
#include "common/options/options.h"

/* At most 80 columns as long as no name with its metavar is longer. */
void options_print_help(const struct option_set *set, FILE *out);

void options_print_version(const struct option_set *set, FILE *out);

/*
 * A file that parses back to @config, except for secrets and required options not given. Above
 * each value stands where it came from.
 */
void options_print_config(const struct option_set *set, const void *config,
	const struct option_origins *origins, FILE *out);

/* Whether the value of an option or pair of this name must not be shown. */
bool option_is_secret(const char *name);

/* @value with "***" for passwords in it: "host=h password=x", "postgresql://u:x@h/d". */
void option_print_redacted(const char *value, FILE *out);

#endif
