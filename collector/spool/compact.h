/*
 * A full spool: what waits longest is merged (merge.h), and only when that does not help the oldest
 * is given up.
 *
 * A record that may have been sent must never be merged: Kafka may hold it although nothing was
 * acknowledged, and as a part of something new it would count twice. So spool_next() notes durably
 * how far it has handed records out before it does (DIR/sent), and only what is behind that is
 * merged. A batch that leaves must also have the number behind the last one, or the aggregator
 *would report what was merged as missing. So all that was never sent is written again, merged or
 *not, in a new stream, behind the newest record; what was sent stays as it is, before it:
 *
 *	before   1..500 sent | 501..4000 never sent
 *	after    1..500 sent |                      | 4001..4300 instead, numbered 1..300 of a new
 *stream
 *
 * Invariants
 *  - Nothing has happened before the identity, with the new stream and the range 501..4000 that is
 *    merged away, was renamed into its place: until then the new segments are called <first>.new
 *and are nobody's. After that everything has happened: spool_finish_merge() renames them, deletes
 *    what they stand for, and does so again at each start. So a crash at any instant leaves each
 *    record once.
 *  - The state of the newest record is in the newest record.
 *  - Memory is bounded by one batch and one merged batch; time by the size of the spool, which is
 *    read once for each 64th of it that is written.
 */
#ifndef COLLECTOR_SPOOL_COMPACT_H
#define COLLECTOR_SPOOL_COMPACT_H

#include "collector/spool/spool.h"

/* Complete the merge that the identity tells of. Before segments are listed. */
int spool_finish_merge(int dirfd, const struct spool_merge *merge);

#endif
