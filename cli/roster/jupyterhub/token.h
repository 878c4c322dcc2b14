/*
 * A secret in a file of its own, which others must not be able to read.
 */
#ifndef CLI_ROSTER_JUPYTERHUB_TOKEN_H
#define CLI_ROSTER_JUPYTERHUB_TOKEN_H

#include <stddef.h>

#define TOKEN_SIZE_MAX 4096

/* The token in @path, without the line's end. 0, or negative with the reason in @error. */
int token_read(const char *path, char token[TOKEN_SIZE_MAX], char *error, size_t error_size);

#endif
