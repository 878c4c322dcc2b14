/* Open addressing without removal: a set lives as long as one round. */
#include "collector/source/storage/id_set.h"

#include <errno.h>
#include <stdlib.h>

#include "common/hash.h"

#define SLOTS_MIN 1024u

void id_set_clear(struct id_set *set)
{
	free(set->slot);
	*set = (struct id_set){.seed = set->seed};
}

/* Where @id is, or the free slot for it. */
static uint64_t *find(const struct id_set *set, uint64_t id)
{
	uint32_t mask = set->slots - 1;
	uint32_t i = (uint32_t)hash_mix(id, set->seed) & mask;

	while (set->slot[i] != 0 && set->slot[i] != id)
		i = (i + 1) & mask;
	return &set->slot[i];
}

static int grow(struct id_set *set)
{
	struct id_set larger = {.seed = set->seed, .count = set->count};

	larger.slots = set->slots ? 2 * set->slots : SLOTS_MIN;
	larger.slot = calloc(larger.slots, sizeof(*larger.slot));
	if (!larger.slot)
		return -ENOMEM;
	for (uint32_t i = 0; i < set->slots; i++)
		if (set->slot[i] != 0)
			*find(&larger, set->slot[i]) = set->slot[i];
	free(set->slot);
	*set = larger;
	return 0;
}

bool id_set_has(const struct id_set *set, uint64_t id)
{
	return set->slots > 0 && *find(set, id) == id;
}

int id_set_add(struct id_set *set, uint64_t id)
{
	int r = 0;

	if (id_set_has(set, id))
		return 0;
	if (set->count == ID_SET_MAX)
		return -ENOSPC;
	if (2 * (set->count + 1) > set->slots)
		r = grow(set);
	if (r < 0)
		return r;
	*find(set, id) = id;
	set->count++;
	return 1;
}
