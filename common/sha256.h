/*
 * SHA-256 (FIPS 180-4), for names that are derived from content. Not for secrets.
 *
 *	struct sha256 sha;
 *
 *	sha256_init(&sha);
 *	sha256_add(&sha, "abc", 3);
 *	sha256_end(&sha, digest);
 */
#ifndef COMMON_SHA256_H
#define COMMON_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32

struct sha256 {
	uint32_t state[8];
	uint64_t size; /* bytes so far */
	uint8_t block[64];
};

void sha256_init(struct sha256 *sha);
void sha256_add(struct sha256 *sha, const void *data, size_t size);

/* @sha is to be initialised again after this. */
void sha256_end(struct sha256 *sha, uint8_t ret[SHA256_SIZE]);

#endif
