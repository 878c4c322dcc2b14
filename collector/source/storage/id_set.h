/*
 * Numbers that were seen, in bounded memory: inodes with several names, projects with several
 * directories. Pure.
 *
 * Invariants
 *  - At most ID_SET_MAX numbers, 4 MiB. What does not fit is refused; what is in stays.
 *  - 0 is no number: no inode or project is called so.
 *
 * Life cycle: zeroed with a seed -> id_set_add()* -> id_set_clear() (gives the memory back) -> ...
 */
#ifndef COLLECTOR_SOURCE_STORAGE_ID_SET_H
#define COLLECTOR_SOURCE_STORAGE_ID_SET_H

#include <stdbool.h>
#include <stdint.h>

#define ID_SET_MAX (1u << 18)

struct id_set {
	uint64_t seed; /* what strangers must not know */
	uint64_t *slot;
	uint32_t slots; /* a power of two, at least twice the count; 0: none yet */
	uint32_t count;
};

void id_set_clear(struct id_set *set);

/* 1: it is new; 0: it was in. -ENOSPC: new, and there is no room; -ENOMEM. */
int id_set_add(struct id_set *set, uint64_t id);

bool id_set_has(const struct id_set *set, uint64_t id);

#endif
