/*
 * The commands: one row each, from which come dispatch and help.
 *
 * Invariant: a command returns the program's exit status: 0 done, 1 failed (and has said why on
 * standard error), 2 used wrongly.
 */
#ifndef CLI_COMMAND_COMMAND_H
#define CLI_COMMAND_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/config.h"
#include "common/format/table.h"

#define EXIT_USAGE 2

/* What follows a command's own words: words[0 .. count). */
struct words {
	char **word;
	int count;
};

/* Run the command that @words begin with. */
int command_run(const struct config *config, const struct words *words);

/* Whether @argv asks for help; then it was printed on @out. */
bool command_help(int argc, char **argv, FILE *out);

/* "hubmeter: FORMAT", then how to get help. Returns EXIT_USAGE. */
int command_usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "hubmeter: cannot ACT: REASON". Returns EXIT_FAILURE. */
int command_failed(const char *act, const char *reason);

/* Print @rows as --format says; where there are none, say "hubmeter: EMPTY" to people on standard
 * error. main() asks ferror(). */
void command_print_table(const struct config *config, const struct table *rows, const char *empty,
	...) __attribute__((format(printf, 3, 4)));

/* A whole number without a sign that fits 64 bits, as those of charge lines are? */
bool command_is_number(const char *text);

/* A store_line_fn: print @line on standard output. */
void command_print_line(void *context, const char *line);

#endif
