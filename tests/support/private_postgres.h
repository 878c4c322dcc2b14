/*
 * A private PostgreSQL for a test program, by deploy/local/services.
 *
 * Life cycle: private_postgres_start() -> conninfo strings -> private_postgres_stop(). Where the
 * services can't be started the program ends with 77, which means skipped.
 */
#ifndef TESTS_SUPPORT_PRIVATE_POSTGRES_H
#define TESTS_SUPPORT_PRIVATE_POSTGRES_H

#include <stddef.h>

struct private_postgres {
	char directory[64];
	char port[16];
};

void private_postgres_start(struct private_postgres *postgres);
int private_postgres_stop(struct private_postgres *postgres);

/* "host=... user=@user" in @ret, which has room for 256 bytes. */
void private_postgres_conninfo(
	const struct private_postgres *postgres, const char *user, char *ret, size_t size);

#endif
