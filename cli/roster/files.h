/*
 * The files of a roster in memory: a folder's *.csv, single files, or what a zip archive holds.
 *
 * Invariants
 *  - Names are told apart and shown as the user gave them: "sis/users.csv", "sis.zip/users.csv".
 *  - All of it is at most ROSTER_SIZE_LIMIT bytes in ROSTER_FILES_MAX files.
 *
 * Life cycle: {0} -> roster_files_add_*() -> roster_files_release(), whatever they returned.
 */
#ifndef CLI_ROSTER_FILES_H
#define CLI_ROSTER_FILES_H

#include <stddef.h>

#define ROSTER_FILES_MAX  64
#define ROSTER_SIZE_LIMIT (1ul << 30)

struct roster_file {
	char *name;
	char *data; /* has a NUL behind its size bytes */
	size_t size;
};

struct roster_files {
	struct roster_file file[ROSTER_FILES_MAX];
	size_t count;
	size_t size; /* of all */
};

/*
 * Add the file @path, all *.csv of a folder in the order of their names, or those of an archive
 * (*.zip). 0, or negative with the reason in @error.
 */
int roster_files_add(struct roster_files *files, const char *path, char *error, size_t error_size);

/* Add @data; takes it, also on failure. -E2BIG past a limit, -ENOMEM. */
int roster_files_take(struct roster_files *files, const char *name, char *data, size_t size);

void roster_files_release(struct roster_files *files);

#endif
