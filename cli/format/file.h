/*
 * A whole file in memory.
 */
#ifndef CLI_FORMAT_FILE_H
#define CLI_FORMAT_FILE_H

#include <stddef.h>

/*
 * Read @path ("-": standard input), at most @limit bytes. The caller frees *@ret, which has a NUL
 * behind its *@ret_size bytes. -E2BIG past the limit, else -errno.
 */
int file_read(const char *path, size_t limit, char **ret, size_t *ret_size);

#endif
