/*
 * Entries of one size in an array, found by an open-addressing index of their hashes. Entries keep
 * their place (number) until the table is cleared; their addresses change when it grows.
 *
 * Life cycle: zeroed with entry_size set -> hash_table_reserve() -> hash_table_find() /
 * hash_table_append()* -> hash_table_clear() (keeps the memory) -> hash_table_release().
 */
#ifndef COMMON_HASH_TABLE_H
#define COMMON_HASH_TABLE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash_table_bucket {
	uint32_t hash;
	uint32_t number_plus_1; /* 0: free */
};

struct hash_table {
	size_t entry_size;
	unsigned char *entry;
	uint32_t count;
	uint32_t capacity;
	struct hash_table_bucket *bucket;
	uint32_t buckets; /* a power of two, at least twice the capacity */
};

#define HASH_TABLE_INIT(type)                                                                      \
	{                                                                                          \
		.entry_size = sizeof(type)                                                         \
	}
#define HASH_TABLE_MAX_ENTRIES (1u << 28)
#define HASH_TABLE_NONE	       UINT32_MAX

/* Room for @extra more entries. -ENOMEM, or -ENOSPC past HASH_TABLE_MAX_ENTRIES. */
int hash_table_reserve(struct hash_table *table, size_t extra);

void hash_table_clear(struct hash_table *table);
void hash_table_release(struct hash_table *table);

/* Bytes that the entries there now stand for. */
size_t hash_table_used_bytes(const struct hash_table *table);

static inline void *hash_table_at(const struct hash_table *table, uint32_t number)
{
	return table->entry + (size_t)number * table->entry_size;
}

/* Number of the entry with @hash for which @same(entry, key), or HASH_TABLE_NONE. */
static inline uint32_t hash_table_find(const struct hash_table *table, uint32_t hash,
	const void *key, bool (*same)(const void *entry, const void *key))
{
	uint32_t mask = table->buckets - 1;

	if (table->buckets == 0)
		return HASH_TABLE_NONE;
	for (uint32_t i = hash & mask;; i = (i + 1) & mask) {
		const struct hash_table_bucket *bucket = &table->bucket[i];

		if (bucket->number_plus_1 == 0)
			return HASH_TABLE_NONE;
		if (bucket->hash == hash &&
			same(hash_table_at(table, bucket->number_plus_1 - 1), key))
			return bucket->number_plus_1 - 1;
	}
}

/* Number of a new entry, not initialised, for which room was reserved. */
static inline uint32_t hash_table_append(struct hash_table *table, uint32_t hash)
{
	uint32_t mask = table->buckets - 1;
	uint32_t i = hash & mask;

	assert(table->count < table->capacity);
	while (table->bucket[i].number_plus_1 != 0)
		i = (i + 1) & mask;
	table->bucket[i] = (struct hash_table_bucket){hash, ++table->count};
	return table->count - 1;
}

#endif
