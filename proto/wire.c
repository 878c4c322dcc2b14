/*
 * Generated structs stay in this file: the rest of hubmeter sees the plain batch. Columns are
 * mapped by two tables, used in both directions, so that encoder and decoder cannot disagree.
 * Whether a message needs them at all is asked first: nearly every one is canonical.
 */
#include "proto/wire.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "common/utf8.h"
#include "hubmeter/v1/usage.pb-c.h"
#include "proto/canonical.h"
#include "proto/validate.h"

#define N_COLUMNS_32	 7
#define N_COLUMNS_64	 (2 + HM_QUANTITY_COUNT)
#define DICTIONARY_CHUNK 64

typedef Hubmeter__V1__UsageBatch UsageBatch;
typedef Hubmeter__V1__NodeRow NodeRow;
typedef Hubmeter__V1__NodeMeasured NodeMeasured;

struct column_32 {
	size_t *wire_size;
	uint32_t **wire;
	const uint32_t **plain;
};

struct column_64 {
	size_t *wire_size;
	uint64_t **wire;
	const uint64_t **plain;
};

static void map_columns_32(UsageBatch *m, struct hm_batch *b, struct column_32 ret[N_COLUMNS_32])
{
	const struct column_32 map[N_COLUMNS_32] = {
		{&m->n_kind, &m->kind, &b->kind},
		{&m->n_workload, &m->workload, &b->workload},
		{&m->n_user, &m->user, &b->user},
		{&m->n_server, &m->server, &b->server},
		{&m->n_tag, &m->tag, &b->tag},
		{&m->n_resource_class, &m->resource_class, &b->resource_class},
		{&m->n_flags, &m->flags, &b->flags},
	};

	memcpy(ret, map, sizeof(map));
}

static void map_columns_64(UsageBatch *m, struct hm_batch *b, struct column_64 ret[N_COLUMNS_64])
{
#define QUANTITY(index, name)                                                                      \
	{                                                                                          \
		&m->n_##name, &m->name, &b->quantity[index]                                        \
	}
	const struct column_64 map[N_COLUMNS_64] = {
		{&m->n_start_offset_usec, &m->start_offset_usec, &b->start_offset_usec},
		{&m->n_end_offset_usec, &m->end_offset_usec, &b->end_offset_usec},
		QUANTITY(HM_QUANTITY_CPU_USED_USEC, cpu_used_usec),
		QUANTITY(HM_QUANTITY_CPU_RESERVED_USEC, cpu_reserved_usec),
		QUANTITY(HM_QUANTITY_CPU_BILLABLE_USEC, cpu_billable_usec),
		QUANTITY(HM_QUANTITY_MEMORY_USED_MIB_SEC, memory_used_mib_sec),
		QUANTITY(HM_QUANTITY_MEMORY_RESERVED_MIB_SEC, memory_reserved_mib_sec),
		QUANTITY(HM_QUANTITY_MEMORY_BILLABLE_MIB_SEC, memory_billable_mib_sec),
		QUANTITY(HM_QUANTITY_GPU_USED_MSEC, gpu_used_msec),
		QUANTITY(HM_QUANTITY_GPU_RESERVED_MSEC, gpu_reserved_msec),
		QUANTITY(HM_QUANTITY_GPU_BILLABLE_MSEC, gpu_billable_msec),
		QUANTITY(HM_QUANTITY_STORAGE_MIB_SEC, storage_mib_sec),
		QUANTITY(HM_QUANTITY_NET_RX_BYTES, net_rx_bytes),
		QUANTITY(HM_QUANTITY_NET_TX_BYTES, net_tx_bytes),
		QUANTITY(HM_QUANTITY_WALL_MSEC, wall_msec),
	};
#undef QUANTITY

	memcpy(ret, map, sizeof(map));
}

/* protobuf-c's structs have no const, even to be packed from. */
static ProtobufCBinaryData borrow_bytes(const void *data, size_t size)
{
	return (ProtobufCBinaryData){.len = size, .data = (uint8_t *)(uintptr_t)data};
}

static bool is_zero(const void *column, size_t size)
{
	const unsigned char *bytes = column;

	return size == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0);
}

static void borrow_columns(UsageBatch *m, const struct hm_batch *batch)
{
	struct hm_batch b = *batch;
	struct column_32 map_32[N_COLUMNS_32];
	struct column_64 map_64[N_COLUMNS_64];
	size_t i;

	map_columns_32(m, &b, map_32);
	for (i = 0; i < N_COLUMNS_32; i++) {
		if (is_zero(*map_32[i].plain, b.n_rows * sizeof(uint32_t)))
			continue;
		*map_32[i].wire_size = b.n_rows;
		*map_32[i].wire = (uint32_t *)(uintptr_t)*map_32[i].plain;
	}
	map_columns_64(m, &b, map_64);
	for (i = 0; i < N_COLUMNS_64; i++) {
		if (is_zero(*map_64[i].plain, b.n_rows * sizeof(uint64_t)))
			continue;
		*map_64[i].wire_size = b.n_rows;
		*map_64[i].wire = (uint64_t *)(uintptr_t)*map_64[i].plain;
	}
}

static NodeMeasured wire_measured(const struct hm_node_measured *measured)
{
	NodeMeasured wire = HUBMETER__V1__NODE_MEASURED__INIT;

	wire.cpu_usec = measured->cpu_usec;
	wire.cpu_steal_usec = measured->cpu_steal_usec;
	wire.memory_mib_sec = measured->memory_mib_sec;
	wire.flags = measured->flags;
	return wire;
}

/* Borrows @measured, which is the wire's form of what @row has of it. */
static NodeRow wire_node_row(const struct hm_node_row *row, NodeMeasured *measured)
{
	NodeRow wire = HUBMETER__V1__NODE_ROW__INIT;

	wire.resource_class = row->resource_class;
	wire.coverage_msec = row->coverage_msec;
	wire.cpu_capacity_usec = row->capacity[HM_RESOURCE_CPU_USEC];
	wire.cpu_used_usec = row->used[HM_RESOURCE_CPU_USEC];
	wire.cpu_system_usec = row->system[HM_RESOURCE_CPU_USEC];
	wire.memory_capacity_mib_sec = row->capacity[HM_RESOURCE_MEMORY_MIB_SEC];
	wire.memory_used_mib_sec = row->used[HM_RESOURCE_MEMORY_MIB_SEC];
	wire.memory_system_mib_sec = row->system[HM_RESOURCE_MEMORY_MIB_SEC];
	wire.gpu_capacity_msec = row->capacity[HM_RESOURCE_GPU_MSEC];
	wire.gpu_used_msec = row->used[HM_RESOURCE_GPU_MSEC];
	wire.gpu_system_msec = row->system[HM_RESOURCE_GPU_MSEC];
	wire.measured = row->measured.is_measured ? measured : NULL;
	return wire;
}

/* Everything but the dictionary, borrowed from @batch and @node_row. */
static UsageBatch wire_batch(const struct hm_batch *batch, NodeRow *node_row)
{
	UsageBatch m = HUBMETER__V1__USAGE_BATCH__INIT;

	assert(batch->n_strings > 0 && batch->n_strings <= HM_MAX_STRINGS);
	assert(batch->n_rows <= HM_MAX_ROWS && *batch->strings[0] == '\0');
	assert(batch->window_end_usec > batch->window_start_usec);
	m.hub = borrow_bytes(batch->hub, strlen(batch->hub));
	m.node = borrow_bytes(batch->node, strlen(batch->node));
	m.stream = borrow_bytes(batch->stream, HM_STREAM_SIZE);
	m.sequence = batch->sequence;
	m.boot_id = borrow_bytes(batch->boot_id, HM_BOOT_ID_SIZE);
	m.window_start_usec = batch->window_start_usec;
	m.window_length_usec = (uint64_t)(batch->window_end_usec - batch->window_start_usec);
	m.window_end_boottime_usec = (uint64_t)batch->window_end_boottime_usec;
	borrow_columns(&m, batch);
	m.node_row = node_row;
	return m;
}

/*
 * The dictionary follows the rest in messages of its own, a chunk each: protobuf defines that
 * concatenated messages are merged, so no array of all entries has to be allocated. With @out
 * NULL only the size is found. Returns the bytes.
 */
static size_t pack_dictionary(const struct hm_batch *batch, uint8_t *out)
{
	ProtobufCBinaryData chunk[DICTIONARY_CHUNK];
	UsageBatch m = HUBMETER__V1__USAGE_BATCH__INIT;
	size_t i, total = 0;

	m.dictionary = chunk;
	for (i = 0; i < batch->n_strings; i++) {
		chunk[m.n_dictionary++] =
			borrow_bytes(batch->strings[i], strlen(batch->strings[i]));
		if (m.n_dictionary < DICTIONARY_CHUNK && i + 1 < batch->n_strings)
			continue;
		total += out ? hubmeter__v1__usage_batch__pack(&m, out + total)
			     : hubmeter__v1__usage_batch__get_packed_size(&m);
		m.n_dictionary = 0;
	}
	return total;
}

size_t hm_wire_size(const struct hm_batch *batch)
{
	NodeMeasured measured = wire_measured(&batch->node_row.measured);
	NodeRow node_row = wire_node_row(&batch->node_row, &measured);
	UsageBatch m = wire_batch(batch, &node_row);

	return hubmeter__v1__usage_batch__get_packed_size(&m) + pack_dictionary(batch, NULL);
}

int hm_wire_encode(const struct hm_batch *batch, void *buffer, size_t capacity, size_t *ret_size)
{
	NodeMeasured measured = wire_measured(&batch->node_row.measured);
	NodeRow node_row = wire_node_row(&batch->node_row, &measured);
	UsageBatch m = wire_batch(batch, &node_row);
	uint8_t *out = buffer;
	size_t size;

	if (capacity < hm_wire_size(batch))
		return -ENOSPC;
	size = hubmeter__v1__usage_batch__pack(&m, out);
	size += pack_dictionary(batch, out + size);
	*ret_size = size;
	return 0;
}

/* The arena as protobuf-c's allocator. */
struct decoder {
	struct arena *arena;
	bool exhausted; /* tells a message that is too big from one that is malformed */
};

static void *decoder_alloc(void *context, size_t size)
{
	struct decoder *d = context;
	void *block = arena_alloc(d->arena, size);

	if (!block)
		d->exhausted = true;
	return block;
}

static void decoder_free(void *context, void *pointer)
{
	(void)context;
	(void)pointer; /* the arena goes as a whole */
}

/* UTF-8 without NUL, which the database cannot store. */
static bool is_text(const ProtobufCBinaryData *bytes)
{
	const char *text = (const char *)bytes->data;

	if (bytes->len == 0)
		return true;
	return !memchr(text, '\0', bytes->len) && utf8_valid_size(text, bytes->len) == bytes->len;
}

/* Copy @bytes with a NUL to @at, which has room. */
static enum hm_reject copy_text(const ProtobufCBinaryData *bytes, char *at)
{
	if (bytes->len > HM_MAX_STRING_SIZE || !is_text(bytes))
		return HM_REJECT_STRING;
	if (bytes->len > 0)
		memcpy(at, bytes->data, bytes->len);
	at[bytes->len] = '\0';
	return HM_REJECT_NONE;
}

static enum hm_reject decode_text(
	struct decoder *d, const ProtobufCBinaryData *bytes, const char **ret)
{
	char *text = arena_alloc(d->arena, bytes->len + 1); /* len is less than the message's */

	if (!text)
		return HM_REJECT_ARENA_EXHAUSTED;
	*ret = text;
	return copy_text(bytes, text);
}

static enum hm_reject check_hub(const struct hm_batch *b, const char *hub)
{
	if (!hub || strcmp(b->hub, hub) == 0)
		return HM_REJECT_NONE;
	return *b->hub ? HM_REJECT_HUB_MISMATCH : HM_REJECT_IDENTITY;
}

static enum hm_reject decode_identity(
	struct decoder *d, const UsageBatch *m, const char *hub, struct hm_batch *b)
{
	enum hm_reject reason;

	if (m->stream.len != HM_STREAM_SIZE || m->boot_id.len != HM_BOOT_ID_SIZE)
		return HM_REJECT_IDENTITY;
	memcpy(b->stream, m->stream.data, HM_STREAM_SIZE);
	memcpy(b->boot_id, m->boot_id.data, HM_BOOT_ID_SIZE);
	b->sequence = m->sequence;

	reason = decode_text(d, &m->hub, &b->hub);
	if (reason == HM_REJECT_NONE)
		reason = decode_text(d, &m->node, &b->node);
	return reason == HM_REJECT_NONE ? check_hub(b, hub) : reason;
}

static enum hm_reject decode_dictionary(struct decoder *d, const UsageBatch *m, struct hm_batch *b)
{
	size_t i, total = 0;
	const char **strings;
	char *text;

	if (m->n_dictionary > HM_MAX_STRINGS)
		return HM_REJECT_DICTIONARY_INDEX;
	for (i = 0; i < m->n_dictionary; i++)
		total += m->dictionary[i].len + 1;
	strings = arena_calloc(d->arena, m->n_dictionary, sizeof(*strings));
	text = arena_alloc(d->arena, total);
	if (!strings || !text)
		return HM_REJECT_ARENA_EXHAUSTED;

	for (i = 0; i < m->n_dictionary; i++) {
		enum hm_reject reason = copy_text(&m->dictionary[i], text);

		if (reason != HM_REJECT_NONE)
			return reason;
		strings[i] = text;
		text += m->dictionary[i].len + 1;
	}
	b->n_strings = m->n_dictionary;
	b->strings = strings;
	return HM_REJECT_NONE;
}

static enum hm_reject decode_columns(struct decoder *d, UsageBatch *m, struct hm_batch *b)
{
	struct column_32 map_32[N_COLUMNS_32];
	struct column_64 map_64[N_COLUMNS_64];
	void *zeros; /* shared by all columns that travelled empty */
	size_t i;

	b->n_rows = m->n_kind; /* every row has a kind, which is never 0 */
	if (b->n_rows > HM_MAX_ROWS)
		return HM_REJECT_TOO_MANY_ROWS;
	zeros = arena_calloc(d->arena, b->n_rows, sizeof(uint64_t));
	if (!zeros)
		return HM_REJECT_ARENA_EXHAUSTED;

	map_columns_32(m, b, map_32);
	for (i = 0; i < N_COLUMNS_32; i++) {
		if (*map_32[i].wire_size != 0 && *map_32[i].wire_size != b->n_rows)
			return HM_REJECT_COLUMN_LENGTH;
		*map_32[i].plain = *map_32[i].wire_size ? *map_32[i].wire : zeros;
	}
	map_columns_64(m, b, map_64);
	for (i = 0; i < N_COLUMNS_64; i++) {
		if (*map_64[i].wire_size != 0 && *map_64[i].wire_size != b->n_rows)
			return HM_REJECT_COLUMN_LENGTH;
		*map_64[i].plain = *map_64[i].wire_size ? *map_64[i].wire : zeros;
	}
	return HM_REJECT_NONE;
}

static struct hm_node_measured plain_measured(const NodeMeasured *wire)
{
	if (!wire)
		return (struct hm_node_measured){0};
	return (struct hm_node_measured){
		.is_measured = 1,
		.flags = wire->flags,
		.cpu_usec = wire->cpu_usec,
		.cpu_steal_usec = wire->cpu_steal_usec,
		.memory_mib_sec = wire->memory_mib_sec,
	};
}

static struct hm_node_row plain_node_row(const NodeRow *wire)
{
	return (struct hm_node_row){
		.resource_class = wire->resource_class,
		.coverage_msec = wire->coverage_msec,
		.capacity = {[HM_RESOURCE_CPU_USEC] = wire->cpu_capacity_usec,
			[HM_RESOURCE_MEMORY_MIB_SEC] = wire->memory_capacity_mib_sec,
			[HM_RESOURCE_GPU_MSEC] = wire->gpu_capacity_msec},
		.used = {[HM_RESOURCE_CPU_USEC] = wire->cpu_used_usec,
			[HM_RESOURCE_MEMORY_MIB_SEC] = wire->memory_used_mib_sec,
			[HM_RESOURCE_GPU_MSEC] = wire->gpu_used_msec},
		.system = {[HM_RESOURCE_CPU_USEC] = wire->cpu_system_usec,
			[HM_RESOURCE_MEMORY_MIB_SEC] = wire->memory_system_mib_sec,
			[HM_RESOURCE_GPU_MSEC] = wire->gpu_system_msec},
		.measured = plain_measured(wire->measured),
	};
}

static enum hm_reject decode_message(
	struct decoder *d, UsageBatch *m, const char *hub, struct hm_batch *ret)
{
	struct hm_batch b = {0};
	enum hm_reject reason;

	if (!m->node_row)
		return HM_REJECT_MALFORMED;
	b.node_row = plain_node_row(m->node_row);
	b.window_start_usec = m->window_start_usec;
	if (__builtin_add_overflow(m->window_start_usec, m->window_length_usec, &b.window_end_usec))
		return HM_REJECT_WINDOW;

	if (m->window_end_boottime_usec > INT64_MAX)
		return HM_REJECT_WINDOW;
	b.window_end_boottime_usec = (int64_t)m->window_end_boottime_usec;

	reason = decode_identity(d, m, hub, &b);
	if (reason == HM_REJECT_NONE)
		reason = decode_columns(d, m, &b);
	if (reason == HM_REJECT_NONE)
		reason = decode_dictionary(d, m, &b);
	if (reason == HM_REJECT_NONE)
		*ret = b;
	return reason;
}

enum hm_reject hm_wire_unpack(
	struct arena *arena, const void *data, size_t size, const char *hub, struct hm_batch *ret)
{
	struct decoder d = {.arena = arena, .exhausted = false};
	ProtobufCAllocator allocator = {
		.alloc = decoder_alloc, .free = decoder_free, .allocator_data = &d};
	UsageBatch *m;

	m = hubmeter__v1__usage_batch__unpack(&allocator, size, data);
	if (m)
		return decode_message(&d, m, hub, ret);
	return d.exhausted ? HM_REJECT_ARENA_EXHAUSTED : HM_REJECT_MALFORMED;
}

int hm_wire_decode(struct arena *arena, const void *data, size_t size,
	const struct hm_wire_limits *limits, struct hm_batch *ret, enum hm_reject *ret_reason)
{
	enum hm_reject reason;
	struct hm_batch b;

	if (hm_canonical_decode(arena, data, size, &b))
		reason = check_hub(&b, limits->hub);
	else
		reason = hm_wire_unpack(arena, data, size, limits->hub, &b);
	if (reason == HM_REJECT_NONE)
		reason = hm_batch_validate(&b, limits);
	if (reason != HM_REJECT_NONE) {
		*ret_reason = reason;
		return -EBADMSG;
	}
	*ret = b;
	return 0;
}
