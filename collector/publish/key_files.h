/*
 * The files that librdkafka reads once, when a producer is made: certificate, key, whom to trust.
 * Certificates are renewed where they lie, and this says so.
 *
 * Life cycle: key_files_note() -> key_files_changed()*. Holds nothing to release.
 */
#ifndef COLLECTOR_PUBLISH_KEY_FILES_H
#define COLLECTOR_PUBLISH_KEY_FILES_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "common/options/options.h"

#define KEY_FILES_MAX 5

/* Which file it is and which of its contents; all zero: there is none. */
struct key_file {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec changed;
};

struct key_files {
	struct key_file file[KEY_FILES_MAX];
};

/* Note what the files that @kafka's settings name are now. False: they name none. */
bool key_files_note(struct key_files *files, const struct option_pairs *kafka);

/* Whether one of them is another one now, or no longer what it was. */
bool key_files_changed(const struct key_files *files, const struct option_pairs *kafka);

#endif
