/*
 * Homes as a part of the state. Ages are kept, not times, and the paths of roots, not their
 * numbers: the next run may have another clock and other roots.
 */
#ifndef COLLECTOR_SOURCE_STORAGE_HOMES_STATE_H
#define COLLECTOR_SOURCE_STORAGE_HOMES_STATE_H

#include "collector/meter/state_codec.h"
#include "collector/source/storage/homes.h"

/* As they are at @now_usec. @roots as in round.h. */
void homes_save(const struct homes *homes, const char *roots, int64_t now_usec,
	struct state_writer *writer);

/*
 * @homes comes empty; @now_usec is what the time was then. Those in a root that is not one of
 * @roots any more are left out. Failures are the reader's.
 */
void homes_restore(
	struct homes *homes, const char *roots, int64_t now_usec, struct state_reader *reader);

#endif
