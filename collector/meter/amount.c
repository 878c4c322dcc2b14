/*
 * Why three sums: see the header. This file is the arithmetic alone.
 */
#include "collector/meter/amount.h"

#include <assert.h>

#define WHOLE_MAX (UINT64_MAX >> 4) /* a row's three parts never overflow when added */

void amount_book(struct amount *amount, uint128 used, uint128 reserved)
{
	uint128 base = used < reserved ? used : reserved;

	amount->burst += used - base;
	amount->idle += reserved - base;
	amount->base += base;
}

static uint64_t whole(uint128 fine, uint64_t unit)
{
	uint128 value = fine / unit;

	return value < WHOLE_MAX ? (uint64_t)value : WHOLE_MAX;
}

struct amount_whole amount_whole(const struct amount *amount, uint64_t unit)
{
	return (struct amount_whole){
		.burst = whole(amount->burst, unit),
		.idle = whole(amount->idle, unit),
		.base = whole(amount->base, unit),
	};
}

static void take(uint128 *fine, uint64_t whole_units, uint64_t unit)
{
	uint128 taken = (uint128)whole_units * unit;

	assert(taken <= *fine);
	*fine -= taken;
}

void amount_take(struct amount *amount, const struct amount_whole *whole_units, uint64_t unit)
{
	take(&amount->burst, whole_units->burst, unit);
	take(&amount->idle, whole_units->idle, unit);
	take(&amount->base, whole_units->base, unit);
}
