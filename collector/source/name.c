/* One person must not become two, nor two one, whatever they call themselves. */
#include "collector/source/name.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/sha256.h"
#include "common/utf8.h"

#define DIGEST_BYTES 8u
#define SUFFIX_SIZE  (1 + 2 * DIGEST_BYTES)

/* Bytes of the printable character at @at; 0: none. */
static size_t character_size(const char *at, size_t left)
{
	uint32_t code;
	size_t size = utf8_decode(at, left, &code);
	bool is_control = code < 0x20 || (code >= 0x7f && code < 0xa0);

	return size > 0 && !is_control ? size : 0;
}

/* Copy what fits into @room bytes. Returns whether that is all of it, unchanged. */
static bool copy_characters(
	const char *data, size_t size, size_t room, char *copy, size_t *ret_size)
{
	static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
	bool is_same = true;
	size_t n = 0;

	for (size_t i = 0; i < size;) {
		const char *from = data + i;
		size_t step = character_size(from, size - i);

		i += step ? step : 1;
		if (step == 0) {
			is_same = false;
			from = replacement;
			step = sizeof(replacement) - 1;
		}
		if (n + step > room) {
			is_same = false;
			break;
		}
		memcpy(copy + n, from, step);
		n += step;
	}
	*ret_size = n;
	return is_same;
}

static void append_digest(const char *data, size_t size, char *at)
{
	uint8_t digest[SHA256_SIZE];
	struct sha256 sha;

	sha256_init(&sha);
	sha256_add(&sha, data, size);
	sha256_end(&sha, digest);
	*at++ = '~';
	for (size_t i = 0; i < DIGEST_BYTES; i++)
		at += sprintf(at, "%02x", digest[i]);
}

/* Whether a name ends as those do that were changed. */
static bool looks_changed(const char *data, size_t size)
{
	const char *suffix;

	if (size < SUFFIX_SIZE)
		return false;
	suffix = data + size - SUFFIX_SIZE;
	if (*suffix != '~')
		return false;
	for (size_t i = 1; i < SUFFIX_SIZE; i++) {
		bool is_digit = suffix[i] >= '0' && suffix[i] <= '9';

		if (!is_digit && (suffix[i] < 'a' || suffix[i] > 'f'))
			return false;
	}
	return true;
}

char *name_copy(const char *data, size_t size)
{
	char copy[NAME_MAX_SIZE + 1];
	size_t n;

	if (!copy_characters(data, size, NAME_MAX_SIZE, copy, &n) || looks_changed(data, size)) {
		(void)copy_characters(data, size, NAME_MAX_SIZE - SUFFIX_SIZE, copy, &n);
		append_digest(data, size, copy + n);
		n += SUFFIX_SIZE;
	}
	return strndup(copy, n);
}
