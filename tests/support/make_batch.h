/*
 * A valid batch from a seed, for the tests of every room.
 *
 * Invariant: as made, the batch passes hm_batch_validate(); different seeds give different users,
 * servers, tags, flags, offsets and quantities, and columns that hold only zeros now and then.
 * Hub "physics", node "node-1", sequence 1, the minute from 2026-09-01T00:00Z on a node with 64
 * cores, 256 GiB and 8 GPUs. A test changes what it cares about in place.
 *
 * Life cycle: made_batch_new() -> change, made_batch_balance()? -> made_batch_free(). Out of
 * memory aborts.
 */
#ifndef TESTS_SUPPORT_MAKE_BATCH_H
#define TESTS_SUPPORT_MAKE_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "hubmeter/usage.h"

#define MADE_BATCH_START_USEC 1788220800000000LL /* 2026-09-01T00:00Z */
#define MADE_BATCH_USEC	      60000000LL

struct made_batch {
	struct hm_batch batch; /* its columns are the ones below */

	uint32_t *kind, *workload, *user, *server, *tag, *resource_class, *flags;
	uint64_t *start_offset_usec, *end_offset_usec;
	uint64_t *quantity[HM_QUANTITY_COUNT];
	char **strings;
};

struct made_batch *made_batch_new(uint64_t seed, size_t n_rows);

/* Make node used = system + sum of the rows true again. */
void made_batch_balance(struct made_batch *made);

void made_batch_free(struct made_batch *made);

#endif
