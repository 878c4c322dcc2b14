/*
 * Intervals of usage that another accounting system reports. They say of themselves when and on
 * which node they were, so they are no rows of this node's window: they leave in batches of their
 * own (proto/interval_batch.h), flagged `imported`, whose node rows cover nothing.
 *
 * Invariants
 *  - What was added leaves in exactly one committed batch.
 *  - While a set is on its way nothing is added to it: its batches must not change.
 *
 * Life cycle: zeroed -> (reported_add()* -> (reported_close() -> reported_commit())* )* ->
 * reported_release(). A batch that was closed and not committed is closed again.
 */
#ifndef COLLECTOR_METER_REPORTED_H
#define COLLECTOR_METER_REPORTED_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/meter/state_codec.h"
#include "common/interval_set.h"
#include "proto/interval_batch.h"

struct reported {
	struct interval_set set;
	bool has_set;
	struct interval_batcher *batcher; /* NULL: nothing was closed yet */
	uint32_t n_committed;		  /* batches */
	bool is_closed;			  /* one more is closed */
};

void reported_release(struct reported *reported);

/* Whether something was added that is not committed in whole. */
bool reported_is_pending(const struct reported *reported);

/* -EBUSY while what was added before is on its way; or why the set does not take it. */
int reported_add(struct reported *reported, const struct usage_interval *interval);

/* The next batch, valid until the next call. -EAGAIN: there is none. */
int reported_close(struct reported *reported, struct hm_batch *ret);
void reported_commit(struct reported *reported);

/* As it is after a commit of the closed batch. */
void reported_save(const struct reported *reported, struct state_writer *writer);

/* @reported comes empty. Failures are the reader's. */
void reported_restore(struct reported *reported, struct state_reader *reader);

#endif
