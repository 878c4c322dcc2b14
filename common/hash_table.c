/* The cold half of hash_table.h: growing, emptying, freeing. */
#include "common/hash_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HASH_TABLE_FIRST_CAPACITY 64u

static int grow_buckets(struct hash_table *table, uint32_t buckets)
{
	struct hash_table_bucket *fresh = calloc(buckets, sizeof(*fresh));

	if (!fresh)
		return -ENOMEM;
	for (uint32_t i = 0; i < table->buckets; i++) {
		uint32_t at = table->bucket[i].hash & (buckets - 1);

		if (table->bucket[i].number_plus_1 == 0)
			continue;
		while (fresh[at].number_plus_1 != 0)
			at = (at + 1) & (buckets - 1);
		fresh[at] = table->bucket[i];
	}
	free(table->bucket);
	table->bucket = fresh;
	table->buckets = buckets;
	return 0;
}

int hash_table_reserve(struct hash_table *table, size_t extra)
{
	uint32_t capacity = table->capacity ? table->capacity : HASH_TABLE_FIRST_CAPACITY;
	unsigned char *entry;
	int r;

	if (extra <= table->capacity - table->count)
		return 0;
	if (extra > HASH_TABLE_MAX_ENTRIES - table->count)
		return -ENOSPC;
	while (capacity - table->count < extra)
		capacity *= 2;
	entry = reallocarray(table->entry, capacity, table->entry_size);
	if (!entry)
		return -ENOMEM;
	table->entry = entry;
	r = grow_buckets(table, capacity * 2);
	if (r < 0)
		return r;
	table->capacity = capacity;
	return 0;
}

void hash_table_clear(struct hash_table *table)
{
	if (table->count > 0)
		memset(table->bucket, 0, table->buckets * sizeof(*table->bucket));
	table->count = 0;
}

void hash_table_release(struct hash_table *table)
{
	size_t entry_size = table->entry_size;

	free(table->entry);
	free(table->bucket);
	*table = (struct hash_table){.entry_size = entry_size};
}

size_t hash_table_used_bytes(const struct hash_table *table)
{
	return table->count * (table->entry_size + 2 * sizeof(struct hash_table_bucket));
}
