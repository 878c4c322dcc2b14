/*
 * A file that somebody else replaces now and then: read whole, and only when it has changed.
 *
 * Life cycle: zeroed -> (watched_file_read() -> watched_file_keep()?)*.
 */
#ifndef COLLECTOR_SOURCE_WATCHED_FILE_H
#define COLLECTOR_SOURCE_WATCHED_FILE_H

#include <sys/stat.h>

#include "common/buffer.h"

struct watched_file {
	struct stat kept; /* as it was when what it said was taken */
	struct stat read;
};

/*
 * 1: @ret, which comes empty, has what it says; 0: it is not there, or as it was when it was kept.
 * -EINVAL: no regular file; -E2BIG: more than @ret may hold; or why it can't be read.
 */
int watched_file_read(struct watched_file *file, const char *path, struct buffer *ret);

/* What was read last need not be read again. */
void watched_file_keep(struct watched_file *file);

#endif
