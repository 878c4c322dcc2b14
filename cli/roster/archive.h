/*
 * The tables of a zip archive. The only user of libzip.
 *
 * Nothing is written to disk, so the names within may be anything; only plain names that end in
 * .csv, at the top or in one folder, are read. What an archive claims of its sizes is not believed:
 * what comes out is counted.
 */
#ifndef CLI_ROSTER_ARCHIVE_H
#define CLI_ROSTER_ARCHIVE_H

#include <stddef.h>

#include "cli/roster/files.h"

/* Add every *.csv of the archive @path. 0, or negative with the reason in @error. */
int roster_archive_read(
	struct roster_files *files, const char *path, char *error, size_t error_size);

/* "libzip 1.7.3" */
const char *roster_archive_library(void);

#endif
