/*
 * Ownership. The row in ingest.partition is the lock, the epoch in it the fencing token; a
 * backend of a predecessor that still holds the row is ended, if it is the one that is recorded.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/store/private.h"
#include "aggregator/store/sql/sql.h"
#include "hubmeter/cleanup.h"

#define TAKEOVER_ATTEMPTS 3

/* A partition as text parameters. */
struct parameters {
	char partition[16];
	char epoch[24];
	const char *value[4];
};

static void parameters_init(struct parameters *parameters, const struct ingest_partition *partition)
{
	(void)snprintf(parameters->partition, sizeof(parameters->partition), "%" PRId32,
		partition->partition); /* fits; so does the next */
	(void)snprintf(
		parameters->epoch, sizeof(parameters->epoch), "%" PRId64, partition->owner_epoch);
	parameters->value[0] = partition->topic;
	parameters->value[1] = parameters->partition;
}

static int add_missing(struct store *store, struct parameters *parameters, int64_t low_offset)
{
	char offset[24];

	(void)snprintf(offset, sizeof(offset), "%" PRId64, low_offset); /* fits */
	parameters->value[2] = offset;
	return store_run(store, sql_add_partition, 3, parameters->value, NULL);
}

static int end_predecessor(struct store *store, struct parameters *parameters)
{
	return store_run(store, sql_end_predecessor, 2, parameters->value, NULL);
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

	partition->owner_epoch = postgres_get_i64(result, 0, 0);
	partition->next_offset = partition->committed_offset = postgres_get_i64(result, 0, 1);
	last.has_batch = get_bytes(result, 2, last.stream, HM_STREAM_SIZE);
	last.sequence = (uint64_t)postgres_get_i64(result, 0, 3);
	last.has_crc32c = !PQgetisnull(result, 0, 4);
	last.crc32c = (uint32_t)postgres_get_i64(result, 0, 4);
	partition->last = last;
}

/* 0, or -ENOENT when the row is not there or stopped. */
static int take_row(
	struct store *store, struct parameters *parameters, struct ingest_partition *partition)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r;

	parameters->value[2] = store->owner;
	r = store_run(store, sql_take_partition, 3, parameters->value, &result);
	if (r < 0)
		return r;
	if (PQntuples(result) != 1)
		return -ENOENT;
	read_row(result, partition);
	return 0;
}

static int load_watermarks(
	struct store *store, struct parameters *parameters, struct ingest_partition *partition)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r;

	r = store_run(store, sql_load_watermarks, 2, parameters->value, &result);
	for (int row = 0; r == 0 && row < PQntuples(result); row++)
		r = dedupe_load(&partition->dedupe, (const uint8_t *)PQgetvalue(result, row, 0),
			(uint64_t)postgres_get_i64(result, row, 1));
	return r;
}

static int read_stopped_reason(struct store *store, struct parameters *parameters)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r;

	r = store_run(store, sql_stopped_reason, 2, parameters->value, &result);
	if (r < 0)
		return r;
	if (PQntuples(result) != 1)
		return -EAGAIN;
	return postgres_fail(&store->postgres, -EPERM, "%s", PQgetvalue(result, 0, 0));
}

static int take_over(struct store *store, struct ingest_partition *partition, int64_t low_offset)
{
	struct parameters parameters;
	int r;

	parameters_init(&parameters, partition);
	r = add_missing(store, &parameters, low_offset);
	for (int attempt = 0; r == 0 && attempt < TAKEOVER_ATTEMPTS; attempt++) {
		r = take_row(store, &parameters, partition);
		if (r != -EAGAIN || !store_was_blocked(store))
			break;
		r = end_predecessor(store, &parameters);
		if (r == 0 && attempt == TAKEOVER_ATTEMPTS - 1)
			r = -EAGAIN;
	}
	if (r == -ENOENT)
		return read_stopped_reason(store, &parameters);
	return r < 0 ? r : load_watermarks(store, &parameters, partition);
}

int store_takeover(struct store *store, struct ingest_partition *partition, int64_t low_offset)
{
	return store_code(take_over(store, partition, low_offset));
}

int store_stop(struct store *store, const struct ingest_partition *partition, const char *reason)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	struct parameters parameters;
	int r;

	parameters_init(&parameters, partition);
	parameters.value[2] = parameters.epoch;
	parameters.value[3] = reason;
	r = store_run(store, sql_stop_partition, 4, parameters.value, &result);
	if (r < 0)
		return store_code(r);
	return PQntuples(result) == 1 ? 0 : -ESTALE;
}

int store_note_waiting(
	struct store *store, const char *topic, int32_t partition, const char *reason)
{
	char number[16];
	const char *const value[] = {topic, number, reason};

	(void)snprintf(number, sizeof(number), "%" PRId32, partition); /* fits */
	return store_code(store_run(store, sql_note_waiting, 3, value, NULL));
}

static int read_offset(
	struct store *store, const struct ingest_partition *partition, int64_t *ret_offset)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	struct parameters parameters;
	int r;

	parameters_init(&parameters, partition);
	parameters.value[2] = parameters.epoch;
	r = store_run(store, sql_confirm_partition, 3, parameters.value, &result);
	if (r == -EAGAIN && store_was_blocked(store) &&
		end_predecessor(store, &parameters) == -ECONNRESET)
		return -ECONNRESET;
	if (r < 0)
		return r;
	if (PQntuples(result) != 1)
		return -ESTALE;
	*ret_offset = postgres_get_i64(result, 0, 0);
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
			return store_code(r);
		if (!ingest_is_in_commit(partition))
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
