/*
 * A segment that fails to be read: whether it is to blame, or the disk, or a want of memory.
 *
 * What is set aside is lost to Kafka, though not to people, so an error that passes must not do it.
 * A disk that takes the new name is one that answers: what then still can't be read, or is no
 * segment, is to blame. What can be read again gets its name back, and the caller tries later.
 */
#ifndef COLLECTOR_SPOOL_ASIDE_H
#define COLLECTOR_SPOOL_ASIDE_H

#include "collector/spool/spool.h"

/*
 * Reading segment @first failed with @error. 0: it is renamed to .bad, or gone, and forgotten.
 * Otherwise @error, or that of renaming, and nothing has changed.
 */
int spool_set_aside(struct spool *spool, uint64_t first, int error);

#endif
