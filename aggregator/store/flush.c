/*
 * The transaction. Staged rows first, then one pipeline: fence, watermarks, gaps, refusals, names,
 * sums, days to rate, commit. Every table is written in the order of its key, and the tables
 * always in the same order, so concurrent flushes wait for each other but never crosswise.
 *
 * Missing rows of `hub`, `node` and `resource_class` are looked for before they are inserted: an
 * ON CONFLICT alone would use up an identity number per row and flush.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "aggregator/store/private.h"
#include "hubmeter/cleanup.h"

#define SUM(column) #column " = t." #column " + excluded." #column

static const char fence_sql[] =
	"SELECT ingest.advance(array_agg(topic), array_agg(partition), array_agg(owner_epoch),"
	" array_agg(old_offset), array_agg(new_offset), array_agg(last_stream),"
	" array_agg(last_sequence), array_agg(last_crc32c))"
	" FROM (SELECT * FROM pg_temp.stage_partition ORDER BY topic, partition) AS p";

static const char watermark_sql[] =
	"INSERT INTO ingest.watermark AS t (topic, partition, stream, sequence)"
	" SELECT p.topic, p.partition, s.stream, s.sequence FROM pg_temp.stage_watermark AS s"
	" JOIN pg_temp.stage_partition AS p ON p.number = s.partition_number ORDER BY 1, 2, 3"
	" ON CONFLICT (topic, partition, stream) DO UPDATE SET sequence = excluded.sequence"
	" WHERE t.sequence < excluded.sequence";

static const char gap_sql[] =
	"INSERT INTO ingest.gap (topic, partition, stream, first_sequence, last_sequence)"
	" SELECT p.topic, p.partition, s.stream, s.first_sequence, s.last_sequence"
	" FROM pg_temp.stage_gap AS s JOIN pg_temp.stage_partition AS p"
	" ON p.number = s.partition_number ORDER BY 1, 2, 3, 4 ON CONFLICT DO NOTHING";

static const char quarantine_sql[] =
	"INSERT INTO ingest.quarantine (topic, partition, record_offset, reason, payload)"
	" SELECT p.topic, p.partition, s.record_offset, s.reason, s.payload"
	" FROM pg_temp.stage_quarantine AS s JOIN pg_temp.stage_partition AS p"
	" ON p.number = s.partition_number ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING";

static const char hub_sql[] =
	"INSERT INTO usage.hub (name) SELECT DISTINCT s.hub FROM pg_temp.stage_node AS s"
	" WHERE NOT EXISTS (SELECT FROM usage.hub AS h WHERE h.name = s.hub)"
	" ORDER BY 1 ON CONFLICT DO NOTHING";

static const char class_sql[] =
	"INSERT INTO usage.resource_class (name) SELECT s.name FROM pg_temp.stage_class AS s"
	" WHERE NOT EXISTS (SELECT FROM usage.resource_class AS c WHERE c.name = s.name)"
	" ORDER BY 1 ON CONFLICT DO NOTHING";

static const char known_class_sql[] =
	"INSERT INTO pg_temp.known_class SELECT s.number, c.class_id"
	" FROM pg_temp.stage_class AS s JOIN usage.resource_class AS c ON c.name = s.name";

static const char node_sql[] =
	"INSERT INTO usage.node (hub_id, name, last_window_end)"
	" SELECT h.hub_id, s.name, s.last_window_end FROM pg_temp.stage_node AS s"
	" JOIN usage.hub AS h ON h.name = s.hub WHERE NOT EXISTS"
	" (SELECT FROM usage.node AS n WHERE n.hub_id = h.hub_id AND n.name = s.name)"
	" ORDER BY 1, 2 ON CONFLICT DO NOTHING";

static const char known_node_sql[] =
	"INSERT INTO pg_temp.known_node SELECT s.number, n.node_id, n.hub_id"
	" FROM pg_temp.stage_node AS s JOIN usage.hub AS h ON h.name = s.hub"
	" JOIN usage.node AS n ON n.hub_id = h.hub_id AND n.name = s.name";

static const char node_end_sql[] =
	"UPDATE usage.node AS t SET last_window_end = s.last_window_end"
	" FROM pg_temp.stage_node AS s JOIN pg_temp.known_node AS k ON k.number = s.number"
	" WHERE t.node_id = k.node_id AND t.last_window_end < s.last_window_end";

/* A workload that gets its name late has its days rated again, from its first on. */
static const char late_days_sql[] =
	"INSERT INTO ingest.dirty_day (hub_id, day)"
	" SELECT DISTINCT n.hub_id, (d.day AT TIME ZONE 'UTC')::date"
	" FROM pg_temp.stage_workload AS s JOIN pg_temp.known_node AS n ON n.number = s.node_number"
	" JOIN usage.workload AS w ON w.node_id = n.node_id AND w.kind = s.kind"
	" AND w.external_id = s.external_id,"
	" generate_series(date_trunc('day', w.first_slot, 'UTC'), now() + interval '1 hour',"
	" interval '1 day') AS d (day)"
	" WHERE (w.username = '' AND s.username <> '') OR (w.tag = '' AND s.tag <> '')"
	" OR (w.server_name = '' AND s.server_name <> '') ORDER BY 1, 2";

static const char workload_sql[] =
	"INSERT INTO usage.workload AS t"
	" (node_id, kind, external_id, username, server_name, tag, first_slot)"
	" SELECT n.node_id, s.kind, s.external_id, s.username, s.server_name, s.tag, s.first_slot"
	" FROM pg_temp.stage_workload AS s JOIN pg_temp.known_node AS n ON n.number = s.node_number"
	" LEFT JOIN usage.workload AS w ON w.node_id = n.node_id AND w.kind = s.kind"
	" AND w.external_id = s.external_id"
	" WHERE w.workload_id IS NULL OR s.first_slot < w.first_slot"
	" OR (w.username = '' AND s.username <> '') OR (w.tag = '' AND s.tag <> '')"
	" OR (w.server_name = '' AND s.server_name <> '') ORDER BY 1, 2, 3"
	" ON CONFLICT (node_id, kind, external_id) DO UPDATE SET"
	" username = CASE t.username WHEN '' THEN excluded.username ELSE t.username END,"
	" server_name = CASE t.server_name WHEN '' THEN excluded.server_name"
	" ELSE t.server_name END,"
	" tag = CASE t.tag WHEN '' THEN excluded.tag ELSE t.tag END,"
	" first_slot = least(t.first_slot, excluded.first_slot)";

static const char known_workload_sql[] =
	"INSERT INTO pg_temp.known_workload SELECT s.number, w.workload_id"
	" FROM pg_temp.stage_workload AS s JOIN pg_temp.known_node AS n ON n.number = s.node_number"
	" JOIN usage.workload AS w ON w.node_id = n.node_id AND w.kind = s.kind"
	" AND w.external_id = s.external_id";

/* clang-format off */
static const char slot_sql[] =
	"INSERT INTO usage.slot AS t (slot_start, workload_id, class_id, cpu_used_usec,"
	" cpu_reserved_usec, cpu_billable_usec, memory_used_mib_sec, memory_reserved_mib_sec,"
	" memory_billable_mib_sec, gpu_used_msec, gpu_reserved_msec, gpu_billable_msec,"
	" storage_mib_sec, net_rx_bytes, net_tx_bytes, wall_msec, flags)"
	" SELECT s.slot_start, w.workload_id, c.class_id, s.cpu_used_usec, s.cpu_reserved_usec,"
	" s.cpu_billable_usec, s.memory_used_mib_sec, s.memory_reserved_mib_sec,"
	" s.memory_billable_mib_sec, s.gpu_used_msec, s.gpu_reserved_msec, s.gpu_billable_msec,"
	" s.storage_mib_sec, s.net_rx_bytes, s.net_tx_bytes, s.wall_msec, s.flags"
	" FROM pg_temp.stage_slot AS s"
	" JOIN pg_temp.known_workload AS w ON w.number = s.workload_number"
	" JOIN pg_temp.known_class AS c ON c.number = s.class_number ORDER BY 1, 2, 3"
	" ON CONFLICT (slot_start, workload_id, class_id) DO UPDATE SET " SUM(cpu_used_usec)
	", " SUM(cpu_reserved_usec) ", " SUM(cpu_billable_usec)
	", " SUM(memory_used_mib_sec) ", " SUM(memory_reserved_mib_sec)
	", " SUM(memory_billable_mib_sec) ", " SUM(gpu_used_msec)
	", " SUM(gpu_reserved_msec) ", " SUM(gpu_billable_msec)
	", " SUM(storage_mib_sec) ", " SUM(net_rx_bytes) ", " SUM(net_tx_bytes)
	", " SUM(wall_msec) ", flags = t.flags | excluded.flags";

static const char node_slot_sql[] =
	"INSERT INTO usage.node_slot AS t (slot_start, node_id, class_id, coverage_msec,"
	" cpu_capacity_usec, cpu_used_usec, cpu_system_usec, memory_capacity_mib_sec,"
	" memory_used_mib_sec, memory_system_mib_sec, gpu_capacity_msec, gpu_used_msec,"
	" gpu_system_msec)"
	" SELECT s.slot_start, n.node_id, c.class_id, s.coverage_msec, s.cpu_capacity_usec,"
	" s.cpu_used_usec, s.cpu_system_usec, s.memory_capacity_mib_sec, s.memory_used_mib_sec,"
	" s.memory_system_mib_sec, s.gpu_capacity_msec, s.gpu_used_msec, s.gpu_system_msec"
	" FROM pg_temp.stage_node_slot AS s"
	" JOIN pg_temp.known_node AS n ON n.number = s.node_number"
	" JOIN pg_temp.known_class AS c ON c.number = s.class_number ORDER BY 1, 2, 3"
	" ON CONFLICT (slot_start, node_id, class_id) DO UPDATE SET " SUM(coverage_msec)
	", " SUM(cpu_capacity_usec) ", " SUM(cpu_used_usec) ", " SUM(cpu_system_usec)
	", " SUM(memory_capacity_mib_sec) ", " SUM(memory_used_mib_sec)
	", " SUM(memory_system_mib_sec) ", " SUM(gpu_capacity_msec)
	", " SUM(gpu_used_msec) ", " SUM(gpu_system_msec);

/* clang-format on */

/* A row lies within its batch's window, so the nodes' slots cover the workloads'. */
static const char days_sql[] =
	"INSERT INTO ingest.dirty_day (hub_id, day)"
	" SELECT DISTINCT n.hub_id, (s.slot_start AT TIME ZONE 'UTC')::date"
	" FROM pg_temp.stage_node_slot AS s"
	" JOIN pg_temp.known_node AS n ON n.number = s.node_number ORDER BY 1, 2";

static const char *const pipeline[] = {fence_sql, watermark_sql, gap_sql, quarantine_sql, hub_sql,
	class_sql, known_class_sql, node_sql, known_node_sql, node_end_sql, late_days_sql,
	workload_sql, known_workload_sql, slot_sql, node_slot_sql, days_sql, "COMMIT"};
#define PIPELINE_SIZE (sizeof(pipeline) / sizeof(pipeline[0]))

/* Months since 1970 of the UTC month that holds @usec. */
static int32_t month_of(int64_t usec)
{
	time_t seconds = (time_t)(usec / 1000000);
	struct tm tm;

	return gmtime_r(&seconds, &tm) ? (tm.tm_year - 70) * 12 + tm.tm_mon : 0;
}

static bool is_known_month(const struct store *store, int32_t month)
{
	for (size_t i = 0; i < store->n_months; i++)
		if (store->month[i] == month)
			return true;
	return false;
}

static int ensure_month(struct store *store, int64_t usec)
{
	char text[32];
	const char *value[] = {text};
	int r;

	(void)snprintf(text, sizeof(text), "%lld", (long long)(usec / 1000000)); /* fits */
	r = store_run(store, "SELECT usage.ensure_month(to_timestamp($1::bigint))", 1, value, NULL);
	if (r < 0)
		return r;
	if (store->n_months == STORE_MAX_MONTHS)
		store->n_months = 0;
	store->month[store->n_months++] = month_of(usec);
	return 0;
}

/* Partitions for all slots. Those of nodes cover those of workloads. */
static int ensure_months(struct store *store, const struct rollup *rollup)
{
	for (uint32_t i = 0; i < rollup->node_slots.count; i++) {
		const struct rollup_node_slot *slot = hash_table_at(&rollup->node_slots, i);
		int r = 0;

		if (!is_known_month(store, month_of(slot->slot_usec)))
			r = ensure_month(store, slot->slot_usec);
		if (r < 0)
			return r;
	}
	return 0;
}

static int send_pipeline(struct store *store)
{
	if (!PQenterPipelineMode(store->connection))
		return store_failure(store, NULL);
	for (size_t i = 0; i < PIPELINE_SIZE; i++)
		if (!PQsendQueryParams(
			    store->connection, pipeline[i], 0, NULL, NULL, NULL, NULL, 1))
			return store_failure(store, NULL);
	if (!PQpipelineSync(store->connection))
		return store_failure(store, NULL);
	return store_send_all(store);
}

/* Read up to the sync. The first failure counts: what follows it was not run. */
static int read_pipeline(struct store *store)
{
	bool committed = false;
	int failed = 0;

	for (;;) {
		hm_cleanup(store_clear_result) PGresult *result = NULL;
		int r = store_next_result(store, &result);

		if (r < 0)
			return r;
		if (!result)
			continue; /* between two statements */
		switch (PQresultStatus(result)) {
		case PGRES_PIPELINE_SYNC:
			if (failed == 0 && !committed)
				failed = -EAGAIN;
			return failed;
		case PGRES_COMMAND_OK:
			committed |= strcmp(PQcmdStatus(result), "COMMIT") == 0;
			break;
		case PGRES_TUPLES_OK:
		case PGRES_PIPELINE_ABORTED:
			break;
		default:
			if (failed == 0)
				failed = store_failure(store, result);
			if (failed == -ECONNRESET)
				return failed;
		}
	}
}

/* End what failed; a server that cannot even do that is left. */
static int roll_back(struct store *store, int error)
{
	char kept[STORE_ERROR_SIZE];

	if (error == -ECONNRESET)
		return error;
	memcpy(kept, store->error, sizeof(kept));
	if (store_run(store, "ROLLBACK", 0, NULL, NULL) < 0) {
		store_disconnect(store);
		error = -ECONNRESET;
	}
	memcpy(store->error, kept, sizeof(kept));
	return error;
}

int store_flush(struct store *store, const struct ingest *ingest)
{
	int r;

	r = ensure_months(store, &ingest->rollup);
	if (r < 0)
		return r;
	r = store_run(store, "BEGIN", 0, NULL, NULL);
	if (r < 0)
		return r;
	r = store_stage(store, ingest);
	if (r < 0)
		return roll_back(store, r);
	r = send_pipeline(store);
	if (r < 0)
		return r;
	r = read_pipeline(store);
	if (r == -ECONNRESET)
		return r;
	if (!PQexitPipelineMode(store->connection)) {
		store_disconnect(store);
		return -ECONNRESET;
	}
	return r < 0 ? roll_back(store, r) : 0;
}
