/*
 * Finding the end of a spool again. There is no ledger besides the segments themselves: what is
 * there is found by reading, so nothing can disagree with them.
 *
 * Used within the room.
 */
#ifndef COLLECTOR_SPOOL_RECOVER_H
#define COLLECTOR_SPOOL_RECOVER_H

#include "collector/spool/spool.h"

/*
 * With directory and cursor open: the segments, the place of the next record, the state of the last
 * one where it may be used, and a stream that the next record may go on in.
 */
int spool_recover(struct spool *spool, struct buffer *ret_state);

/*
 * From now on @sequence, and all before it, may be with Kafka. Noted some records ahead, so that
 * not each one costs a sync. Where it can't be noted it is sent all the same: what waits on a disk
 * that fails is best sent. It is tried again with each record that is read or written.
 */
void spool_note_sent(struct spool *spool, uint64_t sequence);

#endif
