/*
 * From intervals of usage to batches on the wire, as if a collector had sent them.
 *
 * Invariants
 *  - An interval is cut at midnights of UTC, whatever stands beside it; a piece is one row. So its
 *    rows are a matter of the interval alone, and their sums are what was given, exactly.
 *  - Every batch is valid (proto/validate.h) and takes at most INTERVAL_BATCH_MAX_BYTES. It is of
 *    one hub, node and class; its rows are flagged `imported`; its node row covers nothing, has no
 *    capacity, and used = sum of the rows.
 *  - Rows times slots of the window stay below INTERVAL_BATCH_MAX_SLOTS, so that an aggregator
 *    with little memory can take each batch.
 *  - The stream is named after the content, and the batches are numbered 1, 2, 3, ... in the order
 *    of the set: the same intervals make the same batches, byte by byte. The aggregator drops what
 *    it has seen of a stream, so sending twice counts once, and sending again completes a half.
 *    For that reason the cutting must never change: tests/unit/proto/test_interval_batch.c holds
 *    its digest.
 *
 * Life cycle: interval_batcher_new() on a sorted set's run of one hub -> interval_batcher_next()*
 * -> interval_batcher_free(). The set must not change meanwhile.
 */
#ifndef PROTO_INTERVAL_BATCH_H
#define PROTO_INTERVAL_BATCH_H

#include <stdint.h>

#include "common/interval_set.h"
#include "hubmeter/usage.h"

#define INTERVAL_BATCH_MAX_ROWS	 2000u
#define INTERVAL_BATCH_MAX_SLOTS 48000u
#define INTERVAL_BATCH_MAX_BYTES ((size_t)512 << 10)

struct interval_batcher;

/* Begin with intervals [@first, @end) of @set, which are of one hub; at least one. -ENOMEM. */
int interval_batcher_new(const struct interval_set *set, uint32_t first, uint32_t end,
	struct interval_batcher **ret);
void interval_batcher_free(struct interval_batcher *batcher);

/* The next batch, which lives until the next call. -ENODATA: there is none. */
int interval_batcher_next(struct interval_batcher *batcher, struct hm_batch *ret);

/* Again from the first batch on. */
void interval_batcher_rewind(struct interval_batcher *batcher);

#endif
