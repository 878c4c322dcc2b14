/*
 * A secret in a file of its own, which others must not be able to read.
 */
#ifndef COMMON_SECRET_H
#define COMMON_SECRET_H

#include <stddef.h>

#define SECRET_SIZE_MAX 4096

/* The secret in @path, without the line's end. 0, or negative with the reason in @error. */
int secret_read(const char *path, char secret[SECRET_SIZE_MAX], char *error, size_t error_size);

#endif
