/*
 * Splitting what was used in an interval over the quarters of an hour it touches.
 *
 * Invariants
 *  - The shares of one quantity add up to it exactly.
 *  - Every share is the exact proportional one rounded down or up (largest remainder; equal
 *    remainders: the lower slot first). No floating point: products have 128 bits.
 *  - An interval inside one slot keeps its quantity whole.
 *
 * Pure: nothing to create or release.
 *
 *	slot_span_init(&span, start, end);
 *	slot_split(&span, quantity, &split);
 *	for (i = 0; i < span.count; i++)
 *		add(slot_at(&span, i), slot_share(&split, i));
 */
#ifndef AGGREGATOR_ROLLUP_SLOT_H
#define AGGREGATOR_ROLLUP_SLOT_H

#include <stdint.h>

/* The slots in the middle are all alike, so an interval has at most three kinds of slots. */
enum slot_part { SLOT_PART_FIRST, SLOT_PART_MIDDLE, SLOT_PART_LAST, SLOT_PART_COUNT };

struct slot_span {
	int64_t first_usec; /* start of the first slot */
	uint32_t count;	    /* slots touched */
	uint64_t total_usec;
	uint64_t weight_usec[SLOT_PART_COUNT]; /* of each slot of that kind */
	uint32_t members[SLOT_PART_COUNT];
};

struct slot_split {
	uint32_t count;
	uint64_t floor[SLOT_PART_COUNT];
	uint32_t extra[SLOT_PART_COUNT]; /* so many of the kind, lowest first, get one more */
};

/* Start of the slot that holds @usec. */
int64_t slot_floor(int64_t usec);

/* [start, end) -> slots. -EINVAL when it is empty, -ERANGE when it has more than 2^31 slots. */
int slot_span_init(struct slot_span *span, int64_t start_usec, int64_t end_usec);

static inline int64_t slot_at(const struct slot_span *span, uint32_t i)
{
	return span->first_usec + (int64_t)i * (900LL * 1000 * 1000);
}

void slot_split(const struct slot_span *span, uint64_t quantity, struct slot_split *ret);

/* What slot @i < count gets. */
uint64_t slot_share(const struct slot_split *split, uint32_t i);

#endif
