/*
 * From the books of a window to the columns of a batch.
 */
#include "collector/meter/window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/validate.h"

#define STRINGS_PER_ROW	    4 /* workload, user, server, tag */
#define STEP_TOLERATED_USEC 1000000

static const struct {
	enum hm_quantity used, reserved, billable;
} resource_columns[HM_RESOURCE_COUNT] = {
	[HM_RESOURCE_CPU_USEC] = {HM_QUANTITY_CPU_USED_USEC, HM_QUANTITY_CPU_RESERVED_USEC,
		HM_QUANTITY_CPU_BILLABLE_USEC},
	[HM_RESOURCE_MEMORY_MIB_SEC] = {HM_QUANTITY_MEMORY_USED_MIB_SEC,
		HM_QUANTITY_MEMORY_RESERVED_MIB_SEC, HM_QUANTITY_MEMORY_BILLABLE_MIB_SEC},
	[HM_RESOURCE_GPU_MSEC] = {HM_QUANTITY_GPU_USED_MSEC, HM_QUANTITY_GPU_RESERVED_MSEC,
		HM_QUANTITY_GPU_BILLABLE_MSEC},
};

/* The columns under construction, all in one block. */
struct columns {
	uint64_t *quantity[HM_QUANTITY_COUNT];
	uint64_t *start_offset, *end_offset;
	const char **strings;
	uint32_t *kind, *workload, *user, *server, *tag, *resource_class, *flags;
	size_t n_rows;
	size_t n_strings;
};

static uint64_t saturating_sub(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static int64_t min_time(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void *bump_alloc(unsigned char **at, size_t size)
{
	void *block = *at;

	*at += size;
	return block;
}

static int columns_init(struct window *window, size_t n, struct columns *ret)
{
	size_t n_strings = 2 + STRINGS_PER_ROW * n;
	size_t size = n * (HM_QUANTITY_COUNT + 2) * sizeof(uint64_t) + n_strings * sizeof(char *) +
		      n * 7 * sizeof(uint32_t);
	unsigned char *at;

	if (size > window->memory_size) {
		void *memory = realloc(window->memory, size);

		if (!memory)
			return -ENOMEM;
		window->memory = memory;
		window->memory_size = size;
	}
	memset(window->memory, 0, size);
	at = window->memory;
	for (size_t i = 0; i < HM_QUANTITY_COUNT; i++)
		ret->quantity[i] = bump_alloc(&at, n * sizeof(uint64_t));
	ret->start_offset = bump_alloc(&at, n * sizeof(uint64_t));
	ret->end_offset = bump_alloc(&at, n * sizeof(uint64_t));
	ret->strings = bump_alloc(&at, n_strings * sizeof(char *));
	uint32_t **column[] = {&ret->kind, &ret->workload, &ret->user, &ret->server, &ret->tag,
		&ret->resource_class, &ret->flags};
	for (size_t i = 0; i < sizeof(column) / sizeof(*column); i++)
		*column[i] = bump_alloc(&at, n * sizeof(uint32_t));
	ret->strings[0] = "";
	ret->n_strings = 1;
	ret->n_rows = 0;
	return 0;
}

/* The dictionary index of @text. */
static uint32_t add_string(struct columns *columns, const char *text)
{
	if (!text || !*text)
		return 0;
	columns->strings[columns->n_strings] = text;
	return (uint32_t)columns->n_strings++;
}

/*
 * Whole milliseconds, at most the window's length. That is rounded up, or the last fraction of a
 * workload that lived through many windows of broken length would never find room in one.
 */
static uint64_t wall_msec(const struct workload *workload, uint64_t length_usec)
{
	return min_u64(workload->wall_usec / 1000, (length_usec + 999) / 1000);
}

/* Relative to the window's end: its UTC length may be off its boottime length by a clock slew. */
static void row_offsets(const struct window *window, const struct workload *workload,
	uint64_t length_usec, uint64_t *ret_start, uint64_t *ret_end)
{
	int64_t end = window->end_boottime_usec;
	int64_t row_end =
		workload->end_usec >= 0 && workload->end_usec < end ? workload->end_usec : end;
	uint64_t age = (uint64_t)(end - min_time(workload->first_usec, end));
	uint64_t end_offset = min_u64((uint64_t)(end - row_end), length_usec - 1);
	uint64_t start_offset = saturating_sub(length_usec, age);

	*ret_start = min_u64(start_offset, length_usec - 1 - end_offset);
	*ret_end = end_offset;
}

static void fill_quantities(struct columns *columns, const struct workload *workload)
{
	uint64_t **quantity = columns->quantity;
	size_t i = columns->n_rows;

	for (size_t r = 0; r < HM_RESOURCE_COUNT; r++) {
		const struct amount_whole *whole = &workload->closed[r];

		quantity[resource_columns[r].used][i] = amount_used(whole);
		quantity[resource_columns[r].reserved][i] = amount_reserved(whole);
		quantity[resource_columns[r].billable][i] = amount_billable(whole);
	}
	quantity[HM_QUANTITY_WALL_MSEC][i] = workload->closed_wall_msec;
}

static void add_row(struct window *window, struct workload *workload, struct columns *columns,
	uint32_t resource_class, uint64_t length_usec)
{
	size_t i = columns->n_rows;

	workload->is_closed = true;
	workload->closed_final = workload->end_usec >= 0;
	for (size_t r = 0; r < HM_RESOURCE_COUNT; r++)
		workload->closed[r] = amount_whole(&workload->amount[r], window_fine_units[r]);
	workload->closed_wall_msec = wall_msec(workload, length_usec);
	columns->kind[i] = workload->kind;
	columns->workload[i] = add_string(columns, workload->id);
	columns->user[i] = add_string(columns, workload->user);
	columns->server[i] = add_string(columns, workload->server);
	columns->tag[i] = add_string(columns, workload->tag);
	columns->resource_class[i] = resource_class;
	columns->flags[i] =
		workload->flags | window->flags | (workload->closed_final ? HM_FLAG_FINAL : 0u);
	row_offsets(
		window, workload, length_usec, &columns->start_offset[i], &columns->end_offset[i]);
	fill_quantities(columns, workload);
	columns->n_rows++;
}

static bool has_room(const struct columns *columns)
{
	return columns->n_rows < HM_MAX_ROWS &&
	       columns->n_strings + STRINGS_PER_ROW <= HM_MAX_STRINGS;
}

static uint64_t sum_column(const uint64_t *column, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += column[i];
	return sum;
}

/* Ticks not explained by rows are the system's, as far as the node can have done so much. */
static void close_node_cpu(
	struct window *window, uint64_t rows, uint64_t length_usec, struct hm_node_row *row)
{
	const struct window_node *node = &window->node;
	uint64_t capacity = node->cores * length_usec;
	uint64_t claimed = rows + node->cpu_deficit_usec;
	uint64_t system =
		min_u64(saturating_sub(node->cpu_usec, claimed), saturating_sub(capacity, rows));

	row->capacity[HM_RESOURCE_CPU_USEC] = capacity;
	row->system[HM_RESOURCE_CPU_USEC] = system;
	row->used[HM_RESOURCE_CPU_USEC] = rows + system;
	window->closed_node.cpu_usec = min_u64(node->cpu_usec, claimed + system);
	window->closed_deficit_usec = saturating_sub(claimed, node->cpu_usec);
}

static void close_node_memory(
	struct window *window, uint64_t rows, uint64_t length_usec, struct hm_node_row *row)
{
	const struct window_node *node = &window->node;
	uint64_t total = (uint64_t)(node->memory / MEMORY_FINE_PER_MIB_SEC);
	uint64_t capacity = (uint64_t)((uint128)node->memory_total_bytes * length_usec /
				       MEMORY_FINE_PER_MIB_SEC);
	uint64_t system = min_u64(saturating_sub(total, rows), saturating_sub(capacity, rows));

	row->capacity[HM_RESOURCE_MEMORY_MIB_SEC] = capacity;
	row->system[HM_RESOURCE_MEMORY_MIB_SEC] = system;
	row->used[HM_RESOURCE_MEMORY_MIB_SEC] = rows + system;
	window->closed_node.memory = (uint128)total * MEMORY_FINE_PER_MIB_SEC;
}

static void close_node(struct window *window, const struct columns *columns, uint64_t length_usec,
	struct hm_node_row *row)
{
	uint64_t cpu = sum_column(columns->quantity[HM_QUANTITY_CPU_USED_USEC], columns->n_rows);
	uint64_t memory =
		sum_column(columns->quantity[HM_QUANTITY_MEMORY_USED_MIB_SEC], columns->n_rows);

	close_node_cpu(window, cpu, length_usec, row);
	close_node_memory(window, memory, length_usec, row);
	/* nothing here knows what GPUs the node has: it has what its rows used */
	row->used[HM_RESOURCE_GPU_MSEC] =
		sum_column(columns->quantity[HM_QUANTITY_GPU_USED_MSEC], columns->n_rows);
	row->coverage_msec = min_u64(window->node.observed_usec, length_usec) / 1000;
	window->closed_node.observed_usec = window->node.observed_usec;
	window->closed_end_boottime_usec = window->end_boottime_usec;
	window->closed_end_realtime_usec = window->end_realtime_usec;
	window->is_closed = true;
}

/*
 * The UTC start: where the last window ended, unless the clock was set in between. Never before
 * 1970 and never so long ago that a decoder would refuse the window.
 */
static int64_t start_of(const struct window *window)
{
	int64_t end = window->end_realtime_usec;
	int64_t start = window->start_realtime_usec;
	int64_t expected = end - (window->end_boottime_usec - window->start_boottime_usec);
	int64_t off = start - expected;

	if (off > STEP_TOLERATED_USEC || off < -STEP_TOLERATED_USEC || start >= end)
		start = expected;
	if (start < end - HM_WINDOW_MAX_USEC)
		start = end - HM_WINDOW_MAX_USEC;
	return start < 0 ? 0 : start;
}

static void fill_batch(const struct columns *columns, struct hm_batch *batch)
{
	batch->n_strings = columns->n_strings;
	batch->strings = columns->strings;
	batch->n_rows = columns->n_rows;
	batch->kind = columns->kind;
	batch->workload = columns->workload;
	batch->user = columns->user;
	batch->server = columns->server;
	batch->tag = columns->tag;
	batch->resource_class = columns->resource_class;
	batch->flags = columns->flags;
	batch->start_offset_usec = columns->start_offset;
	batch->end_offset_usec = columns->end_offset;
	for (size_t i = 0; i < HM_QUANTITY_COUNT; i++)
		batch->quantity[i] = columns->quantity[i];
}

int window_close(struct window *window, const char *hub, const char *node,
	const char *resource_class, const uint8_t boot_id[16], struct hm_batch *ret)
{
	struct hm_batch batch = {.hub = hub, .node = node};
	struct columns columns;
	uint32_t class_index;
	uint64_t length;
	int r;

	batch.window_end_usec = window->end_realtime_usec;
	batch.window_start_usec = start_of(window);
	if (!window->has_start || window->end_boottime_usec <= window->start_boottime_usec ||
		batch.window_start_usec >= batch.window_end_usec)
		return -EAGAIN;
	length = (uint64_t)(batch.window_end_usec - batch.window_start_usec);
	r = columns_init(window, min_u64(window->n_workloads, HM_MAX_ROWS), &columns);
	if (r < 0)
		return r;
	class_index = add_string(&columns, resource_class);
	for (struct workload *w = window->workloads; w; w = w->next) {
		w->is_closed = false;
		if (w->first_usec < window->end_boottime_usec && has_room(&columns))
			add_row(window, w, &columns, class_index, length);
	}
	close_node(window, &columns, length, &batch.node_row);
	batch.node_row.resource_class = class_index;
	memcpy(batch.boot_id, boot_id, HM_BOOT_ID_SIZE);
	fill_batch(&columns, &batch);
	*ret = batch;
	return 0;
}
