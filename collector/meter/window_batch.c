/*
 * From the books of a window to the columns of a batch.
 */
#include "collector/meter/window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/bounds.h"
#include "common/clock.h"
#include "proto/columns.h"
#include "proto/validate.h"

#define STRINGS_PER_ROW	     4	  /* workload, user, server, tag */
#define BATCH_FRAME_SIZE     4096 /* at most, of all that is not a row: names of hub, node, class */
#define SLACK_CPU_USEC	     60000000  /* what a reader believes beyond twice the capacity ... */
#define SLACK_MEMORY_MIB_SEC 61440     /* ... and of memory */
#define DOUBTFUL_USEC	     600000000 /* and up to twice so long the system's CPU is in doubt */

/* What a reader takes from a row however short it is; the rest is for the next. */
#define NET_BYTES_MAX (HM_NET_BYTES_PER_SEC_MAX * HM_SLACK_SEC)

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

/* The columns under construction, and how much more there is room for. */
struct columns {
	struct hm_columns at;
	size_t size;				     /* encoded, at most */
	uint64_t room_cpu_usec, room_memory_mib_sec; /* what a reader believes beyond these rows */
	uint64_t room_net_rx_bytes, room_net_tx_bytes;
};

/* What the rows of a window used, those included that find no room in its batch. */
struct window_sums {
	uint64_t cpu_usec;
	uint64_t memory_mib_sec;
	uint64_t withheld_cpu_usec; /* part of these: of workloads that are withheld */
	uint64_t withheld_memory_mib_sec;
};

static int columns_init(struct window *window, size_t n, struct columns *ret)
{
	size_t n_strings = 2 + STRINGS_PER_ROW * n; /* a row that is split shares its texts */
	size_t size = hm_columns_size(n, n_strings);

	if (size > window->memory_size) {
		void *memory = realloc(window->memory, size);

		if (!memory)
			return -ENOMEM;
		window->memory = memory;
		window->memory_size = size;
	}
	memset(window->memory, 0, size);
	hm_columns_place(window->memory, n, n_strings, &ret->at);
	ret->size = BATCH_FRAME_SIZE;
	return 0;
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
	uint64_t age = (uint64_t)(end - min_i64(workload->first_usec, end));
	uint64_t end_offset = min_u64((uint64_t)(end - row_end), length_usec - 1);
	uint64_t start_offset = saturating_sub(length_usec, age);

	*ret_start = min_u64(start_offset, length_usec - 1 - end_offset);
	*ret_end = end_offset;
}

static void fill_resource(
	struct columns *columns, size_t row, size_t resource, const struct amount_whole *whole)
{
	uint64_t **quantity = columns->at.quantity;

	quantity[resource_columns[resource].used][row] = amount_used(whole);
	quantity[resource_columns[resource].reserved][row] = amount_reserved(whole);
	quantity[resource_columns[resource].billable][row] = amount_billable(whole);
}

static void fill_quantities(struct columns *columns, const struct workload *workload)
{
	size_t i = columns->at.n_rows;

	for (size_t r = 0; r < HM_RESOURCE_COUNT; r++)
		fill_resource(columns, i, r, &workload->closed[r]);
	columns->at.quantity[HM_QUANTITY_NET_RX_BYTES][i] = workload->closed_net_rx_bytes;
	columns->at.quantity[HM_QUANTITY_NET_TX_BYTES][i] = workload->closed_net_tx_bytes;
	columns->at.quantity[HM_QUANTITY_WALL_MSEC][i] = workload->closed_wall_msec;
}

/* What leaves with the workload's row, if it finds room. */
static void prepare_row(struct workload *workload, uint64_t length_usec)
{
	for (size_t r = 0; r < HM_RESOURCE_COUNT; r++)
		workload->closed[r] = amount_whole(&workload->amount[r], window_fine_units[r]);
	workload->closed_wall_msec = wall_msec(workload, length_usec);
	workload->closed_net_rx_bytes = min_u64(workload->net_rx_bytes, NET_BYTES_MAX);
	workload->closed_net_tx_bytes = min_u64(workload->net_tx_bytes, NET_BYTES_MAX);
	workload->closed_final = workload->end_usec >= 0;
}

static size_t varint_size(uint64_t value)
{
	return value ? ((size_t)(63 - __builtin_clzll(value)) / 7) + 1 : 1;
}

/* Whether its GPUs have a row of their own. */
static bool is_split(const struct workload *workload)
{
	const struct amount_whole *gpu = &workload->closed[HM_RESOURCE_GPU_MSEC];

	return *workload->gpu_class && amount_billable(gpu) > 0;
}

/* Bytes that the row adds to the encoded batch, at most. */
static size_t row_size(const struct workload *workload)
{
	enum { DICTIONARY_ENTRY = 4, INDEX = 3, OFFSET = 6, KIND_AND_FLAGS = 6, ZEROS = 3 };
	size_t size = STRINGS_PER_ROW * DICTIONARY_ENTRY + (STRINGS_PER_ROW + 1) * INDEX +
		      2 * OFFSET + KIND_AND_FLAGS + ZEROS;

	if (is_split(workload))
		size = 2 * size + strlen(workload->gpu_class) + HM_QUANTITY_COUNT;
	size += strlen(workload->id) + strlen(workload->user) + strlen(workload->server) +
		strlen(workload->tag);
	for (size_t r = 0; r < HM_RESOURCE_COUNT; r++) {
		const struct amount_whole *whole = &workload->closed[r];

		size += varint_size(amount_used(whole)) + varint_size(amount_reserved(whole)) +
			varint_size(amount_billable(whole));
	}
	size += varint_size(workload->closed_net_rx_bytes) +
		varint_size(workload->closed_net_tx_bytes);
	return size + varint_size(workload->closed_wall_msec);
}

/* The last row becomes two: what it has of GPUs, in their class, and behind it all else. */
static void split_row(struct columns *columns, const struct workload *workload)
{
	struct hm_columns *at = &columns->at;
	size_t gpu = at->n_rows - 1, rest = at->n_rows++;
	uint32_t *const shared[] = {at->kind, at->workload, at->user, at->server, at->tag,
		at->resource_class, at->flags};

	for (size_t i = 0; i < sizeof(shared) / sizeof(*shared); i++)
		shared[i][rest] = shared[i][gpu];
	at->start_offset[rest] = at->start_offset[gpu];
	at->end_offset[rest] = at->end_offset[gpu];
	at->resource_class[gpu] = hm_columns_string(at, workload->gpu_class);
	at->flags[gpu] &= ~(uint32_t)HM_FLAG_FINAL;
	for (size_t i = 0; i < HM_QUANTITY_COUNT; i++) {
		at->quantity[i][rest] = at->quantity[i][gpu];
		at->quantity[i][gpu] = 0;
	}
	fill_resource(columns, gpu, HM_RESOURCE_GPU_MSEC, &workload->closed[HM_RESOURCE_GPU_MSEC]);
	fill_resource(columns, rest, HM_RESOURCE_GPU_MSEC, &(struct amount_whole){0});
}

/* As much of @bytes as there is room for. */
static uint64_t take_room(uint64_t *room, uint64_t bytes)
{
	const uint64_t taken = min_u64(*room, bytes);

	*room -= taken;
	return taken;
}

static void add_row(struct window *window, struct workload *workload, struct columns *columns,
	uint32_t resource_class, uint64_t length_usec)
{
	size_t i = columns->at.n_rows;
	uint32_t flags = window->is_rest ? window->waiting_flags : window->closed_flags;

	workload->is_closed = true;
	workload->closed_flags |= workload->flags;
	workload->flags = 0;
	columns->size += row_size(workload);
	columns->room_cpu_usec -= amount_used(&workload->closed[HM_RESOURCE_CPU_USEC]);
	columns->room_memory_mib_sec -= amount_used(&workload->closed[HM_RESOURCE_MEMORY_MIB_SEC]);
	workload->closed_net_rx_bytes =
		take_room(&columns->room_net_rx_bytes, workload->closed_net_rx_bytes);
	workload->closed_net_tx_bytes =
		take_room(&columns->room_net_tx_bytes, workload->closed_net_tx_bytes);
	columns->at.kind[i] = workload->kind;
	columns->at.workload[i] = hm_columns_string(&columns->at, workload->id);
	columns->at.user[i] = hm_columns_string(&columns->at, workload->user);
	columns->at.server[i] = hm_columns_string(&columns->at, workload->server);
	columns->at.tag[i] = hm_columns_string(&columns->at, workload->tag);
	columns->at.resource_class[i] = resource_class;
	columns->at.flags[i] =
		workload->closed_flags | flags | (workload->closed_final ? HM_FLAG_FINAL : 0u);
	row_offsets(window, workload, length_usec, &columns->at.start_offset[i],
		&columns->at.end_offset[i]);
	fill_quantities(columns, workload);
	columns->at.n_rows++;
	if (is_split(workload))
		split_row(columns, workload);
}

static bool is_believed(const struct columns *columns, const struct workload *workload)
{
	return amount_used(&workload->closed[HM_RESOURCE_CPU_USEC]) <= columns->room_cpu_usec &&
	       amount_used(&workload->closed[HM_RESOURCE_MEMORY_MIB_SEC]) <=
		       columns->room_memory_mib_sec;
}

static bool has_room(const struct columns *columns, const struct workload *workload)
{
	return is_believed(columns, workload) &&
	       columns->at.n_rows + is_split(workload) < HM_MAX_ROWS &&
	       columns->at.n_strings + STRINGS_PER_ROW + is_split(workload) <= HM_MAX_STRINGS &&
	       columns->size + row_size(workload) <= WINDOW_BATCH_MAX_SIZE;
}

static void add_rows(struct window *window, struct columns *columns, uint32_t resource_class,
	uint64_t length_usec, struct window_sums *sums)
{
	for (struct workload *w = window->workloads; w; w = w->next) {
		w->is_closed = false;
		w->found_no_room = false;
		if (w->first_usec >= window->end_boottime_usec ||
			(window->is_rest && !w->is_waiting && !w->is_withheld))
			continue;
		prepare_row(w, length_usec);
		sums->cpu_usec += amount_used(&w->closed[HM_RESOURCE_CPU_USEC]);
		sums->memory_mib_sec += amount_used(&w->closed[HM_RESOURCE_MEMORY_MIB_SEC]);
		if (w->is_withheld) {
			sums->withheld_cpu_usec += amount_used(&w->closed[HM_RESOURCE_CPU_USEC]);
			sums->withheld_memory_mib_sec +=
				amount_used(&w->closed[HM_RESOURCE_MEMORY_MIB_SEC]);
			continue;
		}
		if (has_room(columns, w))
			add_row(window, w, columns, resource_class, length_usec);
		else
			w->found_no_room = true;
	}
}

static uint64_t sum_column(const uint64_t *column, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += column[i];
	return sum;
}

/* How far the node's counter and those of its rows may be apart at the end of a pass. */
static uint64_t lag_usec(const struct window_node *node)
{
	return (TICKS_TOLERATED_USEC + node->skew_usec) * node->cores;
}

/*
 * By how much rows may stay ahead of the node's ticks, of the @behind_usec that they are. Ticks lag
 * by two, and rows are read while the node goes on. A row may also be late: a reaper's counter
 * shows a pass later what ended under it, and until then it was the system's, which pays it back.
 * What is more than that has another reason (a /proc/stat that says less than its processes, a
 * counter that started over): carried on, it would hide the system, in a container for ever.
 */
static uint64_t explained_deficit(
	const struct window_node *node, uint64_t behind_usec, struct window_doubtful *doubtful)
{
	uint64_t lag = lag_usec(node);
	uint64_t known = node->cpu_deficit_usec > lag ? node->cpu_deficit_usec : lag;
	uint64_t late = saturating_sub(behind_usec, known), left;

	if (late == 0)
		return behind_usec;
	if ((node->measured.flags | node->measured.closed_flags) & HM_FLAG_RESET)
		return known;
	left = late;
	for (int i = 1; i >= 0; i--) {
		uint64_t taken = min_u64(left, doubtful->usec[i]);

		doubtful->usec[i] -= taken;
		left -= taken;
	}
	return known + late - left;
}

/* Nobody's usage is found out much later than it was. */
static void add_doubtful(
	struct window_doubtful *doubtful, uint64_t unexplained_usec, uint64_t length_usec)
{
	doubtful->usec[0] += unexplained_usec;
	doubtful->age_usec += length_usec;
	if (doubtful->age_usec < DOUBTFUL_USEC)
		return;
	*doubtful = (struct window_doubtful){.usec = {0, doubtful->usec[0]}};
}

/*
 * What the system may have of a window: what its rows leave of the capacity, and what was done in
 * windows before while it was withheld, but never more than the capacity.
 */
static uint64_t system_most(uint64_t capacity, uint64_t late, uint64_t rows)
{
	return min_u64(capacity, saturating_sub(capacity + late, rows));
}

/*
 * Ticks that no row explains are the system's, as far as the node can have done so much. Rows that
 * wait count as if they were there, and their ticks wait with them; so do those that are withheld.
 * Of ticks beyond what the CPUs can do only what lags, or is late, stays for the next window, which
 * would have them all to itself otherwise.
 */
static void close_node_cpu(struct window *window, uint64_t rows, const struct window_sums *sums,
	uint64_t length_usec, struct hm_node_row *row)
{
	const struct window_node *node = &window->node;
	uint64_t capacity = window->is_rest ? 0 : node->cores * length_usec;
	uint64_t all_rows = sums->cpu_usec, waiting = all_rows - rows;
	uint64_t claimed = all_rows + node->cpu_deficit_usec;
	uint64_t system = min_u64(saturating_sub(node->cpu_usec, claimed),
		system_most(capacity, node->late_usec, all_rows - sums->withheld_cpu_usec));
	uint64_t unexplained =
		min_u64(saturating_sub(node->cpu_usec, all_rows), system + node->cpu_deficit_usec);
	uint64_t left;

	row->capacity[HM_RESOURCE_CPU_USEC] = capacity;
	row->system[HM_RESOURCE_CPU_USEC] = system;
	row->used[HM_RESOURCE_CPU_USEC] = rows + system;
	claimed = rows + node->cpu_deficit_usec + system;
	left = min_u64(saturating_sub(node->cpu_usec, claimed),
		waiting + lag_usec(node) + node->late_usec);
	window->closed_node.cpu_usec = node->cpu_usec - left;
	window->closed_node.late_usec =
		saturating_sub(node->late_usec, saturating_sub(left, waiting));
	window->closed_doubtful = node->doubtful;
	window->closed_deficit_usec = explained_deficit(
		node, saturating_sub(claimed, node->cpu_usec), &window->closed_doubtful);
	if (!window->is_rest)
		add_doubtful(&window->closed_doubtful, unexplained, length_usec);
}

static uint64_t memory_capacity(const struct window *window, uint64_t length_usec)
{
	return (uint64_t)((uint128)window->node.memory_total_bytes * length_usec /
			  MEMORY_FINE_PER_MIB_SEC);
}

/*
 * Rows that were withheld, or found no memory to be booked, may be more than the node can have done
 * in this window: a batch that says so of the node would be refused (proto/validate.c). The system
 * may have as much as the capacity beside them.
 */
static void set_room(const struct window *window, uint64_t length_usec, struct columns *columns)
{
	uint64_t memory = memory_capacity(window, length_usec);

	columns->room_cpu_usec = columns->room_memory_mib_sec = UINT64_MAX;
	columns->room_net_rx_bytes = columns->room_net_tx_bytes =
		HM_NET_BYTES_PER_SEC_MAX * (length_usec / 1000000 + HM_SLACK_SEC);
	if (window->is_rest)
		return;
	columns->room_cpu_usec = window->node.cores * length_usec + SLACK_CPU_USEC;
	if (memory > 0)
		columns->room_memory_mib_sec = memory + SLACK_MEMORY_MIB_SEC;
}

static void close_node_memory(struct window *window, uint64_t rows, const struct window_sums *sums,
	uint64_t length_usec, struct hm_node_row *row)
{
	const struct window_node *node = &window->node;
	uint64_t total = (uint64_t)(node->memory / MEMORY_FINE_PER_MIB_SEC);
	uint64_t capacity = window->is_rest ? 0 : memory_capacity(window, length_usec);
	uint64_t all_rows = sums->memory_mib_sec;
	uint64_t system = min_u64(
		saturating_sub(total, all_rows), system_most(capacity, node->late_mib_sec,
							 all_rows - sums->withheld_memory_mib_sec));
	uint64_t late = min_u64(node->late_mib_sec, saturating_sub(total, all_rows + system));

	row->capacity[HM_RESOURCE_MEMORY_MIB_SEC] = capacity;
	row->system[HM_RESOURCE_MEMORY_MIB_SEC] = system;
	row->used[HM_RESOURCE_MEMORY_MIB_SEC] = rows + system;
	window->closed_node.late_mib_sec = node->late_mib_sec - late;
	window->closed_node.memory =
		(uint128)saturating_sub(total, all_rows - rows + late) * MEMORY_FINE_PER_MIB_SEC;
}

/* Capacity is left out: the driver's GPUs may be less than kubelet has, or more. */
static void close_node_gpu(struct window *window, uint64_t rows, struct hm_node_row *row)
{
	uint64_t system = window->is_rest ? 0 : (uint64_t)(window->node.gpu / GPU_FINE_PER_MSEC);

	row->system[HM_RESOURCE_GPU_MSEC] = system;
	row->used[HM_RESOURCE_GPU_MSEC] = rows + system;
	window->closed_node.gpu = (uint128)system * GPU_FINE_PER_MSEC;
}

/* What leaves of @value, and whether it had to be cut off for anybody to take it. */
static uint64_t close_measured_part(uint64_t value, uint64_t capacity, uint32_t *flags)
{
	if (value <= 2 * capacity)
		return value;
	*flags |= HM_FLAG_ESTIMATED;
	return 2 * capacity;
}

/*
 * What the kernel measured in the window, all of it, whatever was booked. Rows that follow in
 * batches of their own say nothing of the node.
 */
static void close_measured(struct window *window, struct hm_node_row *row)
{
	struct window_measured *measured = &window->node.measured;
	struct hm_node_measured closed = {.is_measured = 1};
	uint128 memory = measured->memory / MEMORY_FINE_PER_MIB_SEC;
	uint64_t cpu_capacity = row->capacity[HM_RESOURCE_CPU_USEC];

	if (window->is_rest)
		return;
	measured->closed_flags |= measured->flags;
	measured->flags = 0;
	closed.flags = measured->closed_flags;
	window->closed_node.measured = (struct window_measured){.cpu_usec = measured->cpu_usec,
		.cpu_steal_usec = measured->cpu_steal_usec,
		.memory = memory * MEMORY_FINE_PER_MIB_SEC};
	if (measured->is_partial)
		return;
	closed.cpu_usec = close_measured_part(measured->cpu_usec, cpu_capacity, &closed.flags);
	closed.cpu_steal_usec =
		close_measured_part(measured->cpu_steal_usec, cpu_capacity, &closed.flags);
	closed.memory_mib_sec = close_measured_part(
		(uint64_t)memory, row->capacity[HM_RESOURCE_MEMORY_MIB_SEC], &closed.flags);
	row->measured = closed;
}

static void close_node(struct window *window, const struct columns *columns,
	const struct window_sums *sums, uint64_t length_usec, struct hm_node_row *row)
{
	uint64_t cpu =
		sum_column(columns->at.quantity[HM_QUANTITY_CPU_USED_USEC], columns->at.n_rows);
	uint64_t memory = sum_column(
		columns->at.quantity[HM_QUANTITY_MEMORY_USED_MIB_SEC], columns->at.n_rows);

	close_node_cpu(window, cpu, sums, length_usec, row);
	close_node_memory(window, memory, sums, length_usec, row);
	close_node_gpu(window,
		sum_column(columns->at.quantity[HM_QUANTITY_GPU_USED_MSEC], columns->at.n_rows),
		row);
	row->coverage_msec = min_u64(window->node.observed_usec, length_usec) / 1000;
	window->closed_node.observed_usec = window->node.observed_usec;
	close_measured(window, row);
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

	if (clock_is_step(start - expected) || start >= end)
		start = expected;
	if (start < end - HM_WINDOW_MAX_USEC)
		start = end - HM_WINDOW_MAX_USEC;
	return start < 0 ? 0 : start;
}

/* The time that the batch is about; -EAGAIN: there is none. */
static int close_times(struct window *window, struct hm_batch *batch)
{
	bool has_time =
		window->has_start && window->end_boottime_usec > window->start_boottime_usec;

	window->is_closed = false;
	window->is_rest = !has_time && window->n_waiting > 0;
	batch->window_start_usec = start_of(window);
	batch->window_end_usec = window->end_realtime_usec;
	batch->window_end_boottime_usec = window->end_boottime_usec;
	if (window->is_rest) {
		batch->window_start_usec = window->waiting_start_usec;
		batch->window_end_usec = window->waiting_end_usec;
		batch->window_end_boottime_usec = window->waiting_end_boottime_usec;
		return 0;
	}
	return has_time && batch->window_start_usec < batch->window_end_usec ? 0 : -EAGAIN;
}

/* From now on flags are of the next window. */
static void begin_flags(struct window *window)
{
	if (window->is_rest)
		return;
	window->closed_flags |= window->flags;
	window->flags = 0;
}

/* At most. */
static size_t count_rows(const struct window *window)
{
	size_t n = window->n_workloads;

	for (const struct workload *w = window->workloads; w; w = w->next)
		n += *w->gpu_class != '\0';
	return n;
}

int window_close(struct window *window, const char *hub, const char *node,
	const char *resource_class, const uint8_t boot_id[16], struct hm_batch *ret)
{
	struct hm_batch batch = {.hub = hub, .node = node};
	struct window_sums sums = {0};
	struct columns columns;
	uint64_t length;
	int r = close_times(window, &batch);

	if (r == 0)
		r = columns_init(window, min_u64(count_rows(window), HM_MAX_ROWS), &columns);
	if (r < 0)
		return r;
	length = (uint64_t)(batch.window_end_usec - batch.window_start_usec);
	set_room(window, length, &columns);
	begin_flags(window);
	batch.node_row.resource_class = hm_columns_string(&columns.at, resource_class);
	add_rows(window, &columns, batch.node_row.resource_class, length, &sums);
	close_node(window, &columns, &sums, length, &batch.node_row);
	window->closed_start_realtime_usec = batch.window_start_usec;
	window->closed_end_boottime_usec = window->end_boottime_usec;
	window->closed_end_realtime_usec = window->end_realtime_usec;
	window->is_closed = true;
	memcpy(batch.boot_id, boot_id, HM_BOOT_ID_SIZE);
	hm_columns_show(&columns.at, &batch);
	*ret = batch;
	return 0;
}
