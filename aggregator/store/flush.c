/*
 * The transaction. Staged rows first, then one pipeline: fence, streams, refusals, names,
 * sums, days to rate, commit. Every table is written in the order of its key, and the tables
 * always in the same order, so concurrent flushes wait for each other but never crosswise.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "aggregator/store/private.h"
#include "aggregator/store/sql/sql.h"
#include "hubmeter/cleanup.h"

/* In this order; every file says what it does. */
static const struct postgres_statement pipeline[] = {
	{.sql = sql_advance_partitions},
	{.sql = sql_move_streams},
	{.sql = sql_insert_quarantine},
	{.sql = sql_insert_hubs},
	{.sql = sql_insert_classes},
	{.sql = sql_know_classes},
	{.sql = sql_insert_nodes},
	{.sql = sql_know_nodes},
	{.sql = sql_update_nodes},
	{.sql = sql_mark_late_names},
	{.sql = sql_upsert_workloads},
	{.sql = sql_know_workloads},
	{.sql = sql_learn_ids},
	{.sql = sql_resolve_slots},
	{.sql = sql_upsert_slots},
	{.sql = sql_upsert_node_slots},
	{.sql = sql_mark_days},
	{.sql = "COMMIT"},
};
#define PIPELINE_SIZE (sizeof(pipeline) / sizeof(pipeline[0]))
#define LEARN_IDS     12

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
static int ensure_months(struct store *store, const struct part_keys *keys)
{
	const struct rollup *rollup = keys->rollup;

	for (uint32_t i = 0; i < rollup->node_slots.count; i++) {
		const struct rollup_node_slot *slot = hash_table_at(&rollup->node_slots, i);
		int r = 0;

		if (part_has_node(keys, slot->node) &&
			!is_known_month(store, month_of(slot->slot_usec)))
			r = ensure_month(store, slot->slot_usec);
		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * "no partition of relation found for row" shares its SQLSTATE with a violated CHECK, but names no
 * constraint: somebody dropped a month's table while we ran. The next attempt makes it again.
 */
static int forget_missing_month(struct store *store, int r)
{
	const struct postgres *postgres = &store->postgres;

	if (r != -EBADMSG || strcmp(postgres->state, SQLSTATE_CHECK_VIOLATION) != 0 ||
		postgres->constraint[0] != '\0')
		return r;
	store->n_months = 0;
	return -EAGAIN;
}

/* @fence: what decides whether it may commit, instead of the partitions' offsets; NULL: these do.
 */
static int commit_staged(struct store *store, const struct ingest *ingest,
	const struct part_keys *keys, const struct postgres_statement *fence)
{
	hm_cleanup(postgres_result_clearp) PGresult *learned = NULL;
	hm_cleanup(known_ids_release) struct known_ids ids = {0};
	struct postgres_statement statement[PIPELINE_SIZE];
	int r;

	memcpy(statement, pipeline, sizeof(statement));
	if (fence)
		statement[0] = *fence;
	r = known_look_up(&store->known, keys, &ids);
	if (r == 0)
		r = store_stage(store, ingest, keys, &ids);
	if (r == 0)
		r = postgres_pipeline(
			&store->postgres, statement, PIPELINE_SIZE, LEARN_IDS, &learned);
	if (r == 0)
		known_learn(&store->known, keys, &ids, learned);
	if (r == 0 || r == -ECONNRESET)
		return r;
	r = forget_missing_month(store, r);
	return postgres_roll_back(&store->postgres, r);
}

int store_flush_behind(
	struct store *store, const struct ingest *ingest, const struct postgres_statement *fence)
{
	hm_cleanup(part_keys_release) struct part_keys keys;
	int r;

	r = part_keys_init(&keys, ingest);
	if (r == 0)
		r = ensure_months(store, &keys);
	if (r == 0)
		r = store_begin_staging(store);
	if (r == 0)
		r = commit_staged(store, ingest, &keys, fence);
	return store_code(r);
}

int store_flush(struct store *store, const struct ingest *ingest)
{
	return store_flush_behind(store, ingest, NULL);
}
