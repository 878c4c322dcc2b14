/*
 * What a reaper's cutime + cstime gained, explained by those that vanished. Pure.
 *
 * Invariants
 *  - Shares add up to the total exactly (largest remainder, ties: lower index first), and no
 *    share is larger than its cap; what no cap admits is left over.
 *  - The kernel truncates cutime and cstime to whole ticks each, so a reaper's counter may read
 *    up to two ticks less than what is in it, and never more.
 */
#ifndef COLLECTOR_SOURCE_PROCESS_RESIDUAL_H
#define COLLECTOR_SOURCE_PROCESS_RESIDUAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Share @total out by @weight (all zero: evenly), each share at most @cap. Returns what is left
 * over: 0 unless every one is at its cap. Nobody to share with: all of it.
 */
uint64_t residual_share(
	uint64_t total, const uint64_t *weight, size_t n, uint64_t cap, uint64_t *ret_share);

/* Whether a counter that reads @counter, @explained of it known, can hold @nsec more. */
bool residual_holds(uint64_t counter, uint64_t explained, uint64_t nsec, uint64_t tick_nsec);

/* @explained, brought back to what a counter that reads @counter can hold at most. */
uint64_t residual_clamp(uint64_t counter, uint64_t explained, uint64_t tick_nsec);

#endif
