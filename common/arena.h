/*
 * A bump allocator with a cap: what a hostile message may make us allocate is bounded.
 *
 * Invariant: allocated bytes never exceed the cap given at init; every block is aligned to 16.
 * Life cycle: arena_init() -> arena_alloc()* -> arena_reset() (keeps the memory) ->
 * arena_release().
 */
#ifndef COMMON_ARENA_H
#define COMMON_ARENA_H

#include <stddef.h>

struct arena {
	unsigned char *base;
	size_t capacity;
	size_t used;
};

/* Reserve @capacity bytes. -ENOMEM. The caller releases. */
int arena_init(struct arena *arena, size_t capacity);

/* @size uninitialised bytes, or NULL when the cap is reached. */
void *arena_alloc(struct arena *arena, size_t size);

/* @count * @size zeroed bytes, or NULL (also on overflow of the product). */
void *arena_calloc(struct arena *arena, size_t count, size_t size);

/* What was allocated since arena->used was @used is gone. */
void arena_rewind(struct arena *arena, size_t used);

/* Everything allocated so far is gone. */
void arena_reset(struct arena *arena);

void arena_release(struct arena *arena);

#endif
