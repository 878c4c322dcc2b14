/*
 * Why three sums: see the header. This file is the arithmetic alone.
 */
#include "collector/meter/amount.h"

#include <assert.h>

#define WHOLE_MAX (UINT64_MAX >> 4) /* a row's three parts never overflow when added */

void amount_book(struct amount *amount, fine_t used, fine_t reserved)
{
	fine_t both = used < reserved ? used : reserved;

	amount->over += used - both;
	amount->idle += reserved - both;
	amount->both += both;
}

static uint64_t whole(fine_t fine, uint64_t unit)
{
	fine_t value = fine / unit;

	return value < WHOLE_MAX ? (uint64_t)value : WHOLE_MAX;
}

struct amount_whole amount_whole(const struct amount *amount, uint64_t unit)
{
	return (struct amount_whole){
		.over = whole(amount->over, unit),
		.idle = whole(amount->idle, unit),
		.both = whole(amount->both, unit),
	};
}

static void take(fine_t *fine, uint64_t whole_units, uint64_t unit)
{
	fine_t taken = (fine_t)whole_units * unit;

	assert(taken <= *fine);
	*fine -= taken;
}

void amount_take(struct amount *amount, const struct amount_whole *whole_units, uint64_t unit)
{
	take(&amount->over, whole_units->over, unit);
	take(&amount->idle, whole_units->idle, unit);
	take(&amount->both, whole_units->both, unit);
}
