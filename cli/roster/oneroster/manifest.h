/*
 * manifest.csv of OneRoster: which of its files are all there is (bulk), which tell differences
 * (delta), and which are not there (absent). Pure.
 *
 *	propertyName,value
 *	manifest.version,1.0
 *	oneroster.version,1.1
 *	file.users,bulk
 *	file.enrollments,delta
 */
#ifndef CLI_ROSTER_ONEROSTER_MANIFEST_H
#define CLI_ROSTER_ONEROSTER_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/format/input_errors.h"
#include "cli/roster/files.h"

#define MANIFEST_FILES_MAX 32

enum manifest_mode { MANIFEST_MODE_ABSENT, MANIFEST_MODE_BULK, MANIFEST_MODE_DELTA };

struct manifest {
	struct input_errors errors;
	size_t count;
	struct {
		char kind[32]; /* users, enrollments, ... */
		unsigned line;
		enum manifest_mode mode;
	} file[MANIFEST_FILES_MAX];
};

/* Is @name, behind its last slash, that of a manifest? */
bool manifest_is_named(const char *name);

/* 0, or negative; -EBADMSG after errors were put. Borrows @file for its name. */
int manifest_read(struct manifest *manifest, const struct roster_file *file);

/* How files of @kind are to be read; ABSENT if nothing is said of them. */
enum manifest_mode manifest_mode(const struct manifest *manifest, const char *kind);

#endif
