/* Digests are compared, all of their bytes: neither how much of the secret is right nor how long it
 * is shows in the time. */
#include "cli/admission/token.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "common/sha256.h"

#define SCHEME "Bearer "

static void digest(const char *text, uint8_t ret[SHA256_SIZE])
{
	struct sha256 sha;

	sha256_init(&sha);
	sha256_add(&sha, text, strlen(text));
	sha256_end(&sha, ret);
}

bool token_matches(const char *secret, const char *header)
{
	uint8_t ours[SHA256_SIZE], theirs[SHA256_SIZE];
	volatile uint8_t difference = 0;
	bool is_bearer = header && strncasecmp(header, SCHEME, strlen(SCHEME)) == 0;

	digest(secret, ours);
	digest(is_bearer ? header + strlen(SCHEME) : "", theirs);
	for (size_t i = 0; i < SHA256_SIZE; i++)
		difference |= ours[i] ^ theirs[i];
	return is_bearer && difference == 0;
}
