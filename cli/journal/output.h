/*
 * A file that appears whole or not at all, and never in the place of another one.
 *
 * Invariants
 *  - Until journal_output_publish() there is only a hidden temporary file, which
 *    journal_output_release() removes.
 *  - What was published is on disk, its name as well.
 *  - A file of that name with the same bytes counts as published; one with other bytes stays as it
 * is.
 *
 * Life cycle: journal_output_open() -> _write()* -> _seal() -> _look() perhaps -> _publish() ->
 * _release(), which also serves after any failure.
 */
#ifndef CLI_JOURNAL_OUTPUT_H
#define CLI_JOURNAL_OUTPUT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/sha256.h"

struct journal_output {
	int dirfd;
	int fd;
	char name[NAME_MAX + 1];
	char temporary[NAME_MAX + 1]; /* "": there is none */
	struct sha256 sha;
	uint64_t size;
	uint8_t digest[SHA256_SIZE]; /* once sealed */
};

/* A file @name below @dirfd, which is borrowed, readable as the umask allows. Negative errno. */
int journal_output_open(struct journal_output *output, int dirfd, const char *name);

int journal_output_write(struct journal_output *output, const void *data, size_t size);

/* All is written: bring it to the disk. */
int journal_output_seal(struct journal_output *output);

/* What is there already? 0: nothing or the same bytes; -EEXIST: other ones. */
int journal_output_look(const struct journal_output *output, bool *ret_is_there);

/* Give it its name. -EEXIST as above. */
int journal_output_publish(struct journal_output *output);

void journal_output_release(struct journal_output *output);

#endif
