/*
 * Private to takeover.c: partitions that are not read, and when they are tried again.
 */
#ifndef AGGREGATOR_LOOP_UNREAD_H
#define AGGREGATOR_LOOP_UNREAD_H

#include "aggregator/loop/takeover.h"

/* When @partition is tried again, and why it is not read. */
struct outage *unread_retry_of(struct takeover *takeover, const struct ingest_partition *partition);

/* takeover_retry() is due at @usec (monotonic), or before. */
void unread_retry_by(struct takeover *takeover, int64_t usec);

/* Nobody can read it for now, because of @reason. */
void unread_waits(
	struct takeover *takeover, struct ingest_partition *partition, const char *reason);

/* It is stopped, as the database knows: an operator has not decided yet. */
void unread_stopped(
	struct takeover *takeover, struct ingest_partition *partition, const char *reason);

#endif
