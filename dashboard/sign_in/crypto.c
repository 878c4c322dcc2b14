/* The calls of libcrypto by the names that sign-in gives to what it does with them. */
#include "dashboard/sign_in/crypto.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

int crypto_random(uint8_t *ret, size_t size)
{
	if (size > INT_MAX || RAND_bytes(ret, (int)size) != 1)
		return -EIO;
	return 0;
}

int crypto_secret(char ret[CRYPTO_TEXT_SIZE])
{
	uint8_t bytes[CRYPTO_SIZE];
	int r = crypto_random(bytes, sizeof(bytes));

	if (r < 0)
		return r;
	base64url_encode(bytes, sizeof(bytes), ret);
	return 0;
}

int crypto_mac(
	const uint8_t key[CRYPTO_SIZE], const char *message, size_t size, uint8_t ret[CRYPTO_SIZE])
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	if (!HMAC(EVP_sha256(), key, CRYPTO_SIZE, (const uint8_t *)message, size, digest, NULL))
		return -EIO;
	memcpy(ret, digest, CRYPTO_SIZE);
	return 0;
}

int crypto_challenge(const char *verifier, char ret[CRYPTO_TEXT_SIZE])
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	if (EVP_Digest(verifier, strlen(verifier), digest, NULL, EVP_sha256(), NULL) != 1)
		return -EIO;
	base64url_encode(digest, CRYPTO_SIZE, ret);
	return 0;
}

bool crypto_equal(const void *a, const void *b, size_t size)
{
	return CRYPTO_memcmp(a, b, size) == 0;
}

const char *crypto_library(void)
{
	static char text[64];

	(void)snprintf(text, sizeof(text), "libcrypto %s", OpenSSL_version(OPENSSL_VERSION_STRING));
	return text;
}
