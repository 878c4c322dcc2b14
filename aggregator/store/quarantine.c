/* A retry is a flush whose fence is the message's row, not the partition's offset. */
#include "aggregator/store/quarantine.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/store/private.h"
#include "aggregator/store/sql/sql.h"
#include "hubmeter/cleanup.h"

#define NUMBER_SIZE 24
#define N_VALUES    6

enum column {
	COLUMN_TOPIC,
	COLUMN_PARTITION,
	COLUMN_OFFSET,
	COLUMN_STATE,
	COLUMN_PAYLOAD,
	COLUMN_WRITTEN_BY,
	COLUMN_WRITTEN,
	COLUMN_RECEIVED
};

void store_quarantined_release(struct store_quarantined *quarantined)
{
	free(quarantined->topic);
	free(quarantined->payload);
	*quarantined = (struct store_quarantined){.topic = NULL};
}

static struct record_time read_written(const PGresult *result)
{
	struct record_time written = {.clock = RECORD_CLOCK_NONE};

	if (PQgetisnull(result, 0, COLUMN_WRITTEN) || PQgetisnull(result, 0, COLUMN_WRITTEN_BY))
		return written;
	written.usec = postgres_get_i64(result, 0, COLUMN_WRITTEN);
	written.clock = strcmp(PQgetvalue(result, 0, COLUMN_WRITTEN_BY), "broker") == 0
				? RECORD_CLOCK_BROKER
				: RECORD_CLOCK_PRODUCER;
	return written;
}

static int read_quarantined(const PGresult *result, struct store_quarantined *ret)
{
	struct store_quarantined found = {
		.topic = strdup(PQgetvalue(result, 0, COLUMN_TOPIC)),
		.partition = (int32_t)postgres_get_i64(result, 0, COLUMN_PARTITION),
		.offset = postgres_get_i64(result, 0, COLUMN_OFFSET),
		.written = read_written(result),
		.received_usec = postgres_get_i64(result, 0, COLUMN_RECEIVED),
		.payload_size = (size_t)PQgetlength(result, 0, COLUMN_PAYLOAD),
	};

	(void)snprintf(found.state, sizeof(found.state), "%s",
		PQgetvalue(result, 0, COLUMN_STATE)); /* fits, by a constraint */
	found.payload = malloc(found.payload_size + 1);
	if (!found.topic || !found.payload) {
		store_quarantined_release(&found);
		return -ENOMEM;
	}
	memcpy(found.payload, PQgetvalue(result, 0, COLUMN_PAYLOAD), found.payload_size);
	*ret = found;
	return 0;
}

int store_find_quarantined(struct store *store, int64_t id, struct store_quarantined *ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	char number[NUMBER_SIZE];
	const char *const value[] = {number};
	int r;

	(void)snprintf(number, sizeof(number), "%" PRId64, id); /* fits */
	r = store_run(store, sql_find_quarantined, 1, value, &result);
	if (r == 0 && PQntuples(result) == 0)
		r = postgres_fail(&store->postgres, -ENOENT, "no such message");
	return r < 0 ? store_code(r) : read_quarantined(result, ret);
}

int store_load_streams_of(struct store *store, struct ingest_partition *partition)
{
	struct store_claim claim = {.partition = partition};

	return store_code(store_load_streams(store, &claim, 1));
}

/* As parameters of settle_quarantine.sql. */
struct values {
	char id[NUMBER_SIZE], shift[NUMBER_SIZE], max_age[NUMBER_SIZE];
	const char *value[N_VALUES];
};

static void make_values(const struct store_settlement *settlement, struct values *ret)
{
	(void)snprintf(ret->id, sizeof(ret->id), "%" PRId64, settlement->quarantine_id);
	(void)snprintf(ret->shift, sizeof(ret->shift), "%" PRId64, settlement->shift_usec);
	(void)snprintf(ret->max_age, sizeof(ret->max_age), "%" PRId64,
		settlement->max_age_usec); /* all fit */
	ret->value[0] = ret->id;
	ret->value[1] = settlement->outcome;
	ret->value[2] = settlement->still_refused_as;
	ret->value[3] = settlement->shift_usec ? ret->shift : NULL;
	ret->value[4] = ret->max_age;
	ret->value[5] = settlement->reason;
}

int store_settle(struct store *store, const struct store_settlement *settlement)
{
	struct values values;

	make_values(settlement, &values);
	return store_code(store_run(store, sql_settle_quarantine, N_VALUES, values.value, NULL));
}

int store_flush_settling(
	struct store *store, const struct ingest *ingest, const struct store_settlement *settlement)
{
	struct values values;
	struct postgres_statement fence = {
		.sql = sql_settle_quarantine, .n_values = N_VALUES, .value = values.value};

	make_values(settlement, &values);
	return store_flush_behind(store, ingest, &fence);
}
