/* One message is one small transaction in memory: every step that can fail comes before the first
 * that changes anything. */
#include "aggregator/rollup/ingest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/crc32c.h"
#include "common/hash.h"
#include "hubmeter/cleanup.h"

int ingest_new(const struct clock *clock, const struct ingest_limits *limits, struct ingest **ret)
{
	hm_cleanup(ingest_freep) struct ingest *ingest = calloc(1, sizeof(*ingest));

	if (!ingest)
		return -ENOMEM;
	ingest->clock = clock;
	ingest->limits = *limits;
	ingest->payloads = (struct buffer)BUFFER_INIT(SIZE_MAX / 4);
	ingest->places = (struct hash_table)HASH_TABLE_INIT(uint32_t);
	ingest->closed = calloc(INGEST_MAX_CLOSED, sizeof(*ingest->closed));
	ingest->refused = calloc(INGEST_MAX_REFUSED, sizeof(*ingest->refused));
	if (!ingest->closed || !ingest->refused)
		return -ENOMEM;
	if (arena_init(&ingest->arena, INGEST_ARENA_BYTES) < 0 ||
		rollup_init(&ingest->rollup, limits->seed, limits->rollup_bytes) < 0)
		return -ENOMEM;
	*ret = hm_steal(&ingest);
	return 0;
}

/* The one of that name, made when there is none. */
static int find_topic(struct ingest *ingest, const char *name, struct ingest_topic **ret)
{
	struct ingest_topic **all;
	int r;

	for (size_t i = 0; i < ingest->n_topics; i++)
		if (strcmp(ingest->topic[i]->name, name) == 0) {
			*ret = ingest->topic[i];
			return 0;
		}
	all = reallocarray(ingest->topic, ingest->n_topics + 1, sizeof(struct ingest_topic *));
	if (!all)
		return -ENOMEM;
	ingest->topic = all;
	r = topic_new(name, ingest->limits.seed, &all[ingest->n_topics]);
	if (r < 0)
		return r;
	*ret = all[ingest->n_topics++];
	return 0;
}

/* All of them; of the topics those stay, unloaded, that have wanted streams. */
static void forget_partitions(struct ingest *ingest)
{
	size_t kept = 0;

	free(ingest->partition);
	ingest->partition = NULL;
	ingest->n_partitions = 0;
	hash_table_clear(&ingest->places);
	for (size_t i = 0; i < ingest->n_topics; i++) {
		struct ingest_topic *topic = ingest->topic[i];

		if (topic->wanted.size == 0) {
			topic_free(topic);
			continue;
		}
		topic_unload(topic);
		ingest->topic[kept++] = topic;
	}
	ingest->n_topics = kept;
}

void ingest_free(struct ingest *ingest)
{
	if (!ingest)
		return;
	for (size_t i = 0; i < ingest->n_topics; i++)
		topic_free(ingest->topic[i]);
	free(ingest->topic);
	free(ingest->partition);
	hash_table_release(&ingest->places);
	rollup_release(&ingest->rollup);
	arena_release(&ingest->arena);
	buffer_release(&ingest->payloads);
	free(ingest->closed);
	free(ingest->refused);
	free(ingest);
}

void ingest_freep(struct ingest **ingest)
{
	ingest_free(*ingest);
}

/* What a message says of where it is from. */
struct place {
	const struct ingest *ingest;
	const char *topic;
	int32_t partition;
};

static uint32_t hash_place(const struct place *place)
{
	const uint64_t seed = place->ingest->limits.seed ^ (uint32_t)place->partition;

	return (uint32_t)hash_bytes(seed, place->topic, strlen(place->topic));
}

static bool same_place(const void *entry, const void *key)
{
	const struct place *place = key;
	const struct ingest_partition *partition =
		&place->ingest->partition[*(const uint32_t *)entry];

	return partition->partition == place->partition &&
	       strcmp(partition->topic, place->topic) == 0;
}

int ingest_add_partition(
	struct ingest *ingest, const char *topic, int32_t partition, struct ingest_partition **ret)
{
	struct ingest_partition fresh = {
		.partition = partition, .most_pending = INGEST_ANY, .poison_offset = -1};
	struct ingest_partition *all;
	uint32_t number;
	int r;

	r = find_topic(ingest, topic, &fresh.its_topic);
	if (r < 0)
		return r;
	r = hash_table_reserve(&ingest->places, 1);
	if (r < 0)
		return r;
	all = reallocarray(ingest->partition, ingest->n_partitions + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	ingest->partition = all;
	fresh.topic = fresh.its_topic->name;
	fresh.hub = fresh.its_topic->hub;
	all[ingest->n_partitions] = fresh;
	number = hash_table_append(
		&ingest->places, hash_place(&(struct place){ingest, topic, partition}));
	*(uint32_t *)hash_table_at(&ingest->places, number) = number; /* both grow by one */
	*ret = &all[ingest->n_partitions++];
	return 0;
}

struct ingest_partition *ingest_find_partition(
	const struct ingest *ingest, const char *topic, int32_t partition)
{
	const struct place place = {ingest, topic, partition};
	const uint32_t number =
		hash_table_find(&ingest->places, hash_place(&place), &place, same_place);

	return number == HASH_TABLE_NONE ? NULL : &ingest->partition[number];
}

static uint32_t partition_number(
	const struct ingest *ingest, const struct ingest_partition *partition)
{
	return (uint32_t)(partition - ingest->partition);
}

/* Keep a message that cannot be understood or believed. */
static int refuse(struct ingest *ingest, struct ingest_partition *partition, int64_t offset,
	const void *data, size_t size, const struct record_time *written, enum hm_reject reason)
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
		partition_number(ingest, partition), offset, reason, *written, at, size};
	ingest->n_refused++;
	ingest->counters.refused++;
	partition->counts.quarantined++;
	return 0;
}

/*
 * Whom a stream belongs to that has this batch in it: its node. NULL: it says nothing of that. What
 * was metered in no boot of any machine is of many nodes, and comes in a stream of its own
 * (hubmeter import usage) or among what the collector metered that was told of it.
 */
static const char *owner_of(const struct hm_batch *batch)
{
	static const uint8_t imported[HM_BOOT_ID_SIZE];

	return memcmp(batch->boot_id, imported, sizeof(imported)) == 0 ? NULL : batch->node;
}

static void take_stream(struct ingest *ingest, struct ingest_topic *topic,
	const struct hm_batch *batch, const char *owner)
{
	struct dedupe_gap gap;
	struct ingest_closed *closed;

	if (!dedupe_take(&topic->dedupe, batch->stream, owner, batch->sequence, &gap))
		return;
	closed = &ingest->closed[ingest->n_closed++];
	*closed = (struct ingest_closed){
		.topic = topic, .first_sequence = gap.first, .last_sequence = gap.last};
	memcpy(closed->stream, batch->stream, HM_STREAM_SIZE);
}

/* Make room for what is new, then add it. */
static int add_batch(struct ingest *ingest, struct ingest_partition *partition,
	const struct hm_batch *batch, enum dedupe_verdict verdict, enum hm_reject *ret_reason)
{
	struct ingest_topic *topic = partition->its_topic;
	const char *owner = owner_of(batch);
	int r;

	if (ingest->n_closed == INGEST_MAX_CLOSED)
		return -EAGAIN;
	r = dedupe_reserve(&topic->dedupe, batch->stream, owner, verdict);
	if (r < 0)
		return r;
	r = rollup_add(&ingest->rollup, partition->hub, batch);
	if (r == -ENOSPC || r == -EOVERFLOW) {
		*ret_reason = r == -ENOSPC ? HM_REJECT_ARENA_EXHAUSTED : HM_REJECT_OVERFLOW;
		return -EBADMSG;
	}
	if (r < 0)
		return r;
	take_stream(ingest, topic, batch, owner);
	ingest->counters.gaps += verdict == DEDUPE_VERDICT_GAP;
	ingest->counters.rows += batch->n_rows;
	partition->counts.taken++;
	return 0;
}

/* Add a valid batch unless it came before. -EBADMSG: not to be believed, or no column holds it. */
static int take_batch(struct ingest *ingest, struct ingest_partition *partition,
	const struct hm_batch *batch, enum hm_reject *ret_reason)
{
	enum dedupe_verdict verdict = dedupe_check(
		&partition->its_topic->dedupe, batch->stream, owner_of(batch), batch->sequence);

	switch (verdict) {
	case DEDUPE_VERDICT_DUPLICATE:
		ingest->counters.duplicates++;
		partition->counts.duplicates++;
		return 0;
	case DEDUPE_VERDICT_OTHER_NODE:
		*ret_reason = HM_REJECT_STREAM_NODE;
		return -EBADMSG;
	case DEDUPE_VERDICT_CROWDED:
		*ret_reason = HM_REJECT_STREAM_GAPS;
		return -EBADMSG;
	case DEDUPE_VERDICT_NEW:
	case DEDUPE_VERDICT_GAP:
	case DEDUPE_VERDICT_LATE:
		break;
	}
	return add_batch(ingest, partition, batch, verdict, ret_reason);
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
		if (ingest->partition[i].its_topic == partition->its_topic)
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
		r = refuse(ingest, partition, offset, data, size, written, reason);
	}
	if (r < 0)
		return r;
	last.crc32c = crc32c(0, data, size);
	partition->last = last;
	partition->counts.skipped += offset - partition->next_offset;
	partition->next_offset = offset + 1;
	ingest->counters.messages++;
	ingest->pending_messages++;
	partition->pending++;
	return 0;
}

static void clear_pending(struct ingest *ingest)
{
	rollup_clear(&ingest->rollup);
	ingest->n_closed = 0;
	ingest->n_refused = 0;
	ingest->pending_messages = 0;
	ingest->is_parted = false;
	buffer_clear(&ingest->payloads);
}

static bool is_anything_held(const struct ingest *ingest)
{
	for (size_t i = 0; i < ingest->n_topics; i++)
		if (ingest->topic[i]->held > 0)
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
		partition->counts = (struct ingest_counts){0};
	}
	for (size_t i = 0; i < ingest->n_topics; i++) {
		struct ingest_topic *topic = ingest->topic[i];

		if (!ingest_topic_is_in_commit(topic))
			continue;
		dedupe_mark_committed(&topic->dedupe);
		buffer_clear(&topic->wanted);
	}
	if (!is_anything_held(ingest))
		clear_pending(ingest);
}

void ingest_drop(struct ingest *ingest)
{
	clear_pending(ingest);
	forget_partitions(ingest);
}
