/*
 * What a run of batches adds up to: one entry per distinct key, however many batches there were.
 *
 * Invariants
 *  - A batch is added whole or not at all.
 *  - Sums only: the order of batches does not matter, except that of two different names for one
 *    workload the first non-empty one wins.
 *  - In every slot a node's `used` = its system share + the shares of its workload rows, exactly:
 *    it is summed from the shares, so rounding at a slot's edge cannot part the two.
 *  - What the kernel measured is summed apart from it. Part of a slot measured is not measured, in
 *    whatever order the batches come; those that say nothing of the node do not matter.
 *  - Every sum fits int64_t, as the database's columns do.
 *  - rollup_used_bytes() <= the limit given at init.
 *
 * Life cycle: rollup_init() -> rollup_add()* -> read the tables -> rollup_clear() -> ... ->
 * rollup_release(). The rollup owns all memory its entries point at, until cleared.
 */
#ifndef AGGREGATOR_ROLLUP_ROLLUP_H
#define AGGREGATOR_ROLLUP_ROLLUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/hash_table.h"
#include "common/interner.h"
#include "hubmeter/usage.h"

struct rollup_class {
	uint32_t name; /* here and below: number in strings */
};

#define ROLLUP_NEVER INT64_MIN

struct rollup_node {
	uint32_t hub;
	uint32_t name;
	int64_t last_window_end_usec;
	int64_t last_observed_usec; /* the same of windows that are not imported; or NEVER */
};

struct rollup_workload {
	uint32_t node; /* number in nodes */
	uint32_t kind;
	uint32_t external_id;
	uint32_t username; /* INTERNER_EMPTY until a row names it; so are the next two */
	uint32_t server_name;
	uint32_t tag;
	uint32_t recent_slot; /* number in slots used last: saves most look-ups */
	int64_t first_slot_usec;
};

struct rollup_slot {
	int64_t slot_usec;
	uint32_t workload;
	uint32_t class;
	uint32_t flags;
	uint64_t quantity[HM_QUANTITY_COUNT];
};

/* What the kernel measured of a node, see struct hm_node_measured. */
enum rollup_measured {
	ROLLUP_MEASURED_CPU_USEC,
	ROLLUP_MEASURED_CPU_STEAL_USEC,
	ROLLUP_MEASURED_MEMORY_MIB_SEC,
	ROLLUP_MEASURED_COUNT
};

struct rollup_node_slot {
	int64_t slot_usec;
	uint32_t node;
	uint32_t class;
	uint64_t coverage_msec;
	uint64_t capacity[HM_RESOURCE_COUNT];
	uint64_t used[HM_RESOURCE_COUNT];
	uint64_t system[HM_RESOURCE_COUNT];
	bool was_measured;   /* by some batch */
	bool was_unmeasured; /* by some that speaks of the node: then the sums below lack a part */
	uint32_t measured_flags;
	uint64_t measured[ROLLUP_MEASURED_COUNT];
};

#define ROLLUP_BOUNDS (HM_QUANTITY_COUNT + 1 + 3 * HM_RESOURCE_COUNT + ROLLUP_MEASURED_COUNT)

struct rollup {
	uint64_t seed;
	size_t limit_bytes;
	uint64_t bound[ROLLUP_BOUNDS]; /* no sum of that quantity can be greater */
	struct interner strings;
	struct hash_table classes;    /* of struct rollup_class */
	struct hash_table nodes;      /* of struct rollup_node */
	struct hash_table workloads;  /* of struct rollup_workload */
	struct hash_table slots;      /* of struct rollup_slot */
	struct hash_table node_slots; /* of struct rollup_node_slot */
	uint32_t *text;		      /* scratch: a batch's dictionary index -> number in strings */
};

/* @seed is what strangers must not know. -ENOMEM. */
int rollup_init(struct rollup *rollup, uint64_t seed, size_t limit_bytes);
void rollup_release(struct rollup *rollup);

/*
 * Add a valid batch of @hub. -EAGAIN: it does not fit beside what is there, flush first;
 * -ENOSPC: not even alone; -EOVERFLOW: a quantity that no database column holds; -ENOMEM.
 */
int rollup_add(struct rollup *rollup, const char *hub, const struct hm_batch *batch);

/* Distinct keys: what a flush costs. */
size_t rollup_keys(const struct rollup *rollup);

size_t rollup_used_bytes(const struct rollup *rollup);

/* Whether all that is known of the node in this slot came with what the kernel measured. */
static inline bool rollup_node_slot_is_measured(const struct rollup_node_slot *slot)
{
	return slot->was_measured && !slot->was_unmeasured;
}

void rollup_clear(struct rollup *rollup);

#endif
