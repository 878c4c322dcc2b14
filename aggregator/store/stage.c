/*
 * The rows of a flush, on their way into temporary tables. Nobody waits for a lock on these, so a
 * process that is stopped in the middle of a COPY is in nobody's way. Rows refer to each other by
 * their number in this flush; flush.c turns the numbers into ids.
 */
#include <string.h>

#include "aggregator/store/private.h"

const char store_stage_tables[] =
	"CREATE TEMP TABLE stage_partition (number int PRIMARY KEY, topic text, partition int,"
	" owner_epoch bigint, old_offset bigint, new_offset bigint, last_stream bytea,"
	" last_sequence bigint, last_crc32c bigint) ON COMMIT DELETE ROWS;"
	"CREATE TEMP TABLE stage_watermark (partition_number int, stream bytea, sequence bigint)"
	" ON COMMIT DELETE ROWS;"
	"CREATE TEMP TABLE stage_gap (partition_number int, stream bytea, first_sequence bigint,"
	" last_sequence bigint) ON COMMIT DELETE ROWS;"
	"CREATE TEMP TABLE stage_quarantine (partition_number int, record_offset bigint,"
	" reason text, payload bytea) ON COMMIT DELETE ROWS;"
	"CREATE TEMP TABLE stage_class (number int PRIMARY KEY, name text) ON COMMIT DELETE ROWS;"
	"CREATE TEMP TABLE stage_node (number int PRIMARY KEY, hub text, name text,"
	" last_window_end timestamptz) ON COMMIT DELETE ROWS;"
	"CREATE TEMP TABLE stage_workload (number int PRIMARY KEY, node_number int, kind smallint,"
	" external_id text, username text, server_name text, tag text, first_slot timestamptz)"
	" ON COMMIT DELETE ROWS;"
	"CREATE TEMP TABLE stage_slot (slot_start timestamptz, workload_number int,"
	" class_number int, cpu_used_usec bigint, cpu_reserved_usec bigint,"
	" cpu_billable_usec bigint, memory_used_mib_sec bigint, memory_reserved_mib_sec bigint,"
	" memory_billable_mib_sec bigint, gpu_used_msec bigint, gpu_reserved_msec bigint,"
	" gpu_billable_msec bigint, storage_mib_sec bigint, net_rx_bytes bigint,"
	" net_tx_bytes bigint, wall_msec bigint, flags int) ON COMMIT DELETE ROWS;"
	"CREATE TEMP TABLE stage_node_slot (slot_start timestamptz, node_number int,"
	" class_number int, coverage_msec bigint, cpu_capacity_usec bigint, cpu_used_usec bigint,"
	" cpu_system_usec bigint, memory_capacity_mib_sec bigint, memory_used_mib_sec bigint,"
	" memory_system_mib_sec bigint, gpu_capacity_msec bigint, gpu_used_msec bigint,"
	" gpu_system_msec bigint) ON COMMIT DELETE ROWS;"
	"CREATE TEMP TABLE known_class (number int PRIMARY KEY, class_id int)"
	" ON COMMIT DELETE ROWS;"
	"CREATE TEMP TABLE known_node (number int PRIMARY KEY, node_id int, hub_id int)"
	" ON COMMIT DELETE ROWS;"
	"CREATE TEMP TABLE known_workload (number int PRIMARY KEY, workload_id bigint)"
	" ON COMMIT DELETE ROWS;";

#define COPY_INTO(table) "COPY pg_temp." table " FROM STDIN (FORMAT binary)"

static void put_string(struct store_copy *copy, const struct interner *strings, uint32_t number)
{
	size_t size;
	const char *text = interner_text(strings, number, &size);

	store_copy_bytes(copy, text, size);
}

static void put_last(struct store_copy *copy, const struct ingest_last *last)
{
	if (last->has_batch) {
		store_copy_bytes(copy, last->stream, HM_STREAM_SIZE);
		store_copy_i64(copy, (int64_t)last->sequence);
	} else {
		store_copy_null(copy);
		store_copy_null(copy);
	}
	if (last->has_crc32c)
		store_copy_i64(copy, last->crc32c);
	else
		store_copy_null(copy);
}

static int stage_partitions(struct store *store, const struct ingest *ingest)
{
	struct store_copy copy;

	store_copy_begin(&copy, store, COPY_INTO("stage_partition"));
	for (size_t i = 0; i < ingest->n_partitions; i++) {
		const struct ingest_partition *partition = &ingest->partition[i];

		if (partition->next_offset == partition->committed_offset)
			continue;
		store_copy_row(&copy, 9);
		store_copy_i32(&copy, (int32_t)i);
		store_copy_bytes(&copy, partition->topic, strlen(partition->topic));
		store_copy_i32(&copy, partition->partition);
		store_copy_i64(&copy, partition->owner_epoch);
		store_copy_i64(&copy, partition->committed_offset);
		store_copy_i64(&copy, partition->next_offset);
		put_last(&copy, &partition->last);
	}
	return store_copy_end(&copy);
}

static void put_watermarks(struct store_copy *copy, int32_t number, const struct dedupe *dedupe)
{
	for (uint32_t i = 0; i < dedupe->streams.count; i++) {
		const struct dedupe_stream *entry = hash_table_at(&dedupe->streams, i);

		if (!entry->moved)
			continue;
		store_copy_row(copy, 3);
		store_copy_i32(copy, number);
		store_copy_bytes(copy, entry->stream, HM_STREAM_SIZE);
		store_copy_i64(copy, (int64_t)entry->sequence);
	}
}

static int stage_watermarks(struct store *store, const struct ingest *ingest)
{
	struct store_copy copy;

	store_copy_begin(&copy, store, COPY_INTO("stage_watermark"));
	for (size_t i = 0; i < ingest->n_partitions; i++)
		if (ingest->partition[i].next_offset != ingest->partition[i].committed_offset)
			put_watermarks(&copy, (int32_t)i, &ingest->partition[i].dedupe);
	return store_copy_end(&copy);
}

static int stage_gaps(struct store *store, const struct ingest *ingest)
{
	struct store_copy copy;

	if (ingest->n_gaps == 0)
		return 0;
	store_copy_begin(&copy, store, COPY_INTO("stage_gap"));
	for (size_t i = 0; i < ingest->n_gaps; i++) {
		const struct ingest_gap *gap = &ingest->gap[i];

		store_copy_row(&copy, 4);
		store_copy_i32(&copy, (int32_t)gap->partition);
		store_copy_bytes(&copy, gap->stream, HM_STREAM_SIZE);
		store_copy_i64(&copy, (int64_t)gap->first_sequence);
		store_copy_i64(&copy, (int64_t)gap->last_sequence);
	}
	return store_copy_end(&copy);
}

static int stage_quarantine(struct store *store, const struct ingest *ingest)
{
	struct store_copy copy;

	if (ingest->n_refused == 0)
		return 0;
	store_copy_begin(&copy, store, COPY_INTO("stage_quarantine"));
	for (size_t i = 0; i < ingest->n_refused; i++) {
		const struct ingest_refused *refused = &ingest->refused[i];
		const char *reason = hm_reject_name(refused->reason);

		store_copy_row(&copy, 4);
		store_copy_i32(&copy, (int32_t)refused->partition);
		store_copy_i64(&copy, refused->offset);
		store_copy_bytes(&copy, reason, strlen(reason));
		store_copy_bytes(&copy,
			refused->payload_size ? ingest->payloads.data + refused->payload_at : NULL,
			refused->payload_size);
	}
	return store_copy_end(&copy);
}

static int stage_classes(struct store *store, const struct rollup *rollup)
{
	struct store_copy copy;

	store_copy_begin(&copy, store, COPY_INTO("stage_class"));
	for (uint32_t i = 0; i < rollup->classes.count; i++) {
		const struct rollup_class *class = hash_table_at(&rollup->classes, i);

		store_copy_row(&copy, 2);
		store_copy_i32(&copy, (int32_t)i);
		put_string(&copy, &rollup->strings, class->name);
	}
	return store_copy_end(&copy);
}

static int stage_nodes(struct store *store, const struct rollup *rollup)
{
	struct store_copy copy;

	store_copy_begin(&copy, store, COPY_INTO("stage_node"));
	for (uint32_t i = 0; i < rollup->nodes.count; i++) {
		const struct rollup_node *node = hash_table_at(&rollup->nodes, i);

		store_copy_row(&copy, 4);
		store_copy_i32(&copy, (int32_t)i);
		put_string(&copy, &rollup->strings, node->hub);
		put_string(&copy, &rollup->strings, node->name);
		store_copy_time(&copy, node->last_window_end_usec);
	}
	return store_copy_end(&copy);
}

static int stage_workloads(struct store *store, const struct rollup *rollup)
{
	struct store_copy copy;

	if (rollup->workloads.count == 0)
		return 0;
	store_copy_begin(&copy, store, COPY_INTO("stage_workload"));
	for (uint32_t i = 0; i < rollup->workloads.count; i++) {
		const struct rollup_workload *workload = hash_table_at(&rollup->workloads, i);

		store_copy_row(&copy, 8);
		store_copy_i32(&copy, (int32_t)i);
		store_copy_i32(&copy, (int32_t)workload->node);
		store_copy_i16(&copy, (int16_t)workload->kind);
		put_string(&copy, &rollup->strings, workload->external_id);
		put_string(&copy, &rollup->strings, workload->username);
		put_string(&copy, &rollup->strings, workload->server_name);
		put_string(&copy, &rollup->strings, workload->tag);
		store_copy_time(&copy, workload->first_slot_usec);
	}
	return store_copy_end(&copy);
}

static int stage_slots(struct store *store, const struct rollup *rollup)
{
	struct store_copy copy;

	if (rollup->slots.count == 0)
		return 0;
	store_copy_begin(&copy, store, COPY_INTO("stage_slot"));
	for (uint32_t i = 0; i < rollup->slots.count; i++) {
		const struct rollup_slot *slot = hash_table_at(&rollup->slots, i);

		store_copy_row(&copy, 3 + HM_QUANTITY_COUNT + 1);
		store_copy_time(&copy, slot->slot_usec);
		store_copy_i32(&copy, (int32_t)slot->workload);
		store_copy_i32(&copy, (int32_t)slot->class);
		for (int q = 0; q < HM_QUANTITY_COUNT; q++)
			store_copy_i64(&copy, (int64_t)slot->quantity[q]);
		store_copy_i32(&copy, (int32_t)slot->flags);
	}
	return store_copy_end(&copy);
}

static int stage_node_slots(struct store *store, const struct rollup *rollup)
{
	struct store_copy copy;

	store_copy_begin(&copy, store, COPY_INTO("stage_node_slot"));
	for (uint32_t i = 0; i < rollup->node_slots.count; i++) {
		const struct rollup_node_slot *slot = hash_table_at(&rollup->node_slots, i);

		store_copy_row(&copy, 4 + 3 * HM_RESOURCE_COUNT);
		store_copy_time(&copy, slot->slot_usec);
		store_copy_i32(&copy, (int32_t)slot->node);
		store_copy_i32(&copy, (int32_t)slot->class);
		store_copy_i64(&copy, (int64_t)slot->coverage_msec);
		for (int resource = 0; resource < HM_RESOURCE_COUNT; resource++) {
			store_copy_i64(&copy, (int64_t)slot->capacity[resource]);
			store_copy_i64(&copy, (int64_t)slot->used[resource]);
			store_copy_i64(&copy, (int64_t)slot->system[resource]);
		}
	}
	return store_copy_end(&copy);
}

static int stage_usage(struct store *store, const struct rollup *rollup)
{
	int r;

	if (rollup->nodes.count == 0)
		return 0;
	r = stage_classes(store, rollup);
	if (r < 0)
		return r;
	r = stage_nodes(store, rollup);
	if (r < 0)
		return r;
	r = stage_workloads(store, rollup);
	if (r < 0)
		return r;
	r = stage_slots(store, rollup);
	if (r < 0)
		return r;
	return stage_node_slots(store, rollup);
}

int store_stage(struct store *store, const struct ingest *ingest)
{
	int r;

	r = stage_partitions(store, ingest);
	if (r < 0)
		return r;
	r = stage_watermarks(store, ingest);
	if (r < 0)
		return r;
	r = stage_gaps(store, ingest);
	if (r < 0)
		return r;
	r = stage_quarantine(store, ingest);
	if (r < 0)
		return r;
	return stage_usage(store, &ingest->rollup);
}
