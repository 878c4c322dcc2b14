/*
 * The list of roots: absolute paths divided by spaces. Pure.
 */
#ifndef COLLECTOR_SOURCE_STORAGE_ROOTS_H
#define COLLECTOR_SOURCE_STORAGE_ROOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROOTS_MAX 16u

/* How many there are. -EINVAL: one is no absolute path; -E2BIG: more than ROOTS_MAX. */
int roots_count(const char *roots);

/* Root @number without slashes at its end. False: there is none of this number. */
bool roots_get(const char *roots, uint32_t number, const char **ret, size_t *ret_size);

#endif
