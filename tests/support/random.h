/*
 * A seeded generator (splitmix64): the same seed gives the same test on every machine.
 */
#ifndef TESTS_SUPPORT_RANDOM_H
#define TESTS_SUPPORT_RANDOM_H

#include <stdint.h>

struct random_source {
	uint64_t state; /* the seed to start with */
};

static inline uint64_t random_u64(struct random_source *source)
{
	uint64_t z = source->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* 0 .. @bound - 1. */
static inline uint64_t random_below(struct random_source *source, uint64_t bound)
{
	return random_u64(source) % bound;
}

#endif
