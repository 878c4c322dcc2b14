/* One block of text and a table of where each string begins. */
#include "common/interner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"

struct key {
	const struct interner *interner;
	const char *text;
	size_t size;
};

static bool same_text(const void *entry, const void *key)
{
	const struct interner_entry *e = entry;
	const struct key *k = key;

	return e->size == k->size && memcmp(k->interner->text + e->offset, k->text, k->size) == 0;
}

int interner_init(struct interner *interner, uint64_t seed)
{
	int r;

	*interner =
		(struct interner){.seed = seed, .entries = HASH_TABLE_INIT(struct interner_entry)};
	r = interner_reserve(interner, 1, 1);
	if (r < 0) {
		interner_release(interner);
		return r;
	}
	(void)interner_add(interner, "", 0); /* takes number 0 */
	return 0;
}

void interner_release(struct interner *interner)
{
	hash_table_release(&interner->entries);
	free(interner->text);
	interner->text = NULL;
	interner->size = interner->capacity = 0;
}

int interner_reserve(struct interner *interner, size_t count, size_t bytes)
{
	size_t capacity = interner->capacity ? interner->capacity : 4096;
	char *text;

	if (bytes > INTERNER_MAX_BYTES - interner->size)
		return -ENOSPC;
	while (capacity - interner->size < bytes)
		capacity *= 2;
	if (capacity != interner->capacity) {
		text = realloc(interner->text, capacity);
		if (!text)
			return -ENOMEM;
		interner->text = text;
		interner->capacity = capacity;
	}
	return hash_table_reserve(&interner->entries, count);
}

uint32_t interner_find(const struct interner *interner, const char *text, size_t size)
{
	struct key key = {interner, text, size};

	return hash_table_find(&interner->entries, (uint32_t)hash_bytes(interner->seed, text, size),
		&key, same_text);
}

uint32_t interner_add(struct interner *interner, const char *text, size_t size)
{
	uint32_t hash = (uint32_t)hash_bytes(interner->seed, text, size);
	struct key key = {interner, text, size};
	uint32_t number = hash_table_find(&interner->entries, hash, &key, same_text);

	if (number != HASH_TABLE_NONE)
		return number;
	assert(interner->capacity - interner->size > size);
	number = hash_table_append(&interner->entries, hash);
	*(struct interner_entry *)hash_table_at(&interner->entries, number) =
		(struct interner_entry){(uint32_t)interner->size, (uint32_t)size};
	memcpy(interner->text + interner->size, text, size);
	interner->text[interner->size + size] = '\0';
	interner->size += size + 1;
	return number;
}

void interner_clear(struct interner *interner)
{
	hash_table_clear(&interner->entries);
	interner->size = 0;
	(void)interner_add(interner, "", 0); /* room is there since interner_init() */
}

size_t interner_used_bytes(const struct interner *interner)
{
	return interner->size + hash_table_used_bytes(&interner->entries);
}
