/*
 * Private to the files that say what the program can do: a command, and the tables of them.
 */
#ifndef CLI_COMMAND_COMMAND_TABLE_H
#define CLI_COMMAND_COMMAND_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/config.h"

struct command {
	const char *name;
	const char *subcommand; /* NULL: none */
	const char *arguments;	/* for help */
	int n_arguments;
	bool takes_more; /* of the last */
	int (*run)(const struct config *config, char **arguments);
	const char *summary;
	const char *help;
	const char *example; /* for a shell, can be pasted */
};

#define REPORT_MONTH "[--month MONTH]"

/* How data gets in, then what is made of it: in the order in which help lists them. */
extern const struct command command_table_in[];
extern const size_t command_table_in_size;
extern const struct command command_table_out[];
extern const size_t command_table_out_size;

#endif
