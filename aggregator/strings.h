/*
 * Distinct strings, each kept once and known by a number. Number 0 is the empty string.
 *
 * Life cycle: strings_init() -> strings_reserve() -> strings_add()* -> strings_clear() ->
 * strings_release(). Texts end with NUL; their addresses change when the table grows.
 */
#ifndef AGGREGATOR_STRINGS_H
#define AGGREGATOR_STRINGS_H

#include <stddef.h>
#include <stdint.h>

#include "aggregator/table.h"

#define STRINGS_EMPTY	  0u
#define STRINGS_MAX_BYTES (1u << 31)

struct strings_entry {
	uint32_t offset;
	uint32_t size;
};

struct strings {
	uint64_t seed;
	struct table entries; /* of struct strings_entry */
	char *text;
	size_t size;
	size_t capacity;
};

/* -ENOMEM. */
int strings_init(struct strings *strings, uint64_t seed);
void strings_release(struct strings *strings);

/* Room for @count more strings of @bytes in all, NULs included. -ENOMEM, -ENOSPC. */
int strings_reserve(struct strings *strings, size_t count, size_t bytes);

/* The number of @text, for which room was reserved. */
uint32_t strings_add(struct strings *strings, const char *text, size_t size);

void strings_clear(struct strings *strings);

static inline const char *strings_text(
	const struct strings *strings, uint32_t number, size_t *ret_size)
{
	const struct strings_entry *entry = table_at(&strings->entries, number);

	*ret_size = entry->size;
	return strings->text + entry->offset;
}

size_t strings_used_bytes(const struct strings *strings);

#endif
