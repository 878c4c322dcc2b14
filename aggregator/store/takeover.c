/*
 * Ownership. The row in ingest.partition is the lock, the epoch in it the fencing token; a
 * backend of a predecessor that still holds the row is ended, if it is the one that is recorded.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/store/private.h"
#include "hubmeter/cleanup.h"

#define TAKEOVER_ATTEMPTS 3

/* A partition as text parameters. */
struct place {
	char partition[16];
	char epoch[24];
	const char *value[4];
};

static void place_init(struct place *place, const struct ingest_partition *partition)
{
	(void)snprintf(place->partition, sizeof(place->partition), "%" PRId32,
		partition->partition); /* fits; so does the next */
	(void)snprintf(place->epoch, sizeof(place->epoch), "%" PRId64, partition->owner_epoch);
	place->value[0] = partition->topic;
	place->value[1] = place->partition;
}

static int add_missing(struct store *store, struct place *place, int64_t low_offset)
{
	char offset[24];

	(void)snprintf(offset, sizeof(offset), "%" PRId64, low_offset); /* fits */
	place->value[2] = offset;
	return store_run(store,
		"INSERT INTO ingest.partition (topic, partition, next_offset)"
		" VALUES ($1, $2::integer, $3::bigint) ON CONFLICT DO NOTHING",
		3, place->value, NULL);
}

/* End the recorded backend of the previous owner. A role may end its own sessions. */
static int end_predecessor(struct store *store, struct place *place)
{
	return store_run(store,
		"SELECT pg_terminate_backend(a.pid) FROM ingest.partition AS p"
		" JOIN pg_stat_activity AS a ON a.pid = p.backend_pid"
		" AND a.backend_start = p.backend_start"
		" WHERE p.topic = $1 AND p.partition = $2::integer AND a.pid <> pg_backend_pid()",
		2, place->value, NULL);
}

/* Was the last failure that somebody else held the row too long? */
static bool was_blocked(const struct store *store)
{
	return strcmp(store->state, "55P03") == 0; /* lock_not_available */
}

static bool get_bytes(const PGresult *result, int column, uint8_t *ret, int size)
{
	if (PQgetisnull(result, 0, column) || PQgetlength(result, 0, column) != size)
		return false;
	memcpy(ret, PQgetvalue(result, 0, column), (size_t)size);
	return true;
}

static void read_row(const PGresult *result, struct ingest_partition *partition)
{
	struct ingest_last last = {0};

	partition->owner_epoch = store_get_i64(result, 0, 0);
	partition->next_offset = partition->committed_offset = store_get_i64(result, 0, 1);
	last.has_batch = get_bytes(result, 2, last.stream, HM_STREAM_SIZE);
	last.sequence = (uint64_t)store_get_i64(result, 0, 3);
	last.has_crc32c = !PQgetisnull(result, 0, 4);
	last.crc32c = (uint32_t)store_get_i64(result, 0, 4);
	partition->last = last;
}

/* 0, or -ENOENT when the row is not there or stopped. */
static int take_row(struct store *store, struct place *place, struct ingest_partition *partition)
{
	hm_cleanup(store_clear_result) PGresult *result = NULL;
	int r;

	place->value[2] = store->owner;
	r = store_run(store,
		"UPDATE ingest.partition SET owner_epoch = owner_epoch + 1, owner = $3,"
		" backend_pid = pg_backend_pid(), backend_start = (SELECT a.backend_start"
		" FROM pg_stat_activity AS a WHERE a.pid = pg_backend_pid()), taken_at = now(), waiting_reason = NULL"
		" WHERE topic = $1 AND partition = $2::integer AND stopped_reason IS NULL"
		" RETURNING owner_epoch, next_offset, last_stream, last_sequence, last_crc32c",
		3, place->value, &result);
	if (r < 0)
		return r;
	if (PQntuples(result) != 1)
		return -ENOENT;
	read_row(result, partition);
	return 0;
}

static int load_watermarks(
	struct store *store, struct place *place, struct ingest_partition *partition)
{
	hm_cleanup(store_clear_result) PGresult *result = NULL;
	int r;

	r = store_run(store,
		"SELECT stream, sequence FROM ingest.watermark"
		" WHERE topic = $1 AND partition = $2::integer",
		2, place->value, &result);
	for (int row = 0; r == 0 && row < PQntuples(result); row++)
		r = dedupe_load(&partition->dedupe, (const uint8_t *)PQgetvalue(result, row, 0),
			(uint64_t)store_get_i64(result, row, 1));
	return r;
}

static int read_stopped_reason(struct store *store, struct place *place)
{
	hm_cleanup(store_clear_result) PGresult *result = NULL;
	int r;

	r = store_run(store,
		"SELECT stopped_reason FROM ingest.partition"
		" WHERE topic = $1 AND partition = $2::integer AND stopped_reason IS NOT NULL",
		2, place->value, &result);
	if (r < 0)
		return r;
	if (PQntuples(result) != 1)
		return -EAGAIN;
	store_set_error(store, PQgetvalue(result, 0, 0));
	return -EPERM;
}

int store_takeover(struct store *store, struct ingest_partition *partition, int64_t low_offset)
{
	struct place place;
	int r;

	place_init(&place, partition);
	r = add_missing(store, &place, low_offset);
	for (int attempt = 0; r == 0 && attempt < TAKEOVER_ATTEMPTS; attempt++) {
		r = take_row(store, &place, partition);
		if (r != -EAGAIN || !was_blocked(store))
			break;
		r = end_predecessor(store, &place);
		if (r == 0 && attempt == TAKEOVER_ATTEMPTS - 1)
			r = -EAGAIN;
	}
	if (r == -ENOENT)
		return read_stopped_reason(store, &place);
	return r < 0 ? r : load_watermarks(store, &place, partition);
}

int store_stop(struct store *store, const struct ingest_partition *partition, const char *reason)
{
	hm_cleanup(store_clear_result) PGresult *result = NULL;
	struct place place;
	int r;

	place_init(&place, partition);
	place.value[2] = place.epoch;
	place.value[3] = reason;
	r = store_run(store,
		"UPDATE ingest.partition SET stopped_reason = $4"
		" WHERE topic = $1 AND partition = $2::integer AND owner_epoch = $3::bigint"
		" RETURNING 1",
		4, place.value, &result);
	if (r < 0)
		return r;
	return PQntuples(result) == 1 ? 0 : -ESTALE;
}

int store_note_waiting(
	struct store *store, const char *topic, int32_t partition, const char *reason)
{
	char number[16];
	const char *const value[] = {topic, number, reason};

	(void)snprintf(number, sizeof(number), "%" PRId32, partition); /* fits */
	return store_run(store,
		"UPDATE ingest.partition SET waiting_reason = $3"
		" WHERE topic = $1 AND partition = $2::integer"
		" AND waiting_reason IS DISTINCT FROM $3",
		3, value, NULL);
}

/* Is it still ours, and at which offset? Becomes the recorded backend on the way. */
static int read_offset(
	struct store *store, const struct ingest_partition *partition, int64_t *ret_offset)
{
	hm_cleanup(store_clear_result) PGresult *result = NULL;
	struct place place;
	int r;

	place_init(&place, partition);
	place.value[2] = place.epoch;
	r = store_run(store,
		"UPDATE ingest.partition SET backend_pid = pg_backend_pid(),"
		" backend_start = (SELECT a.backend_start FROM pg_stat_activity AS a"
		" WHERE a.pid = pg_backend_pid())"
		" WHERE topic = $1 AND partition = $2::integer AND owner_epoch = $3::bigint"
		" RETURNING next_offset",
		3, place.value, &result);
	if (r == -EAGAIN && was_blocked(store) && end_predecessor(store, &place) == -ECONNRESET)
		return -ECONNRESET;
	if (r < 0)
		return r;
	if (PQntuples(result) != 1)
		return -ESTALE;
	*ret_offset = store_get_i64(result, 0, 0);
	return 0;
}

int store_resolve(struct store *store, const struct ingest *ingest, bool *ret_committed)
{
	size_t old = 0;
	size_t new = 0;

	for (size_t i = 0; i < ingest->n_partitions; i++) {
		const struct ingest_partition *partition = &ingest->partition[i];
		int64_t offset;
		int r = read_offset(store, partition, &offset);

		if (r < 0)
			return r;
		if (partition->next_offset == partition->committed_offset)
			continue;
		if (offset == partition->committed_offset)
			old++;
		else if (offset == partition->next_offset)
			new ++;
		else
			return -ESTALE;
	}
	if (old > 0 && new > 0)
		return -ESTALE;
	*ret_committed = new > 0;
	return 0;
}
