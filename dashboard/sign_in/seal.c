/* The MAC is looked at before anything of the text is believed, the expiry included. */
#include "dashboard/sign_in/seal.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PURPOSE_MAX 32
#define EXPIRY_MAX  19 /* digits */

/* Of "PURPOSE PAYLOAD.EXPIRY": no purpose of ours has a blank, and no payload either. */
static int sign(const struct seal_key *key, const char *purpose, const char *text, size_t size,
	uint8_t ret[CRYPTO_SIZE])
{
	char message[PURPOSE_MAX + 2 + SEAL_SIZE];
	size_t n;

	assert(strlen(purpose) <= PURPOSE_MAX && !strchr(purpose, ' '));
	if (size > SEAL_SIZE)
		return -EBADMSG;
	n = (size_t)snprintf(message, sizeof(message), "%s ", purpose); /* fits */
	memcpy(message + n, text, size);
	return crypto_mac(key->bytes, message, n + size, ret);
}

int seal_make(const struct seal_key *key, const char *purpose, const char *payload,
	int64_t expires_sec, char ret[SEAL_SIZE])
{
	size_t size = strlen(payload);
	uint8_t mac[CRYPTO_SIZE];
	char text[SEAL_SIZE];
	size_t n;
	int r;

	assert(expires_sec > 0);
	if (size > SEAL_PAYLOAD_MAX)
		return -E2BIG;
	base64url_encode(payload, size, text);
	n = strlen(text);
	n += (size_t)snprintf(text + n, sizeof(text) - n, ".%" PRId64, expires_sec);
	r = sign(key, purpose, text, n, mac);
	if (r < 0)
		return r;
	text[n++] = '.';
	base64url_encode(mac, sizeof(mac), text + n);
	memcpy(ret, text, n + CRYPTO_TEXT_SIZE);
	return 0;
}

/* Both dots of PAYLOAD.EXPIRY.MAC, the only two. */
static int find_parts(const char *text, const char **ret_expiry, const char **ret_mac)
{
	const char *expiry = strchr(text, '.');
	const char *mac = expiry ? strchr(expiry + 1, '.') : NULL;

	if (!mac || strchr(mac + 1, '.'))
		return -EBADMSG;
	*ret_expiry = expiry + 1;
	*ret_mac = mac + 1;
	return 0;
}

static int check_mac(const struct seal_key *key, const char *purpose, const char *text, size_t size,
	const char *mac_text)
{
	uint8_t wanted[CRYPTO_SIZE], mac[CRYPTO_SIZE];
	size_t n;
	int r;

	if (base64url_decode(mac_text, strlen(mac_text), mac, sizeof(mac), &n) < 0 ||
		n != sizeof(mac))
		return -EBADMSG;
	r = sign(key, purpose, text, size, wanted);
	if (r < 0)
		return r;
	return crypto_equal(wanted, mac, sizeof(mac)) ? 0 : -EBADMSG;
}

/* Signed by us, hence a number; its size is looked at all the same. */
static int parse_expiry(const char *text, size_t size, int64_t *ret)
{
	int64_t value = 0;

	if (size == 0 || size > EXPIRY_MAX)
		return -EBADMSG;
	for (size_t i = 0; i < size; i++) {
		if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, text[i] - '0', &value))
			return -EBADMSG;
	}
	*ret = value;
	return 0;
}

static int take_payload(const char *text, size_t size, char *ret, size_t ret_size)
{
	uint8_t payload[SEAL_PAYLOAD_MAX];
	size_t n;

	if (base64url_decode(text, size, payload, sizeof(payload), &n) < 0 || memchr(payload, 0, n))
		return -EBADMSG;
	if (n >= ret_size)
		return -E2BIG;
	memcpy(ret, payload, n);
	ret[n] = '\0';
	return 0;
}

int seal_open(const struct seal_key *key, const char *purpose, const char *text, int64_t now_sec,
	char *ret, size_t size)
{
	const char *expiry, *mac;
	int64_t expires_sec;
	int r = strlen(text) < SEAL_SIZE ? find_parts(text, &expiry, &mac) : -EBADMSG;

	if (r == 0)
		r = check_mac(key, purpose, text, (size_t)(mac - 1 - text), mac);
	if (r == 0)
		r = parse_expiry(expiry, (size_t)(mac - 1 - expiry), &expires_sec);
	if (r == 0 && now_sec >= expires_sec)
		r = -ETIMEDOUT;
	return r == 0 ? take_payload(text, (size_t)(expiry - 1 - text), ret, size) : r;
}
