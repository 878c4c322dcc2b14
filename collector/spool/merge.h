/*
 * Batches of one quarter of an hour as one: what a full spool makes of what waits longest.
 *
 * Invariants
 *  - Sums are exact: of each workload's quantities in its slot, and of the node's row. Therefore
 *    only batches whose window lies within one slot are merged: the aggregator would book all of
 *    them into that slot. One across an edge is split there by rules of the aggregator's own, and
 *    is left as it is.
 *  - Batches of another node, boot or class, dated by a clock that was set in between, or of
 *    windows that overlap are not merged with one another, and imported ones with nothing.
 *  - A row is told from another by kind, workload and class. It says whose it is as the newest
 * batch that knows; where two batches name different people they stay two rows. Flags are or-ed.
 *  - The merged batch is valid (proto/validate.h) and takes at most MERGE_MAX_SIZE encoded bytes,
 *    as long as each of its parts is and does.
 *
 * Pure. Life cycle: merger_new() -> (merger_add()* -> merger_take())* -> merger_free().
 */
#ifndef COLLECTOR_SPOOL_MERGE_H
#define COLLECTOR_SPOOL_MERGE_H

#include <stdbool.h>
#include <stddef.h>

#include "hubmeter/usage.h"

#define MERGE_MAX_SIZE ((size_t)512 * 1024) /* half of what brokers take by default */

struct merger;

/* -ENOMEM. The caller frees. */
int merger_new(struct merger **ret);
void merger_free(struct merger *merger);

/* Whether @batch may be merged with any. */
bool merger_accepts(const struct hm_batch *batch);

/* Add @batch, whose memory may go afterwards. -EAGAIN: not to what is there, take that first. */
int merger_add(struct merger *merger, const struct hm_batch *batch);

/*
 * What was added since the last one, without stream and sequence; valid until the next
 * merger_add(). -ENODATA: nothing was.
 */
int merger_take(struct merger *merger, struct hm_batch *ret);

#endif
