/*
 * Another of our programs, run for what it says: line by line, on its standard output.
 *
 * Life cycle: program_run(), which returns when the program has ended. Its standard error is ours.
 */
#ifndef CLI_PROGRAM_PROGRAM_H
#define CLI_PROGRAM_PROGRAM_H

#include <limits.h>
#include <stddef.h>

/* A line without its end; the function may change it. */
typedef void program_line_fn(void *context, char *line);

/* Where @name is: beside our own executable; else @name, for the PATH. Returns @ret. */
const char *program_find(const char *name, char ret[PATH_MAX]);

/*
 * Run @path with @argument, which ends with NULL; @line may be NULL. *ret_status: its exit status,
 * or 128 and the signal that ended it. -ENOENT: it is not there; -errno.
 */
int program_run(const char *path, char *const *argument, program_line_fn *line, void *context,
	int *ret_status);

#endif
