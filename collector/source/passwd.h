/*
 * The machine's accounts, as lines of passwd(5). Pure; a file and not the library's functions,
 * which may ask a network.
 */
#ifndef COLLECTOR_SOURCE_PASSWD_H
#define COLLECTOR_SOURCE_PASSWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct passwd_account {
	const char *name; /* into the text */
	size_t name_size;
	uint64_t uid;
};

/*
 * The next account of the text from *@at up to @end, behind which *@at is then. False: there is no
 * further one. A line that was cut is none: half a number is another one.
 */
bool passwd_next(const char **at, const char *end, struct passwd_account *ret);

/* The first account of @uid, into the text. False: there is none. */
bool passwd_name(const char *passwd, size_t size, uint32_t uid, const char **ret, size_t *ret_size);

#endif
