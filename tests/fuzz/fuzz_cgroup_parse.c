/*
 * Whatever the files of a cgroup say, a number is understood or refused, a key is found as the
 * slowest reading of the same lines finds it, and nothing is read beyond the end. The first line
 * is the key.
 *
 * Built and run as fuzz_wire.c, with tests/fuzz/corpus/cgroup_parse; that corpus is replayed by the
 * tests of the parser.
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collector/cgroup/cgroup_parse.h"

#define UNTOUCHED 0x5a5a5a5a5a5a5a5aull

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static bool is_number(const char *data, size_t size, uint64_t *ret)
{
	uint64_t value = 0;

	if (size < 2 || data[size - 1] != '\n')
		return false;
	for (size_t i = 0; i + 1 < size; i++)
		if (!isdigit((unsigned char)data[i]) ||
			__builtin_mul_overflow(value, 10u, &value) ||
			__builtin_add_overflow(value, (uint64_t)(data[i] - '0'), &value))
			return false;
	*ret = value;
	return true;
}

static void parse_number(const char *data, size_t size)
{
	uint64_t value = UNTOUCHED, expected = UNTOUCHED;
	bool is_sound = is_number(data, size, &expected);

	must(cgroup_parse_number(data, size, &value) == (is_sound ? 0 : -EBADMSG));
	must(value == expected);
}

/* By the byte: the first line that starts with the key and a space. */
static bool find_key(const char *data, size_t size, const char *key, uint64_t *ret)
{
	size_t key_size = strlen(key), end;

	for (size_t start = 0; start < size; start = end + 1) {
		for (end = start; end < size && data[end] != '\n'; end++)
			;
		if (end == size)
			return false;
		if (end - start > key_size && strncmp(data + start, key, key_size) == 0 &&
			data[start + key_size] == ' ')
			return is_number(data + start + key_size + 1, end - start - key_size, ret);
	}
	return false;
}

static void parse_key(const char *data, size_t size, const char *key)
{
	uint64_t value = UNTOUCHED, expected = UNTOUCHED;
	bool is_there = find_key(data, size, key, &expected);

	must(cgroup_parse_key(data, size, key, &value) == (is_there ? 0 : -EBADMSG));
	must(value == expected);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *newline = size > 0 ? memchr(data, '\n', size) : NULL;
	size_t key_size = newline ? (size_t)(newline - data) : size;
	size_t rest = newline ? size - key_size - 1 : 0;
	char *key = strndup((const char *)data, key_size);
	char *text = malloc(rest ? rest : 1); /* exactly as large: a byte too many is seen */

	must(key != NULL && text != NULL);
	if (rest > 0)
		memcpy(text, newline + 1, rest);
	parse_number(text, rest);
	parse_key(text, rest, key);
	parse_key(text, rest, "usage_usec");
	free(text);
	free(key);
	return 0;
}
