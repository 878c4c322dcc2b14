/*
 * A sealed segment without its states. Batch and state stay one record, one write and one checksum
 * when they are written; but only the newest record's state is ever used, and a state is many times
 * as large as its batch. So what still waits in a segment when two newer ones hold records
 * is written once more, each batch alone. While Kafka keeps up this never happens: a
 * segment is gone before it could be stripped.
 *
 * Invariant: the segment under its name is whole at any instant, with states or without.
 */
#ifndef COLLECTOR_SPOOL_STRIP_H
#define COLLECTOR_SPOOL_STRIP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Strip segment @first, which ends before sequence @before, below @dirfd. -EUCLEAN: it is damaged,
 * and stays as it is so that the damage is seen where it is read. After any error it is as it was.
 */
int segment_strip(int dirfd, uint64_t first, uint64_t before, bool sync);

#endif
