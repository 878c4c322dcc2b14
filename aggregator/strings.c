/* One block of text and a table of where each string begins. */
#include "aggregator/strings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/hash.h"

struct key {
	const struct strings *strings;
	const char *text;
	size_t size;
};

static bool same_text(const void *entry, const void *key)
{
	const struct strings_entry *e = entry;
	const struct key *k = key;

	return e->size == k->size && memcmp(k->strings->text + e->offset, k->text, k->size) == 0;
}

int strings_init(struct strings *strings, uint64_t seed)
{
	int r;

	*strings = (struct strings){.seed = seed, .entries = TABLE_INIT(struct strings_entry)};
	r = strings_reserve(strings, 1, 1);
	if (r < 0) {
		strings_release(strings);
		return r;
	}
	(void)strings_add(strings, "", 0); /* takes number 0 */
	return 0;
}

void strings_release(struct strings *strings)
{
	table_release(&strings->entries);
	free(strings->text);
	strings->text = NULL;
	strings->size = strings->capacity = 0;
}

int strings_reserve(struct strings *strings, size_t count, size_t bytes)
{
	size_t capacity = strings->capacity ? strings->capacity : 4096;
	char *text;

	if (bytes > STRINGS_MAX_BYTES - strings->size)
		return -ENOSPC;
	while (capacity - strings->size < bytes)
		capacity *= 2;
	if (capacity != strings->capacity) {
		text = realloc(strings->text, capacity);
		if (!text)
			return -ENOMEM;
		strings->text = text;
		strings->capacity = capacity;
	}
	return table_reserve(&strings->entries, count);
}

uint32_t strings_add(struct strings *strings, const char *text, size_t size)
{
	uint32_t hash = (uint32_t)hash_bytes(strings->seed, text, size);
	struct key key = {strings, text, size};
	uint32_t number = table_find(&strings->entries, hash, &key, same_text);

	if (number != TABLE_NONE)
		return number;
	assert(strings->capacity - strings->size > size);
	number = table_append(&strings->entries, hash);
	*(struct strings_entry *)table_at(&strings->entries, number) =
		(struct strings_entry){(uint32_t)strings->size, (uint32_t)size};
	memcpy(strings->text + strings->size, text, size);
	strings->text[strings->size + size] = '\0';
	strings->size += size + 1;
	return number;
}

void strings_clear(struct strings *strings)
{
	table_clear(&strings->entries);
	strings->size = 0;
	(void)strings_add(strings, "", 0); /* room is there since strings_init() */
}

size_t strings_used_bytes(const struct strings *strings)
{
	return strings->size + table_used_bytes(&strings->entries);
}
