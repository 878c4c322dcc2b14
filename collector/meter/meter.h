/*
 * The meter: samples one node's workloads and closes windows into batches.
 *
 * Invariants
 *  - Usage is a difference of cumulative counters; what a window books, no later window books
 *    again, and a state saved with the window resumes exactly behind it.
 *  - Every closed batch: node used = system + sum of rows, for CPU and memory, exactly.
 *  - Nothing here writes, sends or sleeps; the clock, the sources and the /proc directory are
 *    arguments.
 *
 * Life cycle: meter_new() -> meter_restore()? -> (meter_pass()* -> meter_close_window() ->
 * meter_save() -> meter_commit_window())* -> meter_free().
 *
 * A window that was closed but could not be written down is not committed: the next
 * meter_close_window() covers it too.
 */
#ifndef COLLECTOR_METER_METER_H
#define COLLECTOR_METER_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/source/source.h"
#include "common/buffer.h"
#include "common/clock.h"
#include "hubmeter/usage.h"

struct gpu;
struct meter;

/*
 * Borrows all its arguments. Sources that their options switch off are left out. -ENOMEM, or the
 * reason why the machine or what a source needs can't be read. The caller frees.
 */
int meter_new(const struct config *config, const struct clock *clock,
	const struct source_ops *const *sources, struct meter **ret);
void meter_free(struct meter *meter);

/*
 * Resume behind a state that meter_save() wrote. -EBADMSG: not a state; the meter starts afresh.
 * A source that refuses its section starts afresh by itself, and this is logged here.
 */
int meter_restore(struct meter *meter, const void *state, size_t size);

/* 16 bytes, as long as the meter lives. */
const uint8_t *meter_boot_id(const struct meter *meter);

/* Take one sample of everything, now. An error costs this sample, not the meter. */
int meter_pass(struct meter *meter);

/* A descriptor that becomes readable when a source has something. -1: not available. */
int meter_event_fd(const struct meter *meter);

/*
 * It is readable: workloads that ended are booked up to their ends, if their sources can do that by
 * themselves. True: else, and a pass is wanted soon.
 */
bool meter_on_event(struct meter *meter);

/* Whether a workload ended since the last committed window. */
bool meter_has_ended_workloads(const struct meter *meter);

/*
 * The next batch: of the window since the last committed one up to the last pass, of rows that
 * found no room in it, or of intervals that a source was told of. The batch, whose stream and
 * sequence are the spool's business, is valid until the next call on this meter.
 * -EAGAIN: no pass yet, or nothing new since the last commit.
 */
int meter_close_window(struct meter *meter, struct hm_batch *ret);

/* Whether there is more than one batch took: close and commit again at once. */
bool meter_has_more(const struct meter *meter);

/* Say each workload that some source knows, behind a pass. */
void meter_explain(const struct meter *meter, explain_fn explain, void *context);

/* What the windows that were committed say of the node's CPU, since meter_new(). */
struct meter_totals {
	uint64_t cpu_workloads_usec; /* of all rows */
	uint64_t cpu_system_usec;    /* what no row explains */
	uint64_t cpu_measured_usec;  /* by the kernel, of windows that it was asked about */
};

struct meter_totals meter_totals(const struct meter *meter);

/* Say how many workloads each source meters, behind a pass. */
void meter_count(const struct meter *meter,
	void (*say)(void *context, const char *source, size_t count), void *context);

/* NULL: nobody looks at GPUs. */
const struct gpu *meter_gpu(const struct meter *meter);

/* Append the state behind the window just closed, which was behind a pass: settled is not enough.
 */
int meter_save(const struct meter *meter, struct buffer *state);

/* The window just closed is safe: start the next one behind it. */
void meter_commit_window(struct meter *meter);

#endif
