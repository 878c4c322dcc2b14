/*
 * The state behind a window, as bytes: what a restarted collector must know to go on exactly
 * there.
 *
 * Invariants
 *  - What is written is the state after a commit of the closed window, or the state as it is if
 *    none is closed.
 *  - Reading never trusts: lengths, counts and indexes are checked, -EBADMSG leaves the outputs
 *    untouched. (That the bytes are those written is the spool's CRC's business.)
 *  - Besides the processes of servers it keeps their reapers outside, and the reapers' other
 *    children, so that the end of a server while no collector ran is still found.
 *
 * Format: little-endian integers in the order of checkpoint.c, strings with a length before
 * them; a magic number and a version lead.
 */
#ifndef COLLECTOR_METER_CHECKPOINT_H
#define COLLECTOR_METER_CHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "collector/meter/node_sample.h"
#include "collector/meter/window.h"
#include "collector/source/process/process_table.h"
#include "common/buffer.h"

/* When and where the last pass was. */
struct meter_moment {
	uint8_t boot_id[16];
	int64_t boottime_usec;
	int64_t monotonic_usec;
	int64_t realtime_usec;
	struct node_sample node;
};

int meter_state_save(const struct window *window, const struct process_table *table,
	const struct meter_moment *moment, struct buffer *buffer);

/* @ret_window and @ret_table come empty; the caller releases both. -EBADMSG, -ENOMEM. */
int meter_state_restore(const void *data, size_t size, struct window *ret_window,
	struct process_table *ret_table, struct meter_moment *ret_moment);

#endif
