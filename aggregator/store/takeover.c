/*
 * Ownership. The row in ingest.partition is the lock, the epoch in it the fencing token; a
 * backend of a predecessor that still holds the row is ended, if it is the one that is recorded.
 * However many partitions there are, they are asked for in one statement.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/store/private.h"
#include "aggregator/store/sql/sql.h"
#include "aggregator/store/sql_array.h"
#include "common/buffer.h"
#include "hubmeter/cleanup.h"

#define TAKEOVER_ATTEMPTS 3

/* Partitions as parameters: arrays, as text, of topics, of numbers, and of a figure of each. */
struct parameters {
	struct buffer topic, partition, figure;
	const char *value[4];
};

static void parameters_release(struct parameters *parameters)
{
	buffer_release(&parameters->topic);
	buffer_release(&parameters->partition);
	buffer_release(&parameters->figure);
}

static int add_partition(
	struct parameters *parameters, const struct ingest_partition *partition, int64_t figure)
{
	int r;

	r = sql_array_add(&parameters->topic, partition->topic);
	if (r == 0)
		r = sql_array_add_number(&parameters->partition, partition->partition);
	return r < 0 ? r : sql_array_add_number(&parameters->figure, figure);
}

/* After all were added. */
static int parameters_close(struct parameters *parameters)
{
	int r;

	r = sql_array_close(&parameters->topic, &parameters->value[0]);
	if (r == 0)
		r = sql_array_close(&parameters->partition, &parameters->value[1]);
	return r < 0 ? r : sql_array_close(&parameters->figure, &parameters->value[2]);
}

#define PARAMETERS_INIT                                                                            \
	{                                                                                          \
		.topic = SQL_ARRAY_INIT, .partition = SQL_ARRAY_INIT, .figure = SQL_ARRAY_INIT     \
	}

/* -EPERM: one may be in the way that nobody may end, which store_error() names. */
static int end_predecessors(struct store *store, struct parameters *parameters)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r = store_run(store, sql_end_predecessors, 2, parameters->value, &result);

	if (r == 0 && !PQgetisnull(result, 0, 0))
		return postgres_fail(&store->postgres, -EPERM, "%s", PQgetvalue(result, 0, 0));
	return r;
}

static bool get_bytes(const PGresult *result, int row, int column, uint8_t *ret, int size)
{
	if (PQgetisnull(result, row, column) || PQgetlength(result, row, column) != size)
		return false;
	memcpy(ret, PQgetvalue(result, row, column), (size_t)size);
	return true;
}

enum taken_column {
	TAKEN_NUMBER,
	TAKEN_EPOCH,
	TAKEN_OFFSET,
	TAKEN_STREAM,
	TAKEN_SEQUENCE,
	TAKEN_CRC,
	TAKEN_REASON
};

static void read_row(const PGresult *result, int row, struct store_claim *claim)
{
	struct ingest_partition *partition = claim->partition;
	struct ingest_last last = {0};

	if (!PQgetisnull(result, row, TAKEN_REASON)) {
		claim->result = -EPERM;
		(void)snprintf(claim->reason, sizeof(claim->reason), "%s",
			PQgetvalue(result, row, TAKEN_REASON)); /* cut to fit */
		return;
	}
	claim->result = 0;
	partition->owner_epoch = postgres_get_i64(result, row, TAKEN_EPOCH);
	partition->next_offset = partition->committed_offset =
		postgres_get_i64(result, row, TAKEN_OFFSET);
	last.has_batch = get_bytes(result, row, TAKEN_STREAM, last.stream, HM_STREAM_SIZE);
	if (last.has_batch)
		last.sequence = (uint64_t)postgres_get_i64(result, row, TAKEN_SEQUENCE);
	last.has_crc32c = !PQgetisnull(result, row, TAKEN_CRC);
	if (last.has_crc32c)
		last.crc32c = (uint32_t)postgres_get_i64(result, row, TAKEN_CRC);
	partition->last = last;
}

/* -EAGAIN: some row is not there any more. */
static int take_rows(
	struct store *store, struct parameters *parameters, struct store_claim *claim, size_t count)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r;

	parameters->value[2] = store->owner;
	r = store_run(store, sql_take_partitions, 3, parameters->value, &result);
	if (r < 0)
		return r;
	if ((size_t)PQntuples(result) != count)
		return postgres_fail(&store->postgres, -EAGAIN, "partitions vanished");
	for (int row = 0; row < PQntuples(result); row++)
		read_row(result, row, &claim[postgres_get_i64(result, row, TAKEN_NUMBER) - 1]);
	return 0;
}

static int take_or_end_predecessors(
	struct store *store, struct parameters *parameters, struct store_claim *claim, size_t count)
{
	int r = 0;

	for (int attempt = 0; attempt < TAKEOVER_ATTEMPTS; attempt++) {
		r = take_rows(store, parameters, claim, count);
		if (r != -EAGAIN || !store_was_blocked(store))
			return r;
		r = end_predecessors(store, parameters);
		if (r < 0 && r != -EPERM)
			return r;
	}
	return -EAGAIN;
}

static int take_over(
	struct store *store, struct parameters *parameters, struct store_claim *claim, size_t count)
{
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++)
		r = add_partition(parameters, claim[i].partition, claim[i].low_offset);
	if (r == 0)
		r = parameters_close(parameters);
	if (r == 0)
		r = store_run(store, sql_add_partitions, 3, parameters->value, NULL);
	if (r == 0)
		r = take_or_end_predecessors(store, parameters, claim, count);
	return r < 0 ? r : store_load_streams(store, claim, count);
}

int store_takeover(struct store *store, struct store_claim *claim, size_t count)
{
	struct parameters parameters = PARAMETERS_INIT;
	int r = count ? take_over(store, &parameters, claim, count) : 0;

	parameters_release(&parameters);
	return store_code(r);
}

static int find_stopped(
	struct store *store, struct parameters *parameters, struct store_claim *claim, size_t count)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		claim[i].result = 0;
		r = add_partition(parameters, claim[i].partition, 0);
	}
	if (r == 0)
		r = parameters_close(parameters);
	if (r == 0)
		r = store_run(store, sql_find_stopped, 2, parameters->value, &result);
	for (int row = 0; r == 0 && row < PQntuples(result); row++) {
		struct store_claim *stopped = &claim[postgres_get_i64(result, row, 0) - 1];

		stopped->result = -EPERM;
		(void)snprintf(stopped->reason, sizeof(stopped->reason), "%s",
			PQgetvalue(result, row, 1)); /* cut to fit */
	}
	return r;
}

int store_find_stopped(struct store *store, struct store_claim *claim, size_t count)
{
	struct parameters parameters = PARAMETERS_INIT;
	int r = count ? find_stopped(store, &parameters, claim, count) : 0;

	parameters_release(&parameters);
	return store_code(r);
}

int store_stop(struct store *store, const struct ingest_partition *partition, const char *reason)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	char number[16], epoch[24];
	const char *const value[] = {partition->topic, number, epoch, reason};
	int r;

	(void)snprintf(number, sizeof(number), "%" PRId32, partition->partition); /* fits */
	(void)snprintf(epoch, sizeof(epoch), "%" PRId64, partition->owner_epoch); /* too */
	r = store_run(store, sql_stop_partition, 4, value, &result);
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

/* Where the database has them, in the order of ingest. -ESTALE: one is not ours any more. */
static int read_offsets(
	struct store *store, struct parameters *parameters, size_t count, int64_t *ret_offset)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r;

	r = store_run(store, sql_confirm_partitions, 3, parameters->value, &result);
	if (r == -EAGAIN && store_was_blocked(store) &&
		end_predecessors(store, parameters) == -ECONNRESET)
		return -ECONNRESET;
	if (r < 0)
		return r;
	if ((size_t)PQntuples(result) != count)
		return -ESTALE;
	for (int row = 0; row < PQntuples(result); row++)
		ret_offset[postgres_get_i64(result, row, 0) - 1] = postgres_get_i64(result, row, 1);
	return 0;
}

/* Is it to be ours? One that waits was perhaps never taken over; one that is stopped is nobody's.
 */
static bool is_owned(const struct ingest_partition *partition)
{
	return partition->reading == INGEST_READING_GOES_ON ||
	       partition->next_offset != partition->committed_offset;
}

/* All that moved stand where they were, or all where they were to be: nothing else is legal. */
static int compare(const struct ingest *ingest, const int64_t *offset, bool *ret_committed)
{
	size_t old = 0;
	size_t new = 0;

	for (size_t i = 0; i < ingest->n_partitions; i++) {
		const struct ingest_partition *partition = &ingest->partition[i];
		const int64_t found = is_owned(partition) ? *offset++ : partition->next_offset;

		if (!ingest_is_in_commit(partition))
			continue;
		if (found == partition->committed_offset)
			old++;
		else if (found == partition->next_offset)
			new ++;
		else
			return -ESTALE;
	}
	if (old > 0 && new > 0)
		return -ESTALE;
	*ret_committed = new > 0;
	return 0;
}

static int resolve(struct store *store, struct parameters *parameters, const struct ingest *ingest,
	bool *ret_committed)
{
	hm_cleanup(hm_freep) int64_t *offset = calloc(ingest->n_partitions + 1, sizeof(*offset));
	size_t count = 0;
	int r = offset ? 0 : -ENOMEM;

	for (size_t i = 0; i < ingest->n_partitions && r == 0; i++) {
		const struct ingest_partition *partition = &ingest->partition[i];

		if (!is_owned(partition))
			continue;
		r = add_partition(parameters, partition, partition->owner_epoch);
		count++;
	}
	if (r < 0 || count == 0)
		return r;
	r = parameters_close(parameters);
	if (r == 0)
		r = read_offsets(store, parameters, count, offset);
	return r < 0 ? r : compare(ingest, offset, ret_committed);
}

int store_resolve(struct store *store, const struct ingest *ingest, bool *ret_committed)
{
	struct parameters parameters = PARAMETERS_INIT;
	int r;

	*ret_committed = false;
	r = resolve(store, &parameters, ingest, ret_committed);
	parameters_release(&parameters);
	return store_code(r);
}
