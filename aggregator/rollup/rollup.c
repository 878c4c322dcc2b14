/* The heart of the aggregator: reserve for the worst case first, then add what cannot fail. */
#include "aggregator/rollup/rollup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/rollup/slot.h"
#include "common/hash.h"
#include "proto/validate.h"

/* One batch on its way in. */
struct batch_add {
	struct rollup *rollup;
	const struct hm_batch *batch;
	const char *hub;
	struct slot_span span; /* of the window */
	uint32_t node;
	size_t row_slots; /* of all rows: no more entries are made */
	uint64_t sum[ROLLUP_BOUNDS];
	size_t text_bytes;
};

int rollup_init(struct rollup *rollup, uint64_t seed, size_t limit_bytes)
{
	*rollup = (struct rollup){
		.seed = seed,
		.limit_bytes = limit_bytes,
		.classes = HASH_TABLE_INIT(struct rollup_class),
		.nodes = HASH_TABLE_INIT(struct rollup_node),
		.workloads = HASH_TABLE_INIT(struct rollup_workload),
		.slots = HASH_TABLE_INIT(struct rollup_slot),
		.node_slots = HASH_TABLE_INIT(struct rollup_node_slot),
	};
	rollup->text = calloc(HM_MAX_STRINGS, sizeof(*rollup->text));
	if (!rollup->text || interner_init(&rollup->strings, seed) < 0) {
		rollup_release(rollup);
		return -ENOMEM;
	}
	return 0;
}

void rollup_release(struct rollup *rollup)
{
	interner_release(&rollup->strings);
	hash_table_release(&rollup->classes);
	hash_table_release(&rollup->nodes);
	hash_table_release(&rollup->workloads);
	hash_table_release(&rollup->slots);
	hash_table_release(&rollup->node_slots);
	free(rollup->text);
	rollup->text = NULL;
}

void rollup_clear(struct rollup *rollup)
{
	interner_clear(&rollup->strings);
	hash_table_clear(&rollup->classes);
	hash_table_clear(&rollup->nodes);
	hash_table_clear(&rollup->workloads);
	hash_table_clear(&rollup->slots);
	hash_table_clear(&rollup->node_slots);
	memset(rollup->bound, 0, sizeof(rollup->bound));
}

size_t rollup_keys(const struct rollup *rollup)
{
	return (size_t)rollup->slots.count + rollup->node_slots.count + rollup->workloads.count;
}

size_t rollup_used_bytes(const struct rollup *rollup)
{
	return interner_used_bytes(&rollup->strings) + hash_table_used_bytes(&rollup->classes) +
	       hash_table_used_bytes(&rollup->nodes) + hash_table_used_bytes(&rollup->workloads) +
	       hash_table_used_bytes(&rollup->slots) + hash_table_used_bytes(&rollup->node_slots);
}

static uint32_t hash_words(const struct rollup *rollup, uint64_t a, uint64_t b)
{
	return (uint32_t)hash_mix(hash_mix(rollup->seed ^ a, b), rollup->seed);
}

static void measured_of(const struct hm_node_row *row, uint64_t ret[ROLLUP_MEASURED_COUNT])
{
	ret[ROLLUP_MEASURED_CPU_USEC] = row->measured.cpu_usec;
	ret[ROLLUP_MEASURED_CPU_STEAL_USEC] = row->measured.cpu_steal_usec;
	ret[ROLLUP_MEASURED_MEMORY_MIB_SEC] = row->measured.memory_mib_sec;
}

/* Rows are few enough that numbers below this cannot overflow their sum, see HM_MAX_ROWS. */
#define SMALL_NUMBER (UINT64_C(1) << 48)

/* The sum of a column; false: it has no 64 bits' room. */
static bool add_up(const uint64_t *column, size_t n_rows, uint64_t *ret)
{
	uint64_t sum = 0;
	uint64_t any = 0;

	static_assert(HM_MAX_ROWS <= UINT64_MAX / SMALL_NUMBER, "they can");
	for (size_t row = 0; row < n_rows; row++) {
		sum += column[row];
		any |= column[row];
	}
	*ret = sum;
	if (any < SMALL_NUMBER)
		return true;
	sum = 0;
	for (size_t row = 0; row < n_rows; row++)
		if (__builtin_add_overflow(sum, column[row], &sum))
			return false;
	return true;
}

/* What the batch may add to any one sum, and whether that still fits beside what is there. */
static int check_sums(struct batch_add *add)
{
	const struct hm_batch *batch = add->batch;
	const struct hm_node_row *node = &batch->node_row;
	uint64_t *sum = add->sum;
	bool full = false;

	for (int q = 0; q < HM_QUANTITY_COUNT; q++)
		if (!add_up(batch->quantity[q], batch->n_rows, &sum[q]))
			return -EOVERFLOW;
	sum += HM_QUANTITY_COUNT;
	*sum++ = node->coverage_msec;
	for (int resource = 0; resource < HM_RESOURCE_COUNT; resource++) {
		*sum++ = node->capacity[resource];
		*sum++ = node->used[resource];
		*sum++ = node->system[resource];
	}
	measured_of(node, sum);
	for (int i = 0; i < ROLLUP_BOUNDS; i++) {
		if (add->sum[i] > INT64_MAX)
			return -EOVERFLOW;
		full |= add->rollup->bound[i] + add->sum[i] > INT64_MAX;
	}
	return full ? -EAGAIN : 0;
}

static struct slot_span span_of_row(const struct hm_batch *batch, size_t row)
{
	struct slot_span span;
	int r = slot_span_init(&span,
		batch->window_start_usec + (int64_t)batch->start_offset_usec[row],
		batch->window_end_usec - (int64_t)batch->end_offset_usec[row]);

	assert(r == 0); /* the decoder refused anything else */
	(void)r;
	return span;
}

static size_t count_row_slots(const struct batch_add *add)
{
	const struct hm_batch *batch = add->batch;
	size_t count = 0;

	if (add->span.count == 1)
		return batch->n_rows;
	for (size_t row = 0; row < batch->n_rows; row++)
		count += span_of_row(batch, row).count;
	return count;
}

/* Bytes the batch needs at most, in all tables. */
static size_t worst_case_bytes(struct batch_add *add)
{
	const struct hm_batch *batch = add->batch;
	const size_t bucket = 2 * sizeof(struct hash_table_bucket);
	size_t bytes = strlen(add->hub) + strlen(batch->node) + 2;

	for (size_t i = 0; i < batch->n_strings; i++)
		bytes += strlen(batch->strings[i]) + 1;
	add->text_bytes = bytes;
	bytes += (batch->n_strings + 2) * (sizeof(struct interner_entry) + bucket);
	bytes += (batch->n_rows + 1) * (sizeof(struct rollup_class) + bucket);
	bytes += sizeof(struct rollup_node) + bucket;
	bytes += batch->n_rows * (sizeof(struct rollup_workload) + bucket);
	bytes += add->row_slots * (sizeof(struct rollup_slot) + bucket);
	return bytes + add->span.count * (sizeof(struct rollup_node_slot) + bucket);
}

static int reserve(struct batch_add *add)
{
	struct rollup *rollup = add->rollup;
	const size_t rows = add->batch->n_rows;
	int r;

	r = interner_reserve(&rollup->strings, add->batch->n_strings + 2, add->text_bytes);
	if (r < 0)
		return r;
	r = hash_table_reserve(&rollup->classes, rows + 1);
	if (r < 0)
		return r;
	r = hash_table_reserve(&rollup->nodes, 1);
	if (r < 0)
		return r;
	r = hash_table_reserve(&rollup->workloads, rows);
	if (r < 0)
		return r;
	r = hash_table_reserve(&rollup->slots, add->row_slots);
	if (r < 0)
		return r;
	return hash_table_reserve(&rollup->node_slots, add->span.count);
}

static bool same_class(const void *entry, const void *key)
{
	return ((const struct rollup_class *)entry)->name ==
	       ((const struct rollup_class *)key)->name;
}

static uint32_t class_number(struct rollup *rollup, uint32_t name)
{
	struct rollup_class key = {name};
	uint32_t hash = hash_words(rollup, name, 1);
	uint32_t number = hash_table_find(&rollup->classes, hash, &key, same_class);

	if (number == HASH_TABLE_NONE) {
		number = hash_table_append(&rollup->classes, hash);
		*(struct rollup_class *)hash_table_at(&rollup->classes, number) = key;
	}
	return number;
}

static bool same_node(const void *entry, const void *key)
{
	const struct rollup_node *a = entry;
	const struct rollup_node *b = key;

	return a->hub == b->hub && a->name == b->name;
}

static uint32_t node_number(
	struct rollup *rollup, uint32_t hub, uint32_t name, const struct hm_batch *batch)
{
	const int64_t end_usec = batch->window_end_usec;
	const bool is_observed = !hm_batch_is_imported(batch);
	struct rollup_node key = {hub, name, end_usec, ROLLUP_NEVER};
	uint32_t hash = hash_words(rollup, hub, name);
	uint32_t number = hash_table_find(&rollup->nodes, hash, &key, same_node);
	struct rollup_node *node;

	if (number == HASH_TABLE_NONE) {
		number = hash_table_append(&rollup->nodes, hash);
		*(struct rollup_node *)hash_table_at(&rollup->nodes, number) = key;
	}
	node = hash_table_at(&rollup->nodes, number);
	if (node->last_window_end_usec < end_usec)
		node->last_window_end_usec = end_usec;
	if (is_observed && node->last_observed_usec < end_usec)
		node->last_observed_usec = end_usec;
	return number;
}

static bool same_workload(const void *entry, const void *key)
{
	const struct rollup_workload *a = entry;
	const struct rollup_workload *b = key;

	return a->external_id == b->external_id && a->node == b->node && a->kind == b->kind;
}

static void set_if_empty(uint32_t *name, uint32_t text)
{
	if (*name == INTERNER_EMPTY)
		*name = text;
}

static uint32_t workload_number(const struct batch_add *add, size_t row)
{
	struct rollup *rollup = add->rollup;
	const struct hm_batch *batch = add->batch;
	struct rollup_workload key = {
		.node = add->node,
		.kind = batch->kind[row],
		.external_id = rollup->text[batch->workload[row]],
		.recent_slot = HASH_TABLE_NONE,
		.first_slot_usec = INT64_MAX,
	};
	uint32_t hash = hash_words(rollup, key.external_id, (uint64_t)key.node << 32 | key.kind);
	uint32_t number = hash_table_find(&rollup->workloads, hash, &key, same_workload);
	struct rollup_workload *workload;

	if (number == HASH_TABLE_NONE) {
		number = hash_table_append(&rollup->workloads, hash);
		*(struct rollup_workload *)hash_table_at(&rollup->workloads, number) = key;
	}
	workload = hash_table_at(&rollup->workloads, number);
	set_if_empty(&workload->username, rollup->text[batch->user[row]]);
	set_if_empty(&workload->server_name, rollup->text[batch->server[row]]);
	set_if_empty(&workload->tag, rollup->text[batch->tag[row]]);
	return number;
}

static bool same_slot(const void *entry, const void *key)
{
	const struct rollup_slot *a = entry;
	const struct rollup_slot *b = key;

	return a->workload == b->workload && a->slot_usec == b->slot_usec && a->class == b->class;
}

static struct rollup_slot *slot_entry(
	struct rollup *rollup, uint32_t workload_no, int64_t slot_usec, uint32_t class)
{
	struct rollup_slot key = {.slot_usec = slot_usec, .workload = workload_no, .class = class};
	struct rollup_workload *workload = hash_table_at(&rollup->workloads, workload_no);
	uint32_t number = workload->recent_slot;
	uint32_t hash;

	if (number != HASH_TABLE_NONE && same_slot(hash_table_at(&rollup->slots, number), &key))
		return hash_table_at(&rollup->slots, number);
	hash = hash_words(rollup, (uint64_t)slot_usec, (uint64_t)workload_no << 32 | class);
	number = hash_table_find(&rollup->slots, hash, &key, same_slot);
	if (number == HASH_TABLE_NONE) {
		number = hash_table_append(&rollup->slots, hash);
		*(struct rollup_slot *)hash_table_at(&rollup->slots, number) = key;
		if (slot_usec < workload->first_slot_usec)
			workload->first_slot_usec = slot_usec;
	}
	workload->recent_slot = number;
	return hash_table_at(&rollup->slots, number);
}

static bool same_node_slot(const void *entry, const void *key)
{
	const struct rollup_node_slot *a = entry;
	const struct rollup_node_slot *b = key;

	return a->node == b->node && a->slot_usec == b->slot_usec && a->class == b->class;
}

static struct rollup_node_slot *node_slot_entry(
	struct rollup *rollup, uint32_t node, int64_t slot_usec, uint32_t class)
{
	struct rollup_node_slot key = {.slot_usec = slot_usec, .node = node, .class = class};
	uint32_t hash = hash_words(rollup, (uint64_t)slot_usec, (uint64_t)node << 32 | class);
	uint32_t number = hash_table_find(&rollup->node_slots, hash, &key, same_node_slot);

	if (number == HASH_TABLE_NONE) {
		number = hash_table_append(&rollup->node_slots, hash);
		*(struct rollup_node_slot *)hash_table_at(&rollup->node_slots, number) = key;
	}
	return hash_table_at(&rollup->node_slots, number);
}

/* Index of the first of used, reserved, billable of each resource. */
static const int used_quantity[HM_RESOURCE_COUNT] = {
	[HM_RESOURCE_CPU_USEC] = HM_QUANTITY_CPU_USED_USEC,
	[HM_RESOURCE_MEMORY_MIB_SEC] = HM_QUANTITY_MEMORY_USED_MIB_SEC,
	[HM_RESOURCE_GPU_MSEC] = HM_QUANTITY_GPU_USED_MSEC,
};

/* A row of a batch that lies in one slot, as nearly all do. Its node's sums: see add_rows(). */
static void add_whole_row(const struct batch_add *add, size_t row)
{
	struct rollup *rollup = add->rollup;
	const struct hm_batch *batch = add->batch;
	const uint32_t class = class_number(rollup, rollup->text[batch->resource_class[row]]);
	struct rollup_slot *slot =
		slot_entry(rollup, workload_number(add, row), add->span.first_usec, class);

	slot->flags |= batch->flags[row];
	for (int q = 0; q < HM_QUANTITY_COUNT; q++)
		slot->quantity[q] += batch->quantity[q][row];
}

static void add_split_row(const struct batch_add *add, size_t row, uint32_t node_class)
{
	struct rollup *rollup = add->rollup;
	const struct hm_batch *batch = add->batch;
	const uint32_t class = class_number(rollup, rollup->text[batch->resource_class[row]]);
	const uint32_t workload = workload_number(add, row);
	const struct slot_span span = span_of_row(batch, row);
	struct slot_split split[HM_QUANTITY_COUNT];

	for (int q = 0; q < HM_QUANTITY_COUNT; q++)
		slot_split(&span, batch->quantity[q][row], &split[q]);
	for (uint32_t i = 0; i < span.count; i++) {
		struct rollup_slot *slot = slot_entry(rollup, workload, slot_at(&span, i), class);
		struct rollup_node_slot *node =
			node_slot_entry(rollup, add->node, slot_at(&span, i), node_class);

		slot->flags |= batch->flags[row];
		for (int q = 0; q < HM_QUANTITY_COUNT; q++)
			slot->quantity[q] += slot_share(&split[q], i);
		for (int resource = 0; resource < HM_RESOURCE_COUNT; resource++)
			node->used[resource] += slot_share(&split[used_quantity[resource]], i);
	}
}

/* In one slot nothing is rounded: the node's sums of the rows are those of the columns. */
static void add_rows(const struct batch_add *add, uint32_t node_class)
{
	const size_t n_rows = add->batch->n_rows;
	struct rollup_node_slot *node;

	if (add->span.count > 1) {
		for (size_t row = 0; row < n_rows; row++)
			add_split_row(add, row, node_class);
		return;
	}
	for (size_t row = 0; row < n_rows; row++)
		add_whole_row(add, row);
	if (n_rows == 0)
		return;
	node = node_slot_entry(add->rollup, add->node, add->span.first_usec, node_class);
	for (int resource = 0; resource < HM_RESOURCE_COUNT; resource++)
		node->used[resource] += add->sum[used_quantity[resource]];
}

/* Whether the node row says anything that its workload rows do not. */
static bool is_empty_node_row(const struct hm_node_row *row)
{
	uint64_t any = row->coverage_msec | row->measured.is_measured;

	for (int resource = 0; resource < HM_RESOURCE_COUNT; resource++)
		any |= row->capacity[resource] | row->system[resource];
	return any == 0;
}

static void add_measured(const struct batch_add *add, uint32_t class)
{
	const struct hm_node_row *row = &add->batch->node_row;
	const struct slot_span *span = &add->span;
	const bool is_measured = row->measured.is_measured;
	uint64_t measured[ROLLUP_MEASURED_COUNT];
	struct slot_split split[ROLLUP_MEASURED_COUNT];

	measured_of(row, measured);
	for (int i = 0; i < ROLLUP_MEASURED_COUNT; i++)
		slot_split(span, measured[i], &split[i]);
	for (uint32_t i = 0; i < span->count; i++) {
		struct rollup_node_slot *slot =
			node_slot_entry(add->rollup, add->node, slot_at(span, i), class);

		slot->was_measured |= is_measured;
		slot->was_unmeasured |= !is_measured && row->capacity[HM_RESOURCE_CPU_USEC] > 0;
		slot->measured_flags |= row->measured.flags;
		for (int m = 0; m < ROLLUP_MEASURED_COUNT; m++)
			slot->measured[m] += slot_share(&split[m], i);
	}
}

/* What was imported leaves no trace in slots that no workload touches. */
static void add_node_row(const struct batch_add *add, uint32_t class)
{
	const struct hm_node_row *row = &add->batch->node_row;
	const struct slot_span *span = &add->span;
	struct slot_split coverage;
	struct slot_split capacity[HM_RESOURCE_COUNT];
	struct slot_split system[HM_RESOURCE_COUNT];

	if (is_empty_node_row(row))
		return;
	add_measured(add, class);
	slot_split(span, row->coverage_msec, &coverage);
	for (int resource = 0; resource < HM_RESOURCE_COUNT; resource++) {
		slot_split(span, row->capacity[resource], &capacity[resource]);
		slot_split(span, row->system[resource], &system[resource]);
	}
	for (uint32_t i = 0; i < span->count; i++) {
		struct rollup_node_slot *slot =
			node_slot_entry(add->rollup, add->node, slot_at(span, i), class);

		slot->coverage_msec += slot_share(&coverage, i);
		for (int resource = 0; resource < HM_RESOURCE_COUNT; resource++) {
			slot->capacity[resource] += slot_share(&capacity[resource], i);
			slot->used[resource] += slot_share(&system[resource], i);
			slot->system[resource] += slot_share(&system[resource], i);
		}
	}
}

static void add_all(struct batch_add *add)
{
	struct rollup *rollup = add->rollup;
	const struct hm_batch *batch = add->batch;
	uint32_t node_class;

	for (size_t i = 0; i < batch->n_strings; i++)
		rollup->text[i] = interner_add(
			&rollup->strings, batch->strings[i], strlen(batch->strings[i]));
	add->node = node_number(rollup, interner_add(&rollup->strings, add->hub, strlen(add->hub)),
		interner_add(&rollup->strings, batch->node, strlen(batch->node)), batch);
	node_class = class_number(rollup, rollup->text[batch->node_row.resource_class]);
	add_node_row(add, node_class);
	add_rows(add, node_class);
	for (int i = 0; i < ROLLUP_BOUNDS; i++)
		rollup->bound[i] += add->sum[i];
}

int rollup_add(struct rollup *rollup, const char *hub, const struct hm_batch *batch)
{
	struct batch_add add = {.rollup = rollup, .batch = batch, .hub = hub};
	size_t used = rollup_used_bytes(rollup);
	size_t bytes;
	int r;

	assert(batch->n_strings <= HM_MAX_STRINGS && batch->n_rows <= HM_MAX_ROWS);
	r = slot_span_init(&add.span, batch->window_start_usec, batch->window_end_usec);
	if (r < 0)
		return -EOVERFLOW;
	r = check_sums(&add);
	if (r < 0)
		return r;
	add.row_slots = count_row_slots(&add);
	bytes = worst_case_bytes(&add);
	if (bytes > rollup->limit_bytes)
		return -ENOSPC;
	if (used + bytes > rollup->limit_bytes)
		return rollup_keys(rollup) > 0 ? -EAGAIN : -ENOSPC;
	r = reserve(&add);
	if (r < 0)
		return r;
	add_all(&add);
	return 0;
}
