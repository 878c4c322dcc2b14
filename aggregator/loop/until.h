/*
 * Where to end: behind which records of a partition nothing is read, for a database that is to hold
 * what another one holds (hubmeter ingest replay).
 *
 * The file has a line for each partition, "usage.physics-hub.v1 0 4711": the first offset that is
 * not read. Of partitions that it does not name nothing is read.
 *
 * Life cycle: until_load() -> until_offset()* -> until_release().
 */
#ifndef AGGREGATOR_LOOP_UNTIL_H
#define AGGREGATOR_LOOP_UNTIL_H

#include <stddef.h>
#include <stdint.h>

#include "common/topic_name.h"

struct until_partition {
	char topic[TOPIC_NAME_SIZE];
	int32_t partition;
	int64_t offset;
};

struct until {
	struct until_partition *at; /* NULL: of all partitions everything is read */
	size_t count, capacity;
};

/* "": no bounds. -EBADMSG: not such lines; -errno; -ENOMEM. */
int until_load(const char *path, struct until *ret);
void until_release(struct until *until);

/* INT64_MAX: there is no bound. */
int64_t until_offset(const struct until *until, const char *topic, int32_t partition);

#endif
