/*
 * What the database knows of a topic's streams, into memory: not all of it, if a hub has very many.
 * What is not here is found by the commit (ingest.move_streams()) and then asked for by name.
 */
#include <stdio.h>
#include <string.h>

#include "aggregator/store/private.h"
#include "aggregator/store/sql/sql.h"
#include "hubmeter/cleanup.h"

#define MOST_STREAMS "8192" /* more than nodes of any hub; 17 us each */
#define MOST_ROWS    (DEDUPE_MAX_GAPS / 2)

/* {"\\x0123...",...} */
static int make_array(const struct buffer *streams, struct buffer *ret)
{
	int r = buffer_append(ret, "{", 1);

	for (size_t at = 0; r == 0 && at < streams->size; at += HM_STREAM_SIZE) {
		char text[2 * HM_STREAM_SIZE + 8];
		int n = snprintf(text, sizeof(text), "%s\"\\\\x", at ? "," : "");

		for (int i = 0; i < HM_STREAM_SIZE; i++)
			n += snprintf(text + n, sizeof(text) - (size_t)n, "%02x",
				streams->data[at + (size_t)i]);
		text[n] = '"';
		r = buffer_append(ret, text, (size_t)n + 1);
	}
	return r < 0 ? r : buffer_append(ret, "}", 2);
}

static const uint8_t *stream_at(const PGresult *rows, int row)
{
	return (const uint8_t *)PQgetvalue(rows, row, 0);
}

static bool same_stream(const PGresult *rows, int a, int b)
{
	return memcmp(stream_at(rows, a), stream_at(rows, b), HM_STREAM_SIZE) == 0;
}

/* Rows up to the last stream that is there whole, or with as many gaps as there is room for. */
static int whole_rows(const PGresult *rows, bool *ret_is_cut)
{
	int count = PQntuples(rows), whole = count;

	*ret_is_cut = false;
	if (count < (int)MOST_ROWS)
		return count;
	while (whole > 0 && same_stream(rows, whole - 1, count - 1))
		whole--;
	*ret_is_cut = whole == 0;
	return whole > 0 ? whole : count;
}

static int load_row(struct dedupe *dedupe, const PGresult *rows, int row)
{
	const uint8_t *stream = stream_at(rows, row);
	const uint64_t sequence = (uint64_t)postgres_get_i64(rows, row, 1);
	int r = 0;

	if (row == 0 || !same_stream(rows, row, row - 1))
		r = dedupe_load(dedupe, stream, sequence,
			PQgetisnull(rows, row, 2) ? NULL : PQgetvalue(rows, row, 2));
	if (r == 0 && !PQgetisnull(rows, row, 3))
		r = dedupe_load_gap(dedupe, stream, (uint64_t)postgres_get_i64(rows, row, 3),
			(uint64_t)postgres_get_i64(rows, row, 4));
	return r;
}

static int load_rows(struct dedupe *dedupe, const PGresult *rows)
{
	bool is_cut;
	int count = whole_rows(rows, &is_cut), r = 0;

	for (int row = 0; r == 0 && row < count; row++)
		r = load_row(dedupe, rows, row);
	if (r == 0 && is_cut)
		dedupe_mark_crowded(dedupe, stream_at(rows, 0));
	return r;
}

int store_load_streams(struct store *store, struct ingest_topic *topic)
{
	hm_cleanup(postgres_result_clearp) PGresult *rows = NULL;
	hm_cleanup(buffer_release) struct buffer wanted = BUFFER_INIT(SIZE_MAX / 4);
	char most_rows[16];
	int r;

	if (topic->is_loaded)
		return 0;
	(void)snprintf(most_rows, sizeof(most_rows), "%u", MOST_ROWS); /* fits */
	r = make_array(&topic->wanted, &wanted);
	if (r == 0) {
		const char *const value[] = {
			topic->name, (const char *)wanted.data, MOST_STREAMS, most_rows};

		r = store_run(store, sql_load_watermarks, 4, value, &rows);
	}
	if (r == 0)
		r = load_rows(&topic->dedupe, rows);
	topic->is_loaded = r == 0;
	if (r < 0)
		dedupe_clear(&topic->dedupe);
	return r;
}
