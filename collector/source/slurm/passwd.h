/* Names of accounts in the text of a passwd(5). Pure. */
#ifndef COLLECTOR_SOURCE_SLURM_PASSWD_H
#define COLLECTOR_SOURCE_SLURM_PASSWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first account of @uid, into the text. False: there is none. A line that was cut is none. */
bool passwd_name(const char *passwd, size_t size, uint32_t uid, const char **ret, size_t *ret_size);

#endif
