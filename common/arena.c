/*
 * One block taken up front and handed out from front to back. Large blocks come from the kernel
 * untouched, so an unused cap costs address space, not memory. Under AddressSanitizer what was
 * not handed out is poisoned: a decoder that reads past its block is caught.
 */
#include "common/arena.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISON
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define ARENA_POISON
#endif

#ifdef ARENA_POISON
#include <sanitizer/asan_interface.h>
#define poison(at, size)   ASAN_POISON_MEMORY_REGION(at, size)
#define unpoison(at, size) ASAN_UNPOISON_MEMORY_REGION(at, size)
#else
#define poison(at, size)   ((void)0)
#define unpoison(at, size) ((void)0)
#endif

#define ARENA_ALIGNMENT 16u

int arena_init(struct arena *arena, size_t capacity)
{
	unsigned char *base;

	capacity -= capacity % ARENA_ALIGNMENT;
	base = malloc(capacity ? capacity : 1);
	if (!base)
		return -ENOMEM;
	poison(base, capacity);

	*arena = (struct arena){.base = base, .capacity = capacity};
	return 0;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	size_t left = arena->capacity - arena->used;
	void *block = arena->base + arena->used;

	if (size > left)
		return NULL;
	/* Capacity and used are multiples of the alignment, so rounding up never passes the cap. */
	arena->used += (size + ARENA_ALIGNMENT - 1) / ARENA_ALIGNMENT * ARENA_ALIGNMENT;
	unpoison(block, size);
	return block;
}

void *arena_calloc(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;
	void *block;

	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	block = arena_alloc(arena, bytes);
	if (block)
		memset(block, 0, bytes);
	return block;
}

void arena_rewind(struct arena *arena, size_t used)
{
	poison(arena->base + used, arena->used - used);
	arena->used = used;
}

void arena_reset(struct arena *arena)
{
	arena_rewind(arena, 0);
}

void arena_release(struct arena *arena)
{
	if (arena->base)
		unpoison(arena->base, arena->capacity);
	free(arena->base);
	*arena = (struct arena){0};
}
