/*
 * Becoming the owner of what the consumer group gave us, and refusing to read a partition whose
 * records cannot be the ones that follow what was read before.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "aggregator/loop/private.h"
#include "common/log.h"
#include "hubmeter/cleanup.h"

#define REASON_SIZE 160

/* What there is in Kafka of a partition. */
struct limits {
	int64_t low;
	int64_t high; /* behind the last */
};

void aggregate_stop_partition(
	struct aggregate *aggregate, struct ingest_partition *partition, const char *reason)
{
	char quoted[LOG_QUOTED_SIZE];
	int r;

	if (partition->stopped)
		return;
	partition->stopped = true;
	aggregate->has_stopped = true;
	consume_pause(aggregate->consume, partition->topic, partition->partition);
	log_event(LOG_PRIORITY_ERROR, "partition_stopped",
		"topic=%s partition=%" PRId32 " reason=%s", partition->topic, partition->partition,
		log_quote(quoted, reason));
	r = store_stop(aggregate->store, partition, reason);
	if (r < 0)
		log_event(LOG_PRIORITY_WARNING, "stop_not_recorded",
			"topic=%s partition=%" PRId32 " reason=%s", partition->topic,
			partition->partition, log_quote(quoted, store_error(aggregate->store)));
}

/* Where to start reading. -ERANGE with the reason when what must come next is not there. */
static int find_start(struct ingest_partition *partition, const struct limits *limits,
	int64_t *ret_offset, char reason[REASON_SIZE])
{
	const int64_t next = partition->next_offset;

	if (limits->low > next) {
		(void)snprintf(reason, REASON_SIZE,
			"records %" PRId64 " to %" PRId64 " were deleted before they were read",
			next, limits->low - 1); /* fits; so does the next */
		return -ERANGE;
	}
	if (limits->high < next) {
		(void)snprintf(reason, REASON_SIZE,
			"ends at %" PRId64 ", but was read up to %" PRId64
			": truncated or made anew",
			limits->high, next);
		return -ERANGE;
	}
	partition->verify =
		partition->last.has_crc32c && next > limits->low && next <= limits->high;
	*ret_offset = partition->verify ? next - 1 : next;
	return 0;
}

/* An operator has not decided yet. */
static void note_refused(struct aggregate *aggregate, const struct consume_place *place)
{
	char quoted[LOG_QUOTED_SIZE];

	aggregate->has_stopped = true;
	log_event(LOG_PRIORITY_WARNING, "partition_is_stopped",
		"topic=%s partition=%" PRId32 " reason=%s", place->topic, place->partition,
		log_quote(quoted, store_error(aggregate->store)));
}

/* *ret_offset < 0: not to be read. */
static int take_one(
	struct aggregate *aggregate, const struct consume_place *place, int64_t *ret_offset)
{
	struct ingest_partition *partition = NULL;
	char reason[REASON_SIZE];
	struct limits limits = {0};
	int r;

	*ret_offset = -1;
	r = consume_limits(
		aggregate->consume, place->topic, place->partition, &limits.low, &limits.high);
	if (r < 0)
		return r == -ENOENT ? 0 : r; /* gone meanwhile: the group will say so */
	r = ingest_add_partition(aggregate->ingest, place->topic, place->partition, &partition);
	if (r < 0)
		return r == -EINVAL ? 0 : r;
	r = store_takeover(aggregate->store, partition, limits.low);
	if (r == -EPERM) {
		partition->stopped = true;
		note_refused(aggregate, place);
		return 0;
	}
	if (r < 0)
		return r;
	if (find_start(partition, &limits, ret_offset, reason) < 0) {
		*ret_offset = -1;
		aggregate_stop_partition(aggregate, partition, reason);
	}
	return 0;
}

static int take_all(struct aggregate *aggregate)
{
	const struct consume_place *granted;
	const size_t count = consume_granted(aggregate->consume, &granted);
	hm_cleanup(hm_freep) struct consume_place *place = calloc(count + 1, sizeof(*place));
	size_t reading = 0;

	if (!place)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		struct consume_place one = granted[i];
		int r = take_one(aggregate, &one, &one.offset);

		if (r < 0)
			return r;
		if (one.offset >= 0)
			place[reading++] = one;
	}
	log_event(LOG_PRIORITY_INFO, "assigned", "partitions=%zu reading=%zu", count, reading);
	return consume_assign(aggregate->consume, place, reading);
}

void aggregate_take_over(struct aggregate *aggregate)
{
	int r;

	if (aggregate_now(aggregate) < aggregate->store_backoff.until_usec)
		return;
	ingest_drop(aggregate->ingest);
	aggregate->has_stopped = false;
	aggregate->messages_at_flush = aggregate->ingest->counters.messages;
	r = store_is_connected(aggregate->store) ? 0 : store_connect(aggregate->store);
	if (r == 0)
		r = take_all(aggregate);
	if (r < 0) {
		ingest_drop(aggregate->ingest);
		aggregate_note_failure(aggregate, "take_over");
		return;
	}
	aggregate->has_grant = false;
	aggregate->has_taken = true;
	aggregate_note_success(aggregate);
}
