/*
 * A sweep over the days of each group (hub, node, class): an interval becomes active on the day it
 * begins and stays so until the day it ends; every day hands out one piece of each active one.
 *
 *	       day 1      day 2      day 3
 *	a   |     aaaaa|aaaaaaaaaa|aaa       |    pieces in order: a1 b1 a2 c2 a3 c3
 *	b   |       bb |          |          |
 *	c   |          |     ccccc|cccccccccc|
 *
 * Pieces go into the batch until one does not fit; it begins the next batch.
 */
#include "proto/interval_batch.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/sha256.h"
#include "hubmeter/cleanup.h"
#include "proto/columns.h"
#include "proto/validate.h"

#define DAY_USEC	(86400LL * 1000 * 1000)
#define MAX_TEXT_BYTES	(120u << 10) /* a row's numbers take 147 bytes at most */
#define STRING_OVERHEAD 3	     /* bytes on the wire beside its own */
#define STRINGS_PER_ROW 4	     /* workload, user, server, tag */
#define MAX_STRINGS	(2 + STRINGS_PER_ROW * INTERVAL_BATCH_MAX_ROWS)

static const char stream_prefix[] = "hubmeter import 1";

/* A piece of an interval within one day of UTC. */
struct piece {
	uint32_t record; /* number in the set */
	int64_t start_usec;
	int64_t end_usec;
};

/* The batch under construction. */
struct draft {
	struct hm_columns columns;
	size_t text_bytes;
	uint32_t group_end;	      /* as the batcher's when it was begun */
	int64_t start_usec, end_usec; /* of the window */
	struct piece piece[INTERVAL_BATCH_MAX_ROWS];
};

struct interval_batcher {
	const struct interval_set *set;
	uint32_t first, end;
	uint8_t stream[HM_STREAM_SIZE];
	uint64_t sequence; /* of the last batch */

	uint32_t next_record; /* the next to become active */
	uint32_t group_end;   /* end of the run of one hub, node and class */
	int64_t day_usec;     /* the day whose pieces are handed out */
	uint32_t *active;     /* numbers of records that have pieces in this day or later */
	uint32_t n_active;
	uint32_t at; /* in active: whose piece is next */
	bool has_piece;
	struct piece piece; /* the next one, if has_piece */

	struct draft draft;
	void *memory;		/* of its columns */
	uint32_t *string_batch; /* by a name's number: the batch that has it in its dictionary */
	uint32_t *string_index; /* and where */
	uint32_t batch;		/* counts up for ever, also over a rewind */
};

static void batcher_freep(struct interval_batcher **batcher)
{
	interval_batcher_free(*batcher);
}

/* --- what the stream is called --- */

static void add_number(struct sha256 *sha, uint64_t value)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	sha256_add(sha, bytes, sizeof(bytes));
}

static void add_name(struct sha256 *sha, const char *name)
{
	add_number(sha, strlen(name));
	sha256_add(sha, name, strlen(name));
}

static void name_stream(struct interval_batcher *batcher)
{
	uint8_t digest[SHA256_SIZE];
	struct sha256 sha;

	sha256_init(&sha);
	add_name(&sha, stream_prefix);
	for (uint32_t i = batcher->first; i < batcher->end; i++) {
		struct usage_interval interval;

		interval_set_get(batcher->set, i, &interval);
		add_name(&sha, interval.hub);
		add_name(&sha, interval.node);
		add_name(&sha, interval.resource_class);
		add_name(&sha, interval.workload);
		add_name(&sha, interval.username);
		add_name(&sha, interval.server);
		add_name(&sha, interval.tag);
		add_number(&sha, interval.kind);
		add_number(&sha, (uint64_t)interval.start_usec);
		add_number(&sha, (uint64_t)interval.end_usec);
		for (size_t q = 0; q < USAGE_QUANTITY_COUNT; q++)
			add_number(&sha, interval.quantity[q]);
	}
	sha256_end(&sha, digest);
	memcpy(batcher->stream, digest, HM_STREAM_SIZE);
}

/* --- pieces --- */

static int64_t day_of(int64_t usec)
{
	return usec - usec % DAY_USEC; /* never before 1970 */
}

/* Those that ended before @day_usec are done. */
static void drop_ended(struct interval_batcher *batcher, int64_t day_usec)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < batcher->n_active; i++) {
		if (batcher->set->record[batcher->active[i]].end_usec > day_usec)
			batcher->active[n++] = batcher->active[i];
	}
	batcher->n_active = n;
}

/* To the next day that has pieces, in this group or the next. False: there is none. */
static bool next_day(struct interval_batcher *batcher)
{
	const struct interval_record *record = batcher->set->record;
	int64_t day = batcher->day_usec + DAY_USEC;

	drop_ended(batcher, day);
	if (batcher->n_active == 0) {
		if (batcher->next_record == batcher->end)
			return false;
		if (batcher->next_record == batcher->group_end)
			batcher->group_end = interval_set_run_end(
				batcher->set, batcher->group_end, INTERVAL_NAME_CLASS);
		day = day_of(record[batcher->next_record].start_usec);
	}
	while (batcher->next_record < batcher->group_end &&
		record[batcher->next_record].start_usec < day + DAY_USEC)
		batcher->active[batcher->n_active++] = batcher->next_record++;
	batcher->day_usec = day;
	batcher->at = 0;
	return true;
}

static void look_at_next_piece(struct interval_batcher *batcher)
{
	const struct interval_record *record;
	int64_t day_end;

	batcher->has_piece = batcher->at < batcher->n_active || next_day(batcher);
	if (!batcher->has_piece)
		return;
	day_end = batcher->day_usec + DAY_USEC;
	batcher->piece.record = batcher->active[batcher->at++];
	record = &batcher->set->record[batcher->piece.record];
	batcher->piece.start_usec =
		record->start_usec > batcher->day_usec ? record->start_usec : batcher->day_usec;
	batcher->piece.end_usec = record->end_usec < day_end ? record->end_usec : day_end;
}

/* --- a batch --- */

static bool is_in_dictionary(const struct interval_batcher *batcher, uint32_t name)
{
	return name == INTERNER_EMPTY || batcher->string_batch[name] == batcher->batch;
}

static uint32_t dictionary_index(struct interval_batcher *batcher, uint32_t name)
{
	struct draft *draft = &batcher->draft;

	if (name == INTERNER_EMPTY)
		return 0;
	if (!is_in_dictionary(batcher, name)) {
		const char *text = interval_set_name(batcher->set, name);

		batcher->string_batch[name] = batcher->batch;
		batcher->string_index[name] = hm_columns_string(&draft->columns, text);
		draft->text_bytes += strlen(text) + STRING_OVERHEAD;
	}
	return batcher->string_index[name];
}

static uint64_t slots_between(int64_t start_usec, int64_t end_usec)
{
	return (uint64_t)((end_usec - 1) / HM_SLOT_USEC - start_usec / HM_SLOT_USEC) + 1;
}

static bool fits(const struct interval_batcher *batcher)
{
	const struct draft *draft = &batcher->draft;
	const struct piece *piece = &batcher->piece;
	const struct interval_record *record = &batcher->set->record[piece->record];
	int64_t start = piece->start_usec, end = piece->end_usec;
	size_t text_bytes = draft->text_bytes, n_rows = draft->columns.n_rows;

	if (n_rows == 0)
		return true;
	if (n_rows == INTERVAL_BATCH_MAX_ROWS || draft->group_end != batcher->group_end)
		return false;
	start = start < draft->start_usec ? start : draft->start_usec;
	end = end > draft->end_usec ? end : draft->end_usec;
	for (size_t i = 0; i < INTERVAL_NAME_COUNT; i++) {
		if (!is_in_dictionary(batcher, record->name[i]))
			text_bytes += strlen(interval_set_name(batcher->set, record->name[i])) +
				      STRING_OVERHEAD;
	}
	return text_bytes <= MAX_TEXT_BYTES && end - start <= HM_WINDOW_MAX_USEC &&
	       (n_rows + 1) * slots_between(start, end) <= INTERVAL_BATCH_MAX_SLOTS;
}

static void take_piece(struct interval_batcher *batcher)
{
	struct draft *draft = &batcher->draft;
	struct hm_columns *columns = &draft->columns;
	const struct piece *piece = &batcher->piece;
	const struct interval_record *record = &batcher->set->record[piece->record];
	const size_t row = columns->n_rows++;
	uint64_t share[HM_QUANTITY_COUNT];
	struct usage_interval interval;

	interval_set_get(batcher->set, piece->record, &interval);
	usage_interval_share(&interval, piece->start_usec, piece->end_usec, share);
	for (size_t q = 0; q < HM_QUANTITY_COUNT; q++)
		columns->quantity[q][row] = share[q];
	columns->resource_class[row] = dictionary_index(batcher, record->name[INTERVAL_NAME_CLASS]);
	columns->kind[row] = record->kind;
	columns->workload[row] = dictionary_index(batcher, record->name[INTERVAL_NAME_WORKLOAD]);
	columns->user[row] = dictionary_index(batcher, record->name[INTERVAL_NAME_USERNAME]);
	columns->server[row] = dictionary_index(batcher, record->name[INTERVAL_NAME_SERVER]);
	columns->tag[row] = dictionary_index(batcher, record->name[INTERVAL_NAME_TAG]);
	columns->flags[row] = HM_FLAG_IMPORTED;
	draft->piece[row] = *piece;
	if (row == 0 || piece->start_usec < draft->start_usec)
		draft->start_usec = piece->start_usec;
	if (row == 0 || piece->end_usec > draft->end_usec)
		draft->end_usec = piece->end_usec;
}

/* The window is known behind its last row, and where each row is in it. */
static void show(const struct draft *draft, struct hm_batch *batch)
{
	const struct hm_columns *columns = &draft->columns;

	for (size_t i = 0; i < columns->n_rows; i++) {
		columns->start_offset[i] =
			(uint64_t)(draft->piece[i].start_usec - draft->start_usec);
		columns->end_offset[i] = (uint64_t)(draft->end_usec - draft->piece[i].end_usec);
	}
	batch->window_start_usec = draft->start_usec;
	batch->window_end_usec = draft->end_usec;
	hm_columns_show(columns, batch);
}

/* The set's sums fit 63 bits, so these do. */
static void set_node_row(const struct hm_columns *columns, struct hm_node_row *row)
{
	static const enum hm_quantity used[HM_RESOURCE_COUNT] = {
		[HM_RESOURCE_CPU_USEC] = HM_QUANTITY_CPU_USED_USEC,
		[HM_RESOURCE_MEMORY_MIB_SEC] = HM_QUANTITY_MEMORY_USED_MIB_SEC,
		[HM_RESOURCE_GPU_MSEC] = HM_QUANTITY_GPU_USED_MSEC,
	};

	row->resource_class = columns->resource_class[0];
	for (size_t i = 0; i < HM_RESOURCE_COUNT; i++)
		for (size_t k = 0; k < columns->n_rows; k++)
			row->used[i] += columns->quantity[used[i]][k];
}

int interval_batcher_next(struct interval_batcher *batcher, struct hm_batch *ret)
{
	struct draft *draft = &batcher->draft;
	struct usage_interval interval;
	struct hm_batch batch = {0};

	if (!batcher->has_piece)
		return -ENODATA;
	batcher->batch++;
	hm_columns_place(batcher->memory, INTERVAL_BATCH_MAX_ROWS, MAX_STRINGS, &draft->columns);
	draft->text_bytes = 0;
	draft->group_end = batcher->group_end;
	while (batcher->has_piece && fits(batcher)) {
		take_piece(batcher);
		look_at_next_piece(batcher);
	}
	interval_set_get(batcher->set, draft->piece[0].record, &interval);
	batch.hub = interval.hub;
	batch.node = interval.node;
	memcpy(batch.stream, batcher->stream, HM_STREAM_SIZE);
	batch.sequence = ++batcher->sequence;
	show(draft, &batch);
	set_node_row(&draft->columns, &batch.node_row);

	*ret = batch;
	return 0;
}

void interval_batcher_rewind(struct interval_batcher *batcher)
{
	batcher->sequence = 0;
	batcher->next_record = batcher->group_end = batcher->first;
	batcher->n_active = batcher->at = 0;
	batcher->day_usec = 0;
	look_at_next_piece(batcher);
}

int interval_batcher_new(
	const struct interval_set *set, uint32_t first, uint32_t end, struct interval_batcher **ret)
{
	hm_cleanup(batcher_freep) struct interval_batcher *batcher = calloc(1, sizeof(*batcher));
	const uint32_t n_names = set->strings.entries.count;

	assert(first < end && end <= set->count);
	if (!batcher)
		return -ENOMEM;
	batcher->set = set;
	batcher->first = first;
	batcher->end = end;
	batcher->active = calloc(end - first, sizeof(*batcher->active));
	batcher->string_batch = calloc(n_names, sizeof(*batcher->string_batch));
	batcher->string_index = calloc(n_names, sizeof(*batcher->string_index));
	batcher->memory = calloc(1, hm_columns_size(INTERVAL_BATCH_MAX_ROWS, MAX_STRINGS));
	if (!batcher->active || !batcher->string_batch || !batcher->string_index ||
		!batcher->memory)
		return -ENOMEM;
	name_stream(batcher);
	interval_batcher_rewind(batcher);
	*ret = hm_steal(&batcher);
	return 0;
}

void interval_batcher_free(struct interval_batcher *batcher)
{
	if (!batcher)
		return;
	free(batcher->active);
	free(batcher->string_batch);
	free(batcher->string_index);
	free(batcher->memory);
	free(batcher);
}
