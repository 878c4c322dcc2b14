/*
 * Entries of one size in an array, found by an open-addressing index of their hashes. Entries keep
 * their place (number) until the table is cleared; their addresses change when it grows.
 *
 * Life cycle: zeroed with entry_size set -> table_reserve() -> table_find() / table_append()* ->
 * table_clear() (keeps the memory) -> table_release().
 */
#ifndef AGGREGATOR_TABLE_H
#define AGGREGATOR_TABLE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_bucket {
	uint32_t hash;
	uint32_t number_plus_1; /* 0: free */
};

struct table {
	size_t entry_size;
	unsigned char *entry;
	uint32_t count;
	uint32_t capacity;
	struct table_bucket *bucket;
	uint32_t buckets; /* a power of two, at least twice the capacity */
};

#define TABLE_INIT(type)                                                                           \
	{                                                                                          \
		.entry_size = sizeof(type)                                                         \
	}
#define TABLE_MAX_ENTRIES (1u << 28)
#define TABLE_NONE	  UINT32_MAX

/* Room for @extra more entries. -ENOMEM, or -ENOSPC past TABLE_MAX_ENTRIES. */
int table_reserve(struct table *table, size_t extra);

void table_clear(struct table *table);
void table_release(struct table *table);

/* Bytes that the entries there now stand for. */
size_t table_used_bytes(const struct table *table);

static inline void *table_at(const struct table *table, uint32_t number)
{
	return table->entry + (size_t)number * table->entry_size;
}

/* Number of the entry with @hash for which @same(entry, key), or TABLE_NONE. */
static inline uint32_t table_find(const struct table *table, uint32_t hash, const void *key,
	bool (*same)(const void *entry, const void *key))
{
	uint32_t mask = table->buckets - 1;

	if (table->buckets == 0)
		return TABLE_NONE;
	for (uint32_t i = hash & mask;; i = (i + 1) & mask) {
		const struct table_bucket *bucket = &table->bucket[i];

		if (bucket->number_plus_1 == 0)
			return TABLE_NONE;
		if (bucket->hash == hash && same(table_at(table, bucket->number_plus_1 - 1), key))
			return bucket->number_plus_1 - 1;
	}
}

/* Number of a new entry, not initialised, for which room was reserved. */
static inline uint32_t table_append(struct table *table, uint32_t hash)
{
	uint32_t mask = table->buckets - 1;
	uint32_t i = hash & mask;

	assert(table->count < table->capacity);
	while (table->bucket[i].number_plus_1 != 0)
		i = (i + 1) & mask;
	table->bucket[i] = (struct table_bucket){hash, ++table->count};
	return table->count - 1;
}

#endif
