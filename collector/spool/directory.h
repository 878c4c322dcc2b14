/*
 * The directory of a spool, and the lock that keeps a second collector out of it. Used by spool.c
 * and renew.c.
 */
#ifndef COLLECTOR_SPOOL_DIRECTORY_H
#define COLLECTOR_SPOOL_DIRECTORY_H

#include <stdbool.h>

/* Open @path, made with its parents when it is not there. The caller closes. */
int spool_directory_open(const char *path, int *ret);

/* Hold DIR/lock until *ret is closed. -EBUSY: somebody else does. */
int spool_directory_lock(int dirfd, int *ret);

/* Whether two descriptors are of the same file, and it still has a name. */
bool spool_is_same_file(int a, int b);

#endif
