/*
 * Which configuration file a program reads, see options.h. Used by options.c.
 *
 * Life cycle: option_file_find() -> use -> option_file_release().
 */
#ifndef COMMON_OPTIONS_FILE_H
#define COMMON_OPTIONS_FILE_H

#include <stdio.h>

#include "common/options/options.h"

struct option_file {
	char *path;	      /* NULL: none is read */
	const char *named_by; /* "--config", "HUBMETER_CONFIG", "default place" */
};

/*
 * The file of @argument (what --config says, or NULL) or, without it, of the environment, or the
 * first that exists in the default places. A file that somebody named need not exist: reading it
 * fails then, and says so.
 */
void option_file_find(const struct option_set *set, const char *argument, struct option_file *ret);

/* One comment line that says which file was read or, if none was, where one would be. */
void option_file_print(const struct option_set *set, const struct option_file *file, FILE *out);

void option_file_release(struct option_file *file);

#endif
