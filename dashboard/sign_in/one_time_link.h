/*
 * A link that signs the machine's own user in, once; a new one takes its place in the file.
 *
 * Invariants
 *  - The file can be read by its owner alone, and is whole at any moment.
 *  - Of those who open the same link at the same time, one gets in.
 *  - What stands there is replaced only if it is such a link, empty, or a symbolic link.
 *  - When no new link can be written, the old one is void all the same.
 *
 * Life cycle: one_time_link_init() -> one_time_link_write() -> one_time_link_open()* from any
 * thread -> one_time_link_release().
 */
#ifndef DASHBOARD_SIGN_IN_ONE_TIME_LINK_H
#define DASHBOARD_SIGN_IN_ONE_TIME_LINK_H

#include <pthread.h>
#include <stdbool.h>

#include "dashboard/sign_in/crypto.h"

struct one_time_link {
	const char *file;
	char *base;
	pthread_mutex_t lock;	       /* of what follows */
	char secret[CRYPTO_TEXT_SIZE]; /* "": there is no link */
};

/* Borrows @file. */
void one_time_link_init(struct one_time_link *link, const char *file);

/* The first one; it begins with @base, which is copied. -errno; -EEXIST: something else stands
 * there; -EIO: no randomness. */
int one_time_link_write(struct one_time_link *link, const char *base);

/* Was @secret the link's? Void it then and write a new one, or log why that is impossible. */
bool one_time_link_open(struct one_time_link *link, const char *secret);

void one_time_link_release(struct one_time_link *link);

#endif
