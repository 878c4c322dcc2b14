/* The rows of a flush, on their way into the staging tables: see sql/session/stage_tables.sql. */
#include <string.h>

#include "aggregator/rollup/part.h"
#include "aggregator/store/private.h"

static void put_string(struct postgres_copy *copy, const struct interner *strings, uint32_t number)
{
	size_t size;
	const char *text = interner_text(strings, number, &size);

	postgres_copy_bytes(copy, text, size);
}

static void put_last(struct postgres_copy *copy, const struct ingest_last *last)
{
	if (last->has_batch) {
		postgres_copy_bytes(copy, last->stream, HM_STREAM_SIZE);
		postgres_copy_i64(copy, (int64_t)last->sequence);
	} else {
		postgres_copy_null(copy);
		postgres_copy_null(copy);
	}
	if (last->has_crc32c)
		postgres_copy_i64(copy, last->crc32c);
	else
		postgres_copy_null(copy);
}

static int stage_partitions(struct store *store, const struct ingest *ingest)
{
	struct postgres_copy *copy = &store->copy;

	postgres_copy_begin(copy, COPY_INTO("stage_partition"));
	for (size_t i = 0; i < ingest->n_partitions; i++) {
		const struct ingest_partition *partition = &ingest->partition[i];

		if (!ingest_is_in_commit(partition))
			continue;
		postgres_copy_row(copy, 13);
		postgres_copy_i32(copy, (int32_t)i);
		postgres_copy_bytes(copy, partition->topic, strlen(partition->topic));
		postgres_copy_i32(copy, partition->partition);
		postgres_copy_i64(copy, partition->owner_epoch);
		postgres_copy_i64(copy, partition->committed_offset);
		postgres_copy_i64(copy, partition->next_offset);
		put_last(copy, &partition->last);
		postgres_copy_i64(copy, partition->counts.taken);
		postgres_copy_i64(copy, partition->counts.duplicates);
		postgres_copy_i64(copy, partition->counts.quarantined);
		postgres_copy_i64(copy, partition->counts.skipped);
	}
	return postgres_copy_end(copy);
}

static void put_text(struct postgres_copy *copy, const char *text)
{
	if (text)
		postgres_copy_bytes(copy, text, strlen(text));
	else
		postgres_copy_null(copy);
}

static void put_watermarks(struct postgres_copy *copy, const struct ingest_topic *topic)
{
	const struct dedupe *dedupe = &topic->dedupe;

	for (uint32_t i = 0; i < dedupe->streams.count; i++) {
		const struct dedupe_stream *entry = dedupe_at(dedupe, i);

		if (!entry->is_moved)
			continue;
		postgres_copy_row(copy, 5);
		put_text(copy, topic->name);
		postgres_copy_bytes(copy, entry->stream, HM_STREAM_SIZE);
		postgres_copy_i64(copy, (int64_t)entry->stored);
		postgres_copy_i64(copy, (int64_t)entry->sequence);
		put_text(copy, dedupe_new_owner(dedupe, entry));
	}
}

static int stage_watermarks(struct store *store, const struct ingest *ingest)
{
	struct postgres_copy *copy = &store->copy;

	postgres_copy_begin(copy, COPY_INTO("stage_watermark"));
	for (size_t i = 0; i < ingest->n_topics; i++)
		if (ingest_topic_is_in_commit(ingest->topic[i]))
			put_watermarks(copy, ingest->topic[i]);
	return postgres_copy_end(copy);
}

static int stage_closed(struct store *store, const struct ingest *ingest)
{
	struct postgres_copy *copy = &store->copy;

	if (ingest->n_closed == 0)
		return 0;
	postgres_copy_begin(copy, COPY_INTO("stage_closed"));
	for (size_t i = 0; i < ingest->n_closed; i++) {
		const struct ingest_closed *closed = &ingest->closed[i];

		if (!ingest_topic_is_in_commit(closed->topic))
			continue;
		postgres_copy_row(copy, 4);
		put_text(copy, closed->topic->name);
		postgres_copy_bytes(copy, closed->stream, HM_STREAM_SIZE);
		postgres_copy_i64(copy, (int64_t)closed->first_sequence);
		postgres_copy_i64(copy, (int64_t)closed->last_sequence);
	}
	return postgres_copy_end(copy);
}

static void put_gaps(struct postgres_copy *copy, const struct ingest_topic *topic,
	const struct dedupe_stream *entry)
{
	for (uint32_t i = 0; i < entry->n_gaps; i++) {
		const struct dedupe_gap *gap = &entry->gap[i];

		if (gap->is_stored)
			continue;
		postgres_copy_row(copy, 6);
		put_text(copy, topic->name);
		postgres_copy_bytes(copy, entry->stream, HM_STREAM_SIZE);
		postgres_copy_i64(copy, (int64_t)gap->first);
		postgres_copy_i64(copy, (int64_t)gap->last);
		postgres_copy_i64(copy, (int64_t)gap->part_of);
		postgres_copy_null(copy);
	}
}

static int stage_gaps(struct store *store, const struct ingest *ingest)
{
	struct postgres_copy *copy = &store->copy;

	postgres_copy_begin(copy, COPY_INTO("stage_gap"));
	for (size_t i = 0; i < ingest->n_topics; i++) {
		const struct ingest_topic *topic = ingest->topic[i];
		const struct dedupe *dedupe = &topic->dedupe;

		if (!ingest_topic_is_in_commit(topic))
			continue;
		for (uint32_t k = 0; k < dedupe->streams.count; k++)
			if (dedupe_at(dedupe, k)->is_moved)
				put_gaps(copy, topic, dedupe_at(dedupe, k));
	}
	return postgres_copy_end(copy);
}

#define LAST_USEC (253402300799LL * 1000 * 1000) /* 9999-12-31T23:59:59Z */

/* When it was written to Kafka, and by whose clock. A producer may say what no column holds. */
static void put_written(struct postgres_copy *copy, const struct record_time *written)
{
	int64_t usec = written->usec;

	if (written->clock == RECORD_CLOCK_NONE) {
		postgres_copy_null(copy);
		postgres_copy_null(copy);
		return;
	}
	if (usec < 0)
		usec = 0;
	if (usec > LAST_USEC)
		usec = LAST_USEC;
	postgres_copy_time(copy, usec);
	put_text(copy, written->clock == RECORD_CLOCK_BROKER ? "broker" : "producer");
}

static int stage_quarantine(struct store *store, const struct ingest *ingest)
{
	struct postgres_copy *copy = &store->copy;

	if (ingest->n_refused == 0)
		return 0;
	postgres_copy_begin(copy, COPY_INTO("stage_quarantine"));
	for (size_t i = 0; i < ingest->n_refused; i++) {
		const struct ingest_refused *refused = &ingest->refused[i];
		const char *reason = hm_reject_name(refused->reason);

		if (!ingest_is_in_commit(&ingest->partition[refused->partition]))
			continue;
		postgres_copy_row(copy, 6);
		postgres_copy_i32(copy, (int32_t)refused->partition);
		postgres_copy_i64(copy, refused->offset);
		postgres_copy_bytes(copy, reason, strlen(reason));
		postgres_copy_bytes(copy,
			refused->payload_size ? ingest->payloads.data + refused->payload_at : NULL,
			refused->payload_size);
		put_written(copy, &refused->written);
	}
	return postgres_copy_end(copy);
}

static int stage_classes(struct store *store, const struct part_keys *keys)
{
	struct postgres_copy *copy = &store->copy;
	const struct rollup *rollup = keys->rollup;

	postgres_copy_begin(copy, COPY_INTO("stage_class"));
	for (uint32_t i = 0; i < rollup->classes.count; i++) {
		const struct rollup_class *class = hash_table_at(&rollup->classes, i);

		if (!part_has_class(keys, i))
			continue;
		postgres_copy_row(copy, 3);
		postgres_copy_i32(copy, (int32_t)i);
		put_string(copy, &rollup->strings, class->name);
		put_string(copy, &rollup->strings, keys->class_hub[i]);
	}
	return postgres_copy_end(copy);
}

static int stage_nodes(struct store *store, const struct part_keys *keys)
{
	struct postgres_copy *copy = &store->copy;
	const struct rollup *rollup = keys->rollup;

	postgres_copy_begin(copy, COPY_INTO("stage_node"));
	for (uint32_t i = 0; i < rollup->nodes.count; i++) {
		const struct rollup_node *node = hash_table_at(&rollup->nodes, i);

		if (!part_has_node(keys, i))
			continue;
		postgres_copy_row(copy, 5);
		postgres_copy_i32(copy, (int32_t)i);
		put_string(copy, &rollup->strings, node->hub);
		put_string(copy, &rollup->strings, node->name);
		postgres_copy_time(copy, node->last_window_end_usec);
		if (node->last_observed_usec == ROLLUP_NEVER)
			postgres_copy_null(copy);
		else
			postgres_copy_time(copy, node->last_observed_usec);
	}
	return postgres_copy_end(copy);
}

static int stage_workloads(
	struct store *store, const struct part_keys *keys, const struct known_ids *ids)
{
	struct postgres_copy *copy = &store->copy;
	const struct rollup *rollup = keys->rollup;

	if (rollup->workloads.count == 0)
		return 0;
	postgres_copy_begin(copy, COPY_INTO("stage_workload"));
	for (uint32_t i = 0; i < rollup->workloads.count; i++) {
		const struct rollup_workload *workload = hash_table_at(&rollup->workloads, i);

		if (!part_has_node(keys, workload->node) || !ids->workload[i].is_staged)
			continue;
		postgres_copy_row(copy, 8);
		postgres_copy_i32(copy, (int32_t)i);
		postgres_copy_i32(copy, (int32_t)workload->node);
		postgres_copy_i16(copy, (int16_t)workload->kind);
		put_string(copy, &rollup->strings, workload->external_id);
		put_string(copy, &rollup->strings, workload->username);
		put_string(copy, &rollup->strings, workload->server_name);
		put_string(copy, &rollup->strings, workload->tag);
		postgres_copy_time(copy, workload->first_slot_usec);
	}
	return postgres_copy_end(copy);
}

/* NULL: not measured, or not in all of the slot. */
static void put_measured(struct postgres_copy *copy, const struct rollup_node_slot *slot)
{
	const bool is_measured = rollup_node_slot_is_measured(slot);

	for (int i = 0; i < ROLLUP_MEASURED_COUNT; i++) {
		if (is_measured)
			postgres_copy_i64(copy, (int64_t)slot->measured[i]);
		else
			postgres_copy_null(copy);
	}
	if (is_measured)
		postgres_copy_i32(copy, (int32_t)slot->measured_flags);
	else
		postgres_copy_null(copy);
}

static int stage_node_slots(struct store *store, const struct part_keys *keys)
{
	struct postgres_copy *copy = &store->copy;
	const struct rollup *rollup = keys->rollup;

	postgres_copy_begin(copy, COPY_INTO("stage_node_slot"));
	for (uint32_t i = 0; i < rollup->node_slots.count; i++) {
		const struct rollup_node_slot *slot = hash_table_at(&rollup->node_slots, i);

		if (!part_has_node(keys, slot->node))
			continue;
		postgres_copy_row(copy, 4 + 3 * HM_RESOURCE_COUNT + ROLLUP_MEASURED_COUNT + 1);
		postgres_copy_time(copy, slot->slot_usec);
		postgres_copy_i32(copy, (int32_t)slot->node);
		postgres_copy_i32(copy, (int32_t)slot->class);
		postgres_copy_i64(copy, (int64_t)slot->coverage_msec);
		for (int resource = 0; resource < HM_RESOURCE_COUNT; resource++) {
			postgres_copy_i64(copy, (int64_t)slot->capacity[resource]);
			postgres_copy_i64(copy, (int64_t)slot->used[resource]);
			postgres_copy_i64(copy, (int64_t)slot->system[resource]);
		}
		put_measured(copy, slot);
	}
	return postgres_copy_end(copy);
}

static int stage_usage(
	struct store *store, const struct part_keys *keys, const struct known_ids *ids)
{
	int r;

	if (keys->rollup->nodes.count == 0)
		return 0;
	r = stage_classes(store, keys);
	if (r < 0)
		return r;
	r = stage_nodes(store, keys);
	if (r < 0)
		return r;
	r = stage_workloads(store, keys, ids);
	if (r < 0)
		return r;
	r = store_stage_slots(&store->copy, keys, ids);
	if (r < 0)
		return r;
	return stage_node_slots(store, keys);
}

int store_stage(struct store *store, const struct ingest *ingest, const struct part_keys *keys,
	const struct known_ids *ids)
{
	int r;

	r = stage_partitions(store, ingest);
	if (r < 0)
		return r;
	r = stage_watermarks(store, ingest);
	if (r < 0)
		return r;
	r = stage_closed(store, ingest);
	if (r < 0)
		return r;
	r = stage_gaps(store, ingest);
	if (r < 0)
		return r;
	r = stage_quarantine(store, ingest);
	if (r < 0)
		return r;
	return stage_usage(store, keys, ids);
}
