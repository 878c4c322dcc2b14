/*
 * The kernel keeps the CPU of a process that was waited for in its parent. This is the
 * arithmetic that finds it there again.
 */
#include "collector/source/residual.h"

typedef unsigned __int128 u128;

uint64_t residual_cut(uint64_t *total, uint64_t *weights, uint64_t weight)
{
	uint64_t share;

	if (*weights == 0)
		return 0;
	share = (uint64_t)((u128)*total * weight / *weights);
	*total -= share;
	*weights -= weight;
	return share;
}

static uint64_t max_content(uint64_t counter, uint64_t tick_nsec)
{
	uint64_t max;

	return __builtin_add_overflow(counter, 2 * tick_nsec, &max) ? UINT64_MAX : max;
}

bool residual_holds(uint64_t counter, uint64_t attributed, uint64_t nsec, unsigned int readings,
	uint64_t tick_nsec)
{
	uint64_t max = max_content(counter, readings * tick_nsec);

	return attributed <= max && nsec <= max - attributed;
}

uint64_t residual_clamp(uint64_t counter, uint64_t attributed, uint64_t tick_nsec)
{
	uint64_t max = max_content(counter, tick_nsec);

	return attributed < max ? attributed : max;
}

uint64_t residual_expected(uint64_t recent_nsec, uint64_t recent_usec, uint64_t elapsed_usec)
{
	if (elapsed_usec >= recent_usec)
		return recent_usec ? recent_nsec : 0;
	return (uint64_t)((u128)recent_nsec * elapsed_usec / recent_usec);
}
