/*
 * Which cgroups are metered by whom, for one pass. Pure.
 *
 * Life cycle: zeroed -> (claims_clear() -> claims_add()* -> claims_seal() ->
 * claims_is_taken()*)* -> claims_release().
 */
#ifndef COLLECTOR_SOURCE_CLAIMS_H
#define COLLECTOR_SOURCE_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who comes first where two sources see the same CPU; see source.h. */
enum source_rank { SOURCE_RANK_POD, SOURCE_RANK_CGROUP, SOURCE_RANK_PROCESS };

struct claim {
	uint64_t cgroup; /* inode of its directory, and of which tree: cgroup_tree_key() */
	enum source_rank rank;
};

struct claims {
	struct claim *claim;
	size_t count;
	size_t capacity;
};

void claims_clear(struct claims *claims);
void claims_release(struct claims *claims);

/* -ENOMEM. */
int claims_add(struct claims *claims, enum source_rank rank, uint64_t cgroup);

/* Nothing is added after this. */
void claims_seal(struct claims *claims);

/* Whether a source that comes before @rank meters @cgroup. */
bool claims_is_taken(const struct claims *claims, enum source_rank rank, uint64_t cgroup);

#endif
