/*
 * Distinct strings, each kept once and known by a number. Number 0 is the empty string.
 *
 * Life cycle: interner_init() -> interner_reserve() -> interner_add()* -> interner_clear() ->
 * interner_release(). Texts end with NUL; their addresses change when the table grows.
 */
#ifndef COMMON_INTERNER_H
#define COMMON_INTERNER_H

#include <stddef.h>
#include <stdint.h>

#include "common/hash_table.h"

#define INTERNER_EMPTY	   0u
#define INTERNER_MAX_BYTES (1u << 31)

struct interner_entry {
	uint32_t offset;
	uint32_t size;
};

struct interner {
	uint64_t seed;
	struct hash_table entries; /* of struct interner_entry */
	char *text;
	size_t size;
	size_t capacity;
};

/* -ENOMEM. */
int interner_init(struct interner *interner, uint64_t seed);
void interner_release(struct interner *interner);

/* Room for @count more strings of @bytes in all, NULs included. -ENOMEM, -ENOSPC. */
int interner_reserve(struct interner *interner, size_t count, size_t bytes);

/* The number of @text, for which room was reserved. */
uint32_t interner_add(struct interner *interner, const char *text, size_t size);

/* The number of @text, or HASH_TABLE_NONE. */
uint32_t interner_find(const struct interner *interner, const char *text, size_t size);

void interner_clear(struct interner *interner);

static inline const char *interner_text(
	const struct interner *interner, uint32_t number, size_t *ret_size)
{
	const struct interner_entry *entry = hash_table_at(&interner->entries, number);

	*ret_size = entry->size;
	return interner->text + entry->offset;
}

size_t interner_used_bytes(const struct interner *interner);

#endif
