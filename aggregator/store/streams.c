/*
 * What the database knows of topics' streams, into memory: not all of it, if a hub has very many.
 * What is not here is found by the commit (ingest.move_streams()) and then asked for by name.
 */
#include <stdio.h>
#include <string.h>

#include "aggregator/store/private.h"
#include "aggregator/store/sql/sql.h"
#include "aggregator/store/sql_array.h"
#include "hubmeter/cleanup.h"

#define MOST_STREAMS   "8192" /* more than nodes of any hub; 17 us each */
#define MOST_ROWS      (DEDUPE_MAX_GAPS / 2)
#define TOPICS_AT_ONCE ((size_t)32) /* an answer is in memory as a whole */

static int add_streams(struct buffer *array, const struct buffer *streams)
{
	int r = 0;

	for (size_t at = 0; r == 0 && at < streams->size; at += HM_STREAM_SIZE)
		r = sql_array_add_bytes(array, streams->data + at, HM_STREAM_SIZE);
	return r;
}

enum column {
	COLUMN_TOPIC,
	COLUMN_STREAM,
	COLUMN_SEQUENCE,
	COLUMN_NODE,
	COLUMN_FIRST,
	COLUMN_LAST
};

/* The rows of one topic. */
struct rows {
	const PGresult *result;
	int first, end;
};

static const uint8_t *stream_at(const PGresult *result, int row)
{
	return (const uint8_t *)PQgetvalue(result, row, COLUMN_STREAM);
}

static bool same_stream(const PGresult *result, int a, int b)
{
	return memcmp(stream_at(result, a), stream_at(result, b), HM_STREAM_SIZE) == 0;
}

/* Up to the last stream that is there whole, or with as many gaps as there is room for. */
static int whole_end(const struct rows *rows, bool *ret_is_cut)
{
	int whole = rows->end;

	*ret_is_cut = false;
	if (rows->end - rows->first < (int)MOST_ROWS)
		return rows->end;
	while (whole > rows->first && same_stream(rows->result, whole - 1, rows->end - 1))
		whole--;
	*ret_is_cut = whole == rows->first;
	return whole > rows->first ? whole : rows->end;
}

static int load_row(struct dedupe *dedupe, const struct rows *rows, int row)
{
	const PGresult *result = rows->result;
	const uint8_t *stream = stream_at(result, row);
	int r = 0;

	if (row == rows->first || !same_stream(result, row, row - 1))
		r = dedupe_load(dedupe, stream,
			(uint64_t)postgres_get_i64(result, row, COLUMN_SEQUENCE),
			PQgetisnull(result, row, COLUMN_NODE)
				? NULL
				: PQgetvalue(result, row, COLUMN_NODE));
	if (r == 0 && !PQgetisnull(result, row, COLUMN_FIRST))
		r = dedupe_load_gap(dedupe, stream,
			(uint64_t)postgres_get_i64(result, row, COLUMN_FIRST),
			(uint64_t)postgres_get_i64(result, row, COLUMN_LAST));
	return r;
}

static int load_rows(struct dedupe *dedupe, const struct rows *rows)
{
	bool is_cut;
	int end = whole_end(rows, &is_cut), r = 0;

	for (int row = rows->first; r == 0 && row < end; row++)
		r = load_row(dedupe, rows, row);
	if (r == 0 && is_cut)
		dedupe_mark_crowded(dedupe, stream_at(rows->result, rows->first));
	return r;
}

static int add_names(struct buffer *array, struct ingest_topic *const *topic, size_t count)
{
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++)
		r = sql_array_add(array, topic[i]->name);
	return r;
}

static int load_result(struct ingest_topic *const *topic, const PGresult *result)
{
	struct rows rows = {.result = result};
	int r = 0;

	while (rows.first < PQntuples(result) && r == 0) {
		const int64_t number = postgres_get_i64(result, rows.first, COLUMN_TOPIC);

		rows.end = rows.first + 1;
		while (rows.end < PQntuples(result) &&
			postgres_get_i64(result, rows.end, COLUMN_TOPIC) == number)
			rows.end++;
		r = load_rows(&topic[number - 1]->dedupe, &rows);
		rows.first = rows.end;
	}
	return r;
}

/* @wanted: of one topic; the others have none. */
static int load_topics(struct store *store, struct ingest_topic *const *topic, size_t count,
	const struct buffer *wanted)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	hm_cleanup(buffer_release) struct buffer names = SQL_ARRAY_INIT;
	hm_cleanup(buffer_release) struct buffer streams = SQL_ARRAY_INIT;
	char most_rows[16];
	const char *value[] = {NULL, NULL, MOST_STREAMS, most_rows};
	int r;

	(void)snprintf(most_rows, sizeof(most_rows), "%u", MOST_ROWS); /* fits */
	r = add_names(&names, topic, count);
	if (r == 0)
		r = add_streams(&streams, wanted);
	if (r == 0)
		r = sql_array_close(&names, &value[0]);
	if (r == 0)
		r = sql_array_close(&streams, &value[1]);
	if (r == 0)
		r = store_run(store, sql_load_watermarks, 4, value, &result);
	if (r == 0)
		r = load_result(topic, result);
	for (size_t i = 0; i < count; i++) {
		topic[i]->is_loaded = r == 0;
		if (r < 0)
			dedupe_clear(&topic[i]->dedupe);
	}
	return r;
}

/* Room for so many without one that is loaded or wants streams, which come by themselves. */
static size_t gather(struct store_claim *claim, size_t count, size_t *at,
	struct ingest_topic *topic[TOPICS_AT_ONCE])
{
	size_t n = 0;

	for (; *at < count && n < TOPICS_AT_ONCE; (*at)++) {
		struct ingest_topic *its = claim[*at].partition->its_topic;

		if (claim[*at].result < 0 || its->is_loaded)
			continue;
		if (its->wanted.size > 0 && n > 0)
			break;
		its->is_loaded = true; /* its other partitions need not ask */
		topic[n++] = its;
		if (its->wanted.size > 0) {
			(*at)++;
			break;
		}
	}
	return n;
}

int store_load_streams(struct store *store, struct store_claim *claim, size_t count)
{
	struct ingest_topic *topic[TOPICS_AT_ONCE];
	size_t at = 0, n;
	int r = 0;

	while (r == 0 && (n = gather(claim, count, &at, topic)) > 0)
		r = load_topics(store, topic, n, &topic[0]->wanted);
	return r;
}
