/*
 * Text that comes back from a browser as it was given out, or not at all. Pure.
 *
 *	PAYLOAD.EXPIRY.MAC	base64url . seconds since boot, decimal . base64url
 *
 * Invariants
 *  - The MAC is over the purpose, the payload and the expiry: what was sealed for one purpose opens
 * for no other.
 *  - There is one way to write a sealed text: a letter more or less, or another spelling, is
 * refused.
 *  - Whoever holds the text can read it: it is signed, not encrypted.
 */
#ifndef DASHBOARD_SIGN_IN_SEAL_H
#define DASHBOARD_SIGN_IN_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "dashboard/sign_in/crypto.h"

#define SEAL_PAYLOAD_MAX 1024 /* bytes */
#define SEAL_SIZE	 (BASE64URL_SIZE(SEAL_PAYLOAD_MAX) + 1 + 20 + CRYPTO_TEXT_SIZE)

struct seal_key {
	uint8_t bytes[CRYPTO_SIZE];
};

/* -E2BIG: @payload is longer than SEAL_PAYLOAD_MAX; -EIO: no cryptography. @expires_sec > 0. */
int seal_make(const struct seal_key *key, const char *purpose, const char *payload,
	int64_t expires_sec, char ret[SEAL_SIZE]);

/*
 * The payload in @size bytes at @ret. -EBADMSG: not ours, or not as we gave it out; -ETIMEDOUT: it
 * was ours until now; -E2BIG: @ret is too small; -EIO.
 */
int seal_open(const struct seal_key *key, const char *purpose, const char *text, int64_t now_sec,
	char *ret, size_t size);

#endif
