/*
 * What sign-in needs of cryptography. The only user of libcrypto here.
 *
 * All calls: 0, or -EIO when libcrypto would not (it has no randomness, no memory or no such
 * algorithm), which nobody goes on from: no sign-in then.
 */
#ifndef DASHBOARD_SIGN_IN_CRYPTO_H
#define DASHBOARD_SIGN_IN_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dashboard/sign_in/base64url.h"

#define CRYPTO_SIZE	 32 /* bytes of a key, of a digest and of a secret */
#define CRYPTO_TEXT_SIZE BASE64URL_SIZE(CRYPTO_SIZE)

int crypto_random(uint8_t *ret, size_t size);

/* A secret that nobody guesses, as text: 256 random bits in base64url. */
int crypto_secret(char ret[CRYPTO_TEXT_SIZE]);

/* HMAC-SHA-256. */
int crypto_mac(
	const uint8_t key[CRYPTO_SIZE], const char *message, size_t size, uint8_t ret[CRYPTO_SIZE]);

/* How PKCE shows a @verifier without telling it: S256 of RFC 7636. */
int crypto_challenge(const char *verifier, char ret[CRYPTO_TEXT_SIZE]);

/* In a time that depends on the length alone. */
bool crypto_equal(const void *a, const void *b, size_t size);

/* "libcrypto 3.0.19" */
const char *crypto_library(void);

#endif
