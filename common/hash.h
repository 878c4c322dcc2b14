/*
 * A seeded hash for tables whose keys strangers choose. Not for storage: differs from run to run.
 */
#ifndef COMMON_HASH_H
#define COMMON_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Another one for every table; 0 where the kernel has none yet. */
uint64_t hash_random_seed(void);

static inline uint64_t hash_mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product =
		(unsigned __int128)(a ^ 0x9e3779b97f4a7c15u) * (b ^ 0xd6e8feb86659fd93u);

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t hash_bytes(uint64_t seed, const void *data, size_t size)
{
	const unsigned char *at = data;
	uint64_t hash = hash_mix(seed, size);
	uint64_t word;

	for (; size >= sizeof(word); size -= sizeof(word), at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		hash = hash_mix(hash ^ word, seed);
	}
	word = 0;
	memcpy(&word, at, size);
	return hash_mix(hash ^ word, seed);
}

#endif
