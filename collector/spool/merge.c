/* Rows in a table by what they are of; texts in a block that is sized for the largest batch. */
#include "collector/spool/merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/hash.h"
#include "common/hash_table.h"
#include "hubmeter/cleanup.h"
#include "proto/columns.h"
#include "proto/validate.h"
#include "proto/wire.h"

#define TEXT_SIZE    (2 * MERGE_MAX_SIZE)
#define MAX_ROWS     HM_MAX_ROWS
#define TEXTS	     4u	  /* of a row: workload, user, server, tag */
#define ROW_OVERHEAD 192u /* bytes of an encoded row beside its texts, at most */

/* Offsets are kept as times, because the window they are relative to grows. */
struct row {
	uint32_t kind, flags;
	const char *workload, *user, *server, *tag, *resource_class;
	int64_t start_usec, end_usec;
	uint64_t quantity[HM_QUANTITY_COUNT];
};

struct merger {
	struct hash_table rows; /* of struct row; a key may be there more than once */
	struct arena texts;
	struct arena columns; /* of the batch that was taken */
	struct hm_batch sum;  /* hub, node, boot, window and node row; no columns */
	const char *node_class;
	size_t n_batches;
	size_t size; /* encoded, at most */
	bool was_taken;
};

int merger_new(struct merger **ret)
{
	struct merger *merger = calloc(1, sizeof(*merger));
	int r;

	if (!merger)
		return -ENOMEM;
	merger->rows = (struct hash_table)HASH_TABLE_INIT(struct row);
	r = arena_init(&merger->texts, TEXT_SIZE);
	if (r == 0)
		r = arena_init(&merger->columns, (size_t)MAX_ROWS * 256 + TEXT_SIZE);
	if (r < 0) {
		merger_free(merger);
		return r;
	}
	*ret = merger;
	return 0;
}

void merger_free(struct merger *merger)
{
	if (!merger)
		return;
	hash_table_release(&merger->rows);
	arena_release(&merger->texts);
	arena_release(&merger->columns);
	free(merger);
}

static bool agrees(const char *a, const char *b)
{
	return !*a || !*b || strcmp(a, b) == 0;
}

static bool is_same_row(const void *entry, const void *key)
{
	const struct row *a = entry, *b = key;

	return a->kind == b->kind && strcmp(a->workload, b->workload) == 0 &&
	       strcmp(a->resource_class, b->resource_class) == 0 && agrees(a->user, b->user) &&
	       agrees(a->server, b->server) && agrees(a->tag, b->tag);
}

static uint32_t hash_of(const struct row *row)
{
	return (uint32_t)hash_bytes(row->kind + 1, row->workload, strlen(row->workload));
}

static struct row *find(const struct merger *merger, const struct row *row)
{
	uint32_t number = hash_table_find(&merger->rows, hash_of(row), row, is_same_row);

	return number == HASH_TABLE_NONE ? NULL : hash_table_at(&merger->rows, number);
}

static struct row row_of(const struct hm_batch *batch, size_t i)
{
	struct row row = {.kind = batch->kind[i],
		.flags = batch->flags[i],
		.workload = batch->strings[batch->workload[i]],
		.user = batch->strings[batch->user[i]],
		.server = batch->strings[batch->server[i]],
		.tag = batch->strings[batch->tag[i]],
		.resource_class = batch->strings[batch->resource_class[i]],
		.start_usec = batch->window_start_usec + (int64_t)batch->start_offset_usec[i],
		.end_usec = batch->window_end_usec - (int64_t)batch->end_offset_usec[i]};

	for (size_t q = 0; q < HM_QUANTITY_COUNT; q++)
		row.quantity[q] = batch->quantity[q][i];
	return row;
}

static size_t names_size(const struct row *row)
{
	return strlen(row->user) + strlen(row->server) + strlen(row->tag);
}

/* Bytes that @batch adds at most, to the texts and to what is encoded. @merger NULL: to nothing. */
static size_t size_of(const struct merger *merger, const struct hm_batch *batch)
{
	size_t size = ROW_OVERHEAD + strlen(batch->hub) + strlen(batch->node) +
		      strlen(batch->strings[batch->node_row.resource_class]);

	for (size_t i = 0; i < batch->n_rows; i++) {
		struct row row = row_of(batch, i);
		const struct row *there = merger ? find(merger, &row) : NULL;

		size += names_size(&row);
		if (there)
			size -= names_size(there);
		else
			size += ROW_OVERHEAD + strlen(row.workload) + strlen(row.resource_class);
	}
	return size;
}

bool merger_accepts(const struct hm_batch *batch)
{
	return batch->window_start_usec / HM_SLOT_USEC ==
		       (batch->window_end_usec - 1) / HM_SLOT_USEC &&
	       !hm_batch_is_imported(batch) && size_of(NULL, batch) <= MERGE_MAX_SIZE;
}

static void clear(struct merger *merger)
{
	hash_table_clear(&merger->rows);
	arena_reset(&merger->texts);
	merger->n_batches = 0;
	merger->size = 0;
	merger->was_taken = false;
}

/* NULL never: what is added was measured before. */
static const char *keep_text(struct merger *merger, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = *text ? arena_alloc(&merger->texts, size) : NULL;

	return copy ? memcpy(copy, text, size) : "";
}

/* A clock that was set between two batches dates one of them anew, see publish/date.h. */
static bool is_of_same_clock(const struct hm_batch *a, const struct hm_batch *b)
{
	if (a->window_end_boottime_usec == 0 || b->window_end_boottime_usec == 0)
		return a->window_end_boottime_usec == b->window_end_boottime_usec;
	return !clock_is_step((a->window_end_usec - a->window_end_boottime_usec) -
			      (b->window_end_usec - b->window_end_boottime_usec));
}

static bool is_of_same(const struct merger *merger, const struct hm_batch *batch)
{
	const struct hm_batch *sum = &merger->sum;

	return strcmp(sum->hub, batch->hub) == 0 && strcmp(sum->node, batch->node) == 0 &&
	       memcmp(sum->boot_id, batch->boot_id, HM_BOOT_ID_SIZE) == 0 &&
	       is_of_same_clock(sum, batch) &&
	       strcmp(merger->node_class, batch->strings[batch->node_row.resource_class]) == 0;
}

/*
 * Later, or of the very same window: rows that found no room in the batch before. Then times of
 * existence and of observation add up to no more than the merged window.
 */
static bool is_next(const struct hm_batch *sum, const struct hm_batch *batch)
{
	return batch->window_start_usec / HM_SLOT_USEC == sum->window_start_usec / HM_SLOT_USEC &&
	       (batch->window_start_usec >= sum->window_end_usec ||
		       (batch->node_row.coverage_msec == 0 &&
			       batch->window_end_usec == sum->window_end_usec));
}

static bool fits(const struct merger *merger, const struct hm_batch *batch)
{
	const struct hm_node_row *a = &merger->sum.node_row, *b = &batch->node_row;

	for (size_t i = 0; i < HM_RESOURCE_COUNT; i++)
		if (a->used[i] + b->used[i] > INT64_MAX ||
			a->capacity[i] + b->capacity[i] > INT64_MAX)
			return false;
	return merger->rows.count + batch->n_rows <= MAX_ROWS &&
	       merger->size + size_of(merger, batch) <= MERGE_MAX_SIZE;
}

static void begin(struct merger *merger, const struct hm_batch *batch)
{
	struct hm_batch *sum = &merger->sum;

	*sum = (struct hm_batch){.hub = keep_text(merger, batch->hub),
		.node = keep_text(merger, batch->node),
		.window_start_usec = batch->window_start_usec,
		.window_end_usec = batch->window_end_usec,
		.window_end_boottime_usec = batch->window_end_boottime_usec};
	memcpy(sum->boot_id, batch->boot_id, HM_BOOT_ID_SIZE);
	merger->node_class = keep_text(merger, batch->strings[batch->node_row.resource_class]);
}

static void add_node(struct hm_batch *sum, const struct hm_batch *batch)
{
	struct hm_node_row *to = &sum->node_row;
	const struct hm_node_row *from = &batch->node_row;

	if (batch->window_end_usec > sum->window_end_usec) {
		sum->window_end_usec = batch->window_end_usec;
		sum->window_end_boottime_usec = batch->window_end_boottime_usec;
	}
	to->coverage_msec += from->coverage_msec;
	for (size_t i = 0; i < HM_RESOURCE_COUNT; i++) {
		to->capacity[i] += from->capacity[i];
		to->used[i] += from->used[i];
		to->system[i] += from->system[i];
	}
}

static struct row *find_or_add(struct merger *merger, const struct row *row)
{
	struct row *added = find(merger, row);

	if (added)
		return added;
	added = hash_table_at(&merger->rows, hash_table_append(&merger->rows, hash_of(row)));
	*added = (struct row){.kind = row->kind,
		.workload = keep_text(merger, row->workload),
		.user = "",
		.server = "",
		.tag = "",
		.resource_class = strcmp(row->resource_class, merger->node_class) == 0
					  ? merger->node_class
					  : keep_text(merger, row->resource_class),
		.start_usec = row->start_usec,
		.end_usec = row->end_usec};
	return added;
}

static void name(struct merger *merger, const char **to, const char *text)
{
	if (!**to)
		*to = keep_text(merger, text);
}

static void add_row(struct merger *merger, const struct row *row)
{
	struct row *to = find_or_add(merger, row);

	name(merger, &to->user, row->user);
	name(merger, &to->server, row->server);
	name(merger, &to->tag, row->tag);
	to->flags |= row->flags;
	if (row->start_usec < to->start_usec)
		to->start_usec = row->start_usec;
	if (row->end_usec > to->end_usec)
		to->end_usec = row->end_usec;
	for (size_t i = 0; i < HM_QUANTITY_COUNT; i++)
		to->quantity[i] += row->quantity[i];
}

static void add_rows(struct merger *merger, const struct hm_batch *batch)
{
	for (size_t i = 0; i < batch->n_rows; i++) {
		struct row row = row_of(batch, i);

		add_row(merger, &row);
	}
}

int merger_add(struct merger *merger, const struct hm_batch *batch)
{
	int r;

	if (merger->was_taken)
		clear(merger);
	if (merger->n_batches > 0 && (!is_of_same(merger, batch) || !is_next(&merger->sum, batch) ||
					     !fits(merger, batch)))
		return -EAGAIN;
	r = hash_table_reserve(&merger->rows, batch->n_rows);
	if (r < 0)
		return r;
	if (merger->n_batches == 0)
		begin(merger, batch);
	merger->size += size_of(merger, batch);
	add_node(&merger->sum, batch);
	add_rows(merger, batch);
	merger->n_batches++;
	return 0;
}

/* False: no room. */
static bool columns_init(struct merger *merger, struct hm_columns *columns)
{
	size_t n = merger->rows.count, n_strings = 2 + n * (TEXTS + 1);
	void *memory;

	arena_reset(&merger->columns);
	memory = arena_calloc(&merger->columns, 1, hm_columns_size(n, n_strings));
	if (memory)
		hm_columns_place(memory, n, n_strings, columns);
	return memory != NULL;
}

static void fill_row(
	const struct merger *merger, struct hm_columns *columns, uint32_t i, uint32_t node_class)
{
	const struct row *row = hash_table_at(&merger->rows, i);

	columns->kind[i] = row->kind;
	columns->flags[i] = row->flags;
	columns->workload[i] = hm_columns_string(columns, row->workload);
	columns->user[i] = hm_columns_string(columns, row->user);
	columns->server[i] = hm_columns_string(columns, row->server);
	columns->tag[i] = hm_columns_string(columns, row->tag);
	columns->resource_class[i] = row->resource_class == merger->node_class
					     ? node_class
					     : hm_columns_string(columns, row->resource_class);
	columns->start_offset[i] = (uint64_t)(row->start_usec - merger->sum.window_start_usec);
	columns->end_offset[i] = (uint64_t)(merger->sum.window_end_usec - row->end_usec);
	for (size_t q = 0; q < HM_QUANTITY_COUNT; q++)
		columns->quantity[q][i] = row->quantity[q];
}

int merger_take(struct merger *merger, struct hm_batch *ret)
{
	struct hm_columns columns;
	struct hm_batch batch = merger->sum;

	if (merger->n_batches == 0 || merger->was_taken)
		return -ENODATA;
	if (!columns_init(merger, &columns))
		return -ENOMEM;
	batch.node_row.resource_class = hm_columns_string(&columns, merger->node_class);
	for (uint32_t i = 0; i < merger->rows.count; i++)
		fill_row(merger, &columns, i, batch.node_row.resource_class);
	columns.n_rows = merger->rows.count;
	hm_columns_show(&columns, &batch);
	merger->was_taken = true;
	*ret = batch;
	return 0;
}
