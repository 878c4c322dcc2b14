/* Where tables get the seed that strangers must not know. */
#include "common/hash.h"

#include <sys/random.h>

uint64_t hash_random_seed(void)
{
	uint64_t seed = 0;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != (ssize_t)sizeof(seed))
		seed = 0; /* early at boot: a known seed is no fault, only slow under attack */
	return seed;
}
