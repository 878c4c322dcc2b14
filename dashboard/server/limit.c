/* A token bucket in one number: the tokens it lacks are the time until it is full. */
#include "dashboard/server/limit.h"

#include "common/hash.h"

#define USEC_PER_SEC 1000000

void limit_init(struct limit *limit, uint64_t seed, unsigned per_sec, unsigned burst)
{
	*limit = (struct limit){.seed = seed, .usec_each = USEC_PER_SEC / per_sec};
	limit->usec_burst = limit->usec_each * burst;
}

bool limit_allows(struct limit *limit, const void *key, size_t size, int64_t now_usec)
{
	int64_t *full_at =
		&limit->full_at[hash_bytes(limit->seed, key, size) & (LIMIT_BUCKETS - 1)];
	int64_t lacks = *full_at > now_usec ? *full_at - now_usec : 0;

	if (lacks + limit->usec_each > limit->usec_burst)
		return false;
	*full_at = now_usec + lacks + limit->usec_each;
	return true;
}
