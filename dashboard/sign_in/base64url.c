/* libcrypto's own decoder takes blanks and padding for granted, and more than one text for the same
 * bytes. */
#include "dashboard/sign_in/base64url.h"

#include <errno.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void base64url_encode(const void *data, size_t size, char *ret)
{
	const uint8_t *byte = data;
	uint32_t bits = 0;
	unsigned n_bits = 0;

	for (size_t i = 0; i < size; i++) {
		bits = bits << 8 | byte[i];
		for (n_bits += 8; n_bits >= 6; n_bits -= 6)
			*ret++ = alphabet[bits >> (n_bits - 6) & 63];
	}
	if (n_bits)
		*ret++ = alphabet[bits << (6 - n_bits) & 63];
	*ret = '\0';
}

int base64url_decode(const char *text, size_t size, uint8_t *ret, size_t ret_max, size_t *ret_size)
{
	size_t n = size / 4 * 3 + size % 4 * 6 / 8;
	uint32_t bits = 0;
	unsigned n_bits = 0;

	if (size % 4 == 1)
		return -EBADMSG;
	if (n > ret_max)
		return -E2BIG;
	for (size_t i = 0; i < size; i++) {
		const char *letter = text[i] ? strchr(alphabet, text[i]) : NULL;

		if (!letter)
			return -EBADMSG;
		bits = bits << 6 | (uint32_t)(letter - alphabet);
		n_bits += 6;
		if (n_bits >= 8)
			*ret++ = (uint8_t)(bits >> (n_bits -= 8));
	}
	if (bits & ((1u << n_bits) - 1))
		return -EBADMSG;
	*ret_size = n;
	return 0;
}
