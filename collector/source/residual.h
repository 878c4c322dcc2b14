/*
 * The arithmetic of what a reaper's cutime + cstime gained. Pure.
 *
 * Invariants
 *  - Shares that are cut off one after the other add up to the total exactly, each within a
 *    nanosecond of its part.
 *  - The kernel truncates cutime and cstime to whole ticks each, so a reaper's counter may read
 *    up to two ticks less than what is in it, and never more.
 */
#ifndef COLLECTOR_SOURCE_RESIDUAL_H
#define COLLECTOR_SOURCE_RESIDUAL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Cut the share of one with @weight off *@total, which is to be shared by *@weights, and take it
 * and its weight off both. The last one gets all that is left. At most k * @weight if *@total was
 * at most k * *@weights.
 */
uint64_t residual_cut(uint64_t *total, uint64_t *weights, uint64_t weight);

/*
 * Whether a counter that reads @counter, @attributed of it known, can hold @nsec more, where
 * @readings of counters, this one included, are in these figures.
 */
bool residual_holds(uint64_t counter, uint64_t attributed, uint64_t nsec, unsigned int readings,
	uint64_t tick_nsec);

/* @attributed, brought back to what a counter that reads @counter can hold at most. */
uint64_t residual_clamp(uint64_t counter, uint64_t attributed, uint64_t tick_nsec);

/*
 * What a process would use in @elapsed_usec if it went on as it did in the last @recent_usec,
 * when it used @recent_nsec; never more than those: nobody saw it do that for longer.
 */
uint64_t residual_expected(uint64_t recent_nsec, uint64_t recent_usec, uint64_t elapsed_usec);

#endif
