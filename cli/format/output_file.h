/*
 * A file that appears whole or not at all, and never in the place of another one.
 *
 * Invariants
 *  - Until output_file_publish() there is only a hidden temporary file, which
 *    output_file_release() removes.
 *  - What was published is on disk, its name as well.
 *  - A file of that name with the same bytes counts as published; one with other bytes stays as it
 * is.
 *
 * Life cycle: output_file_open() -> _write()* -> _seal() -> _look() perhaps -> _publish() ->
 * _release(), which also serves after any failure.
 */
#ifndef CLI_FORMAT_OUTPUT_FILE_H
#define CLI_FORMAT_OUTPUT_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/sha256.h"

struct output_file {
	int dirfd;
	int fd;
	char name[NAME_MAX + 1];
	char temporary[NAME_MAX + 1]; /* "": there is none */
	struct sha256 sha;
	uint64_t size;
	uint8_t digest[SHA256_SIZE]; /* once sealed */
};

/* A file @name below @dirfd, which is borrowed, readable as the umask allows. Negative errno. */
int output_file_open(struct output_file *output, int dirfd, const char *name);

int output_file_write(struct output_file *output, const void *data, size_t size);

/* All is written: bring it to the disk. */
int output_file_seal(struct output_file *output);

/* What is there already? 0: nothing or the same bytes; -EEXIST: other ones. */
int output_file_look(const struct output_file *output, bool *ret_is_there);

/* Give it its name. -EEXIST as above. */
int output_file_publish(struct output_file *output);

void output_file_release(struct output_file *output);

#endif
