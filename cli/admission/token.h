/*
 * Does a request know the secret? Pure.
 */
#ifndef CLI_ADMISSION_TOKEN_H
#define CLI_ADMISSION_TOKEN_H

#include <stdbool.h>

/* Is @header (NULL: there is none) "Bearer SECRET"? Takes as long for a near miss as for any
 * other. */
bool token_matches(const char *secret, const char *header);

#endif
