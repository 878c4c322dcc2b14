/* A sorted array, made anew in every pass. */
#include "collector/source/claims.h"

#include <errno.h>
#include <stdlib.h>

#include "common/array.h"

void claims_clear(struct claims *claims)
{
	claims->count = 0;
}

void claims_release(struct claims *claims)
{
	free(claims->claim);
	*claims = (struct claims){0};
}

int claims_add(struct claims *claims, enum source_rank rank, uint64_t cgroup)
{
	int r = array_make_room(
		&claims->claim, claims->count, &claims->capacity, sizeof(*claims->claim), 64);

	if (r < 0)
		return r;
	claims->claim[claims->count++] = (struct claim){.cgroup = cgroup, .rank = rank};
	return 0;
}

/* By cgroup; of several claims the one that comes first. */
static int compare(const void *left, const void *right)
{
	const struct claim *a = left, *b = right;

	if (a->cgroup != b->cgroup)
		return a->cgroup < b->cgroup ? -1 : 1;
	return (int)a->rank - (int)b->rank;
}

void claims_seal(struct claims *claims)
{
	if (claims->count > 0)
		qsort(claims->claim, claims->count, sizeof(*claims->claim), compare);
}

bool claims_is_taken(const struct claims *claims, enum source_rank rank, uint64_t cgroup)
{
	size_t low = 0, high = claims->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (claims->claim[middle].cgroup < cgroup)
			low = middle + 1;
		else
			high = middle;
	}
	return low < claims->count && claims->claim[low].cgroup == cgroup &&
	       claims->claim[low].rank < rank;
}
