/*
 * Used, reserved and billable of one resource of one workload, summed without loss. Pure.
 *
 * billable is max(used, reserved) per interval, so what has to travel are three integers with
 *
 *	max(used, reserved) <= billable <= used + reserved		(L)
 *
 * in every single batch, although each is rounded to whole units and the fractions are carried.
 * Rounding the three sums separately breaks (L), and mending it by force lets billable drift.
 * Therefore three other sums are kept, which partition billable:
 *
 *	burst = used - min	idle = reserved - min	base = min(used, reserved)
 *	used = burst + base	reserved = idle + base	billable = burst + idle + base
 *
 * Any three natural numbers satisfy (L), so each may be rounded down and carry its own fraction.
 *
 * Invariants
 *  - (L) holds for the figures of every window.
 *  - What was booked minus what was taken is never negative and, after everything whole was
 *    taken, less than two units for used and for reserved, three for billable, for ever.
 */
#ifndef COLLECTOR_METER_AMOUNT_H
#define COLLECTOR_METER_AMOUNT_H

#include <stdint.h>

typedef unsigned __int128 uint128; /* no sum of fine units overflows it */

struct amount {
	uint128 burst;
	uint128 idle;
	uint128 base;
};

/* In whole units. */
struct amount_whole {
	uint64_t burst;
	uint64_t idle;
	uint64_t base;
};

/* One interval, or a part of it: what was used and reserved in it, in fine units. */
void amount_book(struct amount *amount, uint128 used, uint128 reserved);

/* The whole units in @amount, @unit fine ones each. Saturates far above what a decoder accepts. */
struct amount_whole amount_whole(const struct amount *amount, uint64_t unit);

/* Take @whole out of @amount; not more than amount_whole() said. */
void amount_take(struct amount *amount, const struct amount_whole *whole, uint64_t unit);

static inline uint64_t amount_used(const struct amount_whole *whole)
{
	return whole->burst + whole->base;
}

static inline uint64_t amount_reserved(const struct amount_whole *whole)
{
	return whole->idle + whole->base;
}

static inline uint64_t amount_billable(const struct amount_whole *whole)
{
	return whole->burst + whole->idle + whole->base;
}

#endif
