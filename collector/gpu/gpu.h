/*
 * GPU time of processes, pass by pass: the driver is asked while the sources read their counters,
 * and what it said is there for them when they book.
 *
 *	gpu_begin(gpu);			the driver is asked, by a thread
 *	... sources observe ...
 *	gpu_end(gpu);			its answer is waited for, not for long
 *	gpu_ledger_take_cgroup(gpu_ledger(gpu), ...);
 *
 * Invariants
 *  - A pass waits for gpu_timeout at most, and not at all while an answer is overdue. What comes
 *    late is there at the next pass.
 *  - A machine without the library, without a driver or without GPUs is looked at again once a
 *    minute, and nothing else.
 *  - Of the time before the first answer, and of time that a GPU could not be read, nothing is
 *    known and nothing invented. There is no state: a restart is such a time.
 *  - What changes in what is seen is logged once.
 *
 * Life cycle: gpu_new() -> (gpu_begin() -> gpu_end())* -> gpu_free().
 */
#ifndef COLLECTOR_GPU_GPU_H
#define COLLECTOR_GPU_GPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/gpu/ledger.h"
#include "common/clock.h"

struct config;
struct gpu;

/* Borrows both. -ENOENT: the options say not to; -ENOMEM, or why /proc can't be read. */
int gpu_new(const struct config *config, const struct clock *clock, struct gpu **ret);
void gpu_free(struct gpu *gpu);

void gpu_begin(struct gpu *gpu);
void gpu_end(struct gpu *gpu);

/* What processes did and nobody took yet. */
struct gpu_ledger *gpu_ledger(struct gpu *gpu);

/* Whether processes are seen on GPUs here: an end wants a whole pass then. */
bool gpu_is_metering(const struct gpu *gpu);

/* What was seen of GPUs last, for who watches the program. */
struct gpu_figures {
	size_t n_metered, n_sliced, n_unreadable;
	bool has_driver; /* a driver has answered with GPUs, once */
	bool is_away;	 /* it does not answer, or not in time */
};

struct gpu_figures gpu_figures(const struct gpu *gpu);

/*
 * Whether the pass that begins may end with something in the ledger: not where the driver has
 * answered and no GPU was ever there, as of the first look at one there is nothing to tell.
 */
bool gpu_may_tell(const struct gpu *gpu);

#endif
