#include "cli/webhook/signature.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#define DIGEST_SIZE 32

int signature_make(const char *secret, const char *message, char ret[SIGNATURE_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];

	if (!HMAC(EVP_sha256(), secret, (int)strlen(secret), (const unsigned char *)message,
		    strlen(message), digest, NULL))
		return -EIO;
	for (int i = 0; i < DIGEST_SIZE; i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", digest[i]); /* fits */
	return 0;
}

const char *signature_library(void)
{
	static char text[64];

	(void)snprintf(text, sizeof(text), "libcrypto %s", OpenSSL_version(OPENSSL_VERSION_STRING));
	return text;
}
