/*
 * What the files of this room share: files that the aggregator is run with.
 */
#ifndef CLI_COMMAND_REPLAY_PRIVATE_H
#define CLI_COMMAND_REPLAY_PRIVATE_H

#include <limits.h>
#include <stdio.h>

#include "cli/config.h"

/* A file that goes with us. */
struct passing_file {
	char path[PATH_MAX]; /* "": there is none */
	FILE *file;
};

/* -errno. */
int passing_file_open(struct passing_file *ret);
/* All is written. -EIO. */
int passing_file_close(struct passing_file *file);
void passing_file_release(struct passing_file *file);

/*
 * Run hubmeter-aggregator on the database @conninfo until it has read up to what @until says. Exit
 * status, and it has said why not.
 */
int replay_read(const struct config *config, const char *conninfo, const char *until);

/* Bring the database @conninfo up to the schema of this program. Exit status as above. */
int replay_migrate(const struct config *config, const char *conninfo);

#endif
