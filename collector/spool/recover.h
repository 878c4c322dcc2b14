/*
 * Finding the end of a spool again. There is no ledger besides the segments themselves: what is
 * there is found by reading, so nothing can disagree with them.
 *
 * Used by spool.c and read.c.
 */
#ifndef COLLECTOR_SPOOL_RECOVER_H
#define COLLECTOR_SPOOL_RECOVER_H

#include "collector/spool/spool.h"

/*
 * With directory and cursor open: the segments, the place of the next record, the state of the last
 * one where it may be used, and a stream that the next record may go on in.
 */
int spool_recover(struct spool *spool, struct buffer *ret_state);

/* Whether @error is the segment's own, so that others may be read; not a lack of memory, say. */
bool spool_segment_is_to_blame(int error);

/* Rename the segment to .bad and forget it. Where it can't be renamed it is only forgotten. */
void spool_set_aside(struct spool *spool, uint64_t first);

#endif
