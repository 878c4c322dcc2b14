/*
 * Records that Kafka refused for what they are, set aside so that those behind them go on.
 *
 *	DIR/refused/<sequence, 20 digits>.rec	one frame of record.h: the batch, without a state
 *
 * Invariants
 *  - A record that is set aside is on the disk, whole, before it counts as acknowledged. Setting
 *    the same one aside again, after a crash in between, writes the same file.
 *  - At most REFUSED_MAX_BYTES are kept. Beyond that the oldest stay, because they show what was
 *    wrong first, and the caller says what is lost.
 *  - Nothing here is read by the collector again: it is for people, and theirs to delete.
 */
#ifndef COLLECTOR_SPOOL_REFUSED_H
#define COLLECTOR_SPOOL_REFUSED_H

#include <stdint.h>

#include "collector/spool/record.h"

#define REFUSED_DIRECTORY "refused"
#define REFUSED_MAX_BYTES ((uint64_t)16 * 1024 * 1024)

struct refused_sum {
	uint64_t count;
	uint64_t bytes;
	uint64_t first, last; /* sequences; 0: there is none */
};

/* What is kept below @dirfd; all 0 when nothing ever was. */
int refused_sum(int dirfd, struct refused_sum *ret);

/* Keep @record. -EDQUOT: no room within REFUSED_MAX_BYTES. */
int refused_keep(int dirfd, const struct spool_record *record);

#endif
