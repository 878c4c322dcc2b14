/*
 * Sizes and times as people and JupyterHub write them. Pure.
 */
#ifndef CLI_FORMAT_AMOUNT_H
#define CLI_FORMAT_AMOUNT_H

#include <stdint.h>

/* "4", "0.5": thousandths of a core or GPU. -EINVAL: no such number; -ERANGE: too large. */
int amount_parse_milli(const char *text, int64_t *ret);
/* "512M", "8G", "1.5G", "1T", as JupyterHub has them (1 G = 1024 M), also "8GiB": MiB, rounded up.
 * Errors as above. */
int amount_parse_mib(const char *text, int64_t *ret);
/* "8", "0.5": hours, as seconds, rounded up. Errors as above. */
int amount_parse_hours(const char *text, int64_t *ret);

#endif
