/* One message is one small transaction in memory: every step that can fail comes before the first
 * that changes anything. */
#include "aggregator/rollup/ingest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/crc32c.h"
#include "common/hash.h"
#include "common/topic_name.h"
#include "hubmeter/cleanup.h"

char *ingest_hub_of_topic(const char *topic)
{
	char hub[TOPIC_NAME_SIZE];

	return topic_name_hub(topic, hub) ? strdup(hub) : NULL;
}

int ingest_new(const struct clock *clock, const struct ingest_limits *limits, struct ingest **ret)
{
	hm_cleanup(ingest_freep) struct ingest *ingest = calloc(1, sizeof(*ingest));

	if (!ingest)
		return -ENOMEM;
	ingest->clock = clock;
	ingest->limits = *limits;
	ingest->payloads = (struct buffer)BUFFER_INIT(SIZE_MAX / 4);
	ingest->gap = calloc(INGEST_MAX_GAPS, sizeof(*ingest->gap));
	ingest->refused = calloc(INGEST_MAX_REFUSED, sizeof(*ingest->refused));
	if (!ingest->gap || !ingest->refused)
		return -ENOMEM;
	if (arena_init(&ingest->arena, INGEST_ARENA_BYTES) < 0 ||
		rollup_init(&ingest->rollup, limits->seed, limits->rollup_bytes) < 0)
		return -ENOMEM;
	*ret = hm_steal(&ingest);
	return 0;
}

static void release_partition(struct ingest_partition *partition)
{
	free(partition->topic);
	free(partition->hub);
	dedupe_release(&partition->dedupe);
}

static void forget_partitions(struct ingest *ingest)
{
	for (size_t i = 0; i < ingest->n_partitions; i++)
		release_partition(&ingest->partition[i]);
	free(ingest->partition);
	ingest->partition = NULL;
	ingest->n_partitions = 0;
}

void ingest_free(struct ingest *ingest)
{
	if (!ingest)
		return;
	forget_partitions(ingest);
	rollup_release(&ingest->rollup);
	arena_release(&ingest->arena);
	buffer_release(&ingest->payloads);
	free(ingest->gap);
	free(ingest->refused);
	free(ingest);
}

void ingest_freep(struct ingest **ingest)
{
	ingest_free(*ingest);
}

int ingest_add_partition(
	struct ingest *ingest, const char *topic, int32_t partition, struct ingest_partition **ret)
{
	struct ingest_partition fresh = {
		.partition = partition, .most_pending = INGEST_ANY, .poison_offset = -1};
	struct ingest_partition *all;

	fresh.hub = ingest_hub_of_topic(topic);
	if (!fresh.hub)
		return -EINVAL;
	fresh.topic = strdup(topic);
	all = reallocarray(ingest->partition, ingest->n_partitions + 1, sizeof(*all));
	if (all)
		ingest->partition = all;
	if (!all || !fresh.topic) {
		release_partition(&fresh);
		return -ENOMEM;
	}
	dedupe_init(&fresh.dedupe, ingest->limits.seed);
	all[ingest->n_partitions] = fresh;
	*ret = &all[ingest->n_partitions++];
	return 0;
}

void ingest_reset_partition(struct ingest *ingest, struct ingest_partition *partition)
{
	dedupe_release(&partition->dedupe);
	dedupe_init(&partition->dedupe, ingest->limits.seed);
	partition->at_end = false;
}

struct ingest_partition *ingest_find_partition(
	const struct ingest *ingest, const char *topic, int32_t partition)
{
	for (size_t i = 0; i < ingest->n_partitions; i++)
		if (ingest->partition[i].partition == partition &&
			strcmp(ingest->partition[i].topic, topic) == 0)
			return &ingest->partition[i];
	return NULL;
}

static uint32_t partition_number(
	const struct ingest *ingest, const struct ingest_partition *partition)
{
	return (uint32_t)(partition - ingest->partition);
}

/* Keep a message that cannot be understood or believed. */
static int refuse(struct ingest *ingest, const struct ingest_partition *partition, int64_t offset,
	const void *data, size_t size, enum hm_reject reason)
{
	struct ingest_refused *refused = &ingest->refused[ingest->n_refused];
	size_t at = ingest->payloads.size;
	int r;

	if (ingest->n_refused == INGEST_MAX_REFUSED ||
		(ingest->n_refused > 0 && at + size > INGEST_MAX_REFUSED_BYTES))
		return -EAGAIN;
	r = size ? buffer_append(&ingest->payloads, data, size) : 0;
	if (r < 0)
		return r;
	*refused = (struct ingest_refused){
		partition_number(ingest, partition), offset, reason, at, size};
	ingest->n_refused++;
	ingest->counters.refused++;
	return 0;
}

static void note_gap(struct ingest *ingest, const struct ingest_partition *partition,
	const struct hm_batch *batch, uint64_t last)
{
	struct ingest_gap *gap = &ingest->gap[ingest->n_gaps++];

	gap->partition = partition_number(ingest, partition);
	gap->first_sequence = last + 1;
	gap->last_sequence = batch->sequence - 1;
	memcpy(gap->stream, batch->stream, HM_STREAM_SIZE);
	ingest->counters.gaps++;
}

/* Add a valid batch unless it came before. -EBADMSG: no database column holds it. */
static int take_batch(struct ingest *ingest, struct ingest_partition *partition,
	const struct hm_batch *batch, enum hm_reject *ret_reason)
{
	enum dedupe_verdict verdict;
	uint64_t last;
	int r;

	verdict = dedupe_check(&partition->dedupe, batch->stream, batch->sequence, &last);
	if (verdict == DEDUPE_VERDICT_DUPLICATE) {
		ingest->counters.duplicates++;
		return 0;
	}
	if (verdict == DEDUPE_VERDICT_GAP && ingest->n_gaps == INGEST_MAX_GAPS)
		return -EAGAIN;
	r = dedupe_reserve(&partition->dedupe);
	if (r < 0)
		return r;
	r = rollup_add(&ingest->rollup, partition->hub, batch);
	if (r == -ENOSPC || r == -EOVERFLOW) {
		*ret_reason = r == -ENOSPC ? HM_REJECT_ARENA_EXHAUSTED : HM_REJECT_OVERFLOW;
		return -EBADMSG;
	}
	if (r < 0)
		return r;
	if (verdict == DEDUPE_VERDICT_GAP)
		note_gap(ingest, partition, batch, last);
	dedupe_advance(&partition->dedupe, batch->stream, batch->sequence);
	ingest->counters.rows += batch->n_rows;
	return 0;
}

static int decode(struct ingest *ingest, const struct ingest_partition *partition, const void *data,
	size_t size, const struct record_time *written, struct hm_batch *ret,
	enum hm_reject *ret_reason)
{
	const struct hm_wire_limits limits = {
		.hub = partition->hub,
		.now_usec = record_time_trusted(written, clock_realtime_usec(ingest->clock)),
		.max_age_usec = ingest->limits.max_age_usec,
		.max_future_usec = ingest->limits.max_future_usec,
	};
	int r;

	if (!data || size == 0) {
		*ret_reason = HM_REJECT_MALFORMED;
		return -EBADMSG;
	}
	arena_reset(&ingest->arena);
	r = hm_wire_decode(&ingest->arena, data, size, &limits, ret, ret_reason);
	if (r == 0 && ret->sequence > INT64_MAX) {
		*ret_reason = HM_REJECT_IDENTITY;
		return -EBADMSG;
	}
	return r;
}

bool ingest_is_enough(const struct ingest *ingest, const struct ingest_partition *partition)
{
	uint64_t pending = 0;

	if (partition->most_pending == INGEST_ANY)
		return false;
	for (size_t i = 0; i < ingest->n_partitions; i++)
		if (strcmp(ingest->partition[i].topic, partition->topic) == 0)
			pending += ingest->partition[i].pending;
	return pending >= partition->most_pending;
}

static bool is_condemned(const struct ingest_partition *partition, int64_t offset)
{
	return offset == partition->poison_offset && partition->poison_reason != HM_REJECT_NONE;
}

/*
 * Its hub names more classes than it may. What was used is true all the same: it counts as of no
 * class, which has the price of any, or none and shows as such.
 */
static int empty_classes(struct ingest *ingest, struct hm_batch *batch, enum hm_reject *ret_reason)
{
	const size_t size = batch->n_rows * sizeof(uint32_t);
	uint32_t *class = arena_alloc(&ingest->arena, size + 1);
	uint32_t *flags = arena_alloc(&ingest->arena, size + 1);

	if (!class || !flags) {
		*ret_reason = HM_REJECT_ARENA_EXHAUSTED;
		return -EBADMSG;
	}
	for (size_t i = 0; i < batch->n_rows; i++) {
		class[i] = 0;
		flags[i] = batch->flags[i] | HM_FLAG_ESTIMATED;
	}
	batch->resource_class = class;
	batch->flags = flags;
	batch->node_row.resource_class = 0;
	return 0;
}

/* The first record after a takeover is the last one of the previous owner, if this is its topic. */
static int verify(struct ingest_partition *partition, int64_t offset, const void *data, size_t size)
{
	if (offset != partition->next_offset - 1 || crc32c(0, data, size) != partition->last.crc32c)
		return -ESTALE;
	partition->verify = false;
	return 0;
}

int ingest_message(struct ingest *ingest, struct ingest_partition *partition, int64_t offset,
	const void *data, size_t size, const struct record_time *written)
{
	struct ingest_last last = {.has_crc32c = true};
	enum hm_reject reason = HM_REJECT_NONE;
	struct hm_batch batch;
	int r;

	if (partition->reading != INGEST_READING_GOES_ON)
		return 0;
	if (partition->verify)
		return verify(partition, offset, data, size);
	if (offset < partition->next_offset)
		return 0;
	if (ingest_is_enough(ingest, partition))
		return -EAGAIN;
	if (is_condemned(partition, offset)) {
		reason = partition->poison_reason;
		r = -EBADMSG;
	} else {
		r = decode(ingest, partition, data, size, written, &batch, &reason);
	}
	if (r == 0 && offset == partition->poison_offset)
		r = empty_classes(ingest, &batch, &reason);
	if (r == 0) {
		last.has_batch = true;
		last.sequence = batch.sequence;
		memcpy(last.stream, batch.stream, HM_STREAM_SIZE);
		r = take_batch(ingest, partition, &batch, &reason);
	}
	if (r == -EBADMSG) {
		last.has_batch = false;
		r = refuse(ingest, partition, offset, data, size, reason);
	}
	if (r < 0)
		return r;
	last.crc32c = crc32c(0, data, size);
	partition->last = last;
	partition->next_offset = offset + 1;
	ingest->counters.messages++;
	ingest->pending_messages++;
	partition->pending++;
	return 0;
}

static void clear_pending(struct ingest *ingest)
{
	rollup_clear(&ingest->rollup);
	ingest->n_gaps = 0;
	ingest->n_refused = 0;
	ingest->pending_messages = 0;
	ingest->is_parted = false;
	buffer_clear(&ingest->payloads);
}

static bool is_anything_held(const struct ingest *ingest)
{
	for (size_t i = 0; i < ingest->n_partitions; i++)
		if (ingest->partition[i].held > 0)
			return true;
	return false;
}

void ingest_commit(struct ingest *ingest)
{
	for (size_t i = 0; i < ingest->n_partitions; i++) {
		struct ingest_partition *partition = &ingest->partition[i];

		if (!ingest_is_in_commit(partition))
			continue;
		partition->committed_offset = partition->next_offset;
		ingest->pending_messages -= partition->pending;
		partition->pending = 0;
		dedupe_mark_committed(&partition->dedupe);
	}
	if (!is_anything_held(ingest))
		clear_pending(ingest);
}

void ingest_drop(struct ingest *ingest)
{
	clear_pending(ingest);
	forget_partitions(ingest);
}
