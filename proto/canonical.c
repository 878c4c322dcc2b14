/* The grammar of a canonical message, from its first byte to its last; columns by proto/unpack.h.
 */
#include "proto/canonical.h"

#include <stdint.h>
#include <string.h>

#include "common/utf8.h"
#include "proto/unpack.h"

#define TAG_NUMBER(field) ((field) << 3)
#define TAG_BYTES(field)  ((field) << 3 | 2)
#define TAG_DICTIONARY	  TAG_BYTES(8u)
#define WORD		  sizeof(uint64_t)
#define N_COLUMNS_32	  7
#define N_COLUMNS_64	  (2 + HM_QUANTITY_COUNT)
#define N_COLUMNS	  (N_COLUMNS_32 + N_COLUMNS_64)
#define EACH_BYTE(byte)	  (0x0101010101010101u * (uint64_t)(byte))

/* So that a reader stays in registers: of few rows a message this is most of the work. */
#define INLINE static inline __attribute__((always_inline))

enum { TAG_END = 1 << 16, TAG_BAD }; /* no tag of two bytes */

/* Stands behind @tag, which is the next field's. */
struct reader {
	const uint8_t *at, *end;
	unsigned int tag;
};

struct field {
	unsigned int tag;
	size_t offset; /* in struct hm_batch, of a column; in struct hm_node_row, of a number */
};

#define COLUMN(field, name)                                                                        \
	{                                                                                          \
		TAG_BYTES(field), offsetof(struct hm_batch, name)                                  \
	}
/* The narrow ones first; kind before all, as it says how many rows there are. */
static const struct field columns[N_COLUMNS] = {
	COLUMN(16, kind),
	COLUMN(17, workload),
	COLUMN(18, user),
	COLUMN(19, server),
	COLUMN(20, tag),
	COLUMN(21, resource_class),
	COLUMN(22, flags),
	COLUMN(23, start_offset_usec),
	COLUMN(24, end_offset_usec),
	COLUMN(32, quantity[HM_QUANTITY_CPU_USED_USEC]),
	COLUMN(33, quantity[HM_QUANTITY_CPU_RESERVED_USEC]),
	COLUMN(34, quantity[HM_QUANTITY_CPU_BILLABLE_USEC]),
	COLUMN(35, quantity[HM_QUANTITY_MEMORY_USED_MIB_SEC]),
	COLUMN(36, quantity[HM_QUANTITY_MEMORY_RESERVED_MIB_SEC]),
	COLUMN(37, quantity[HM_QUANTITY_MEMORY_BILLABLE_MIB_SEC]),
	COLUMN(38, quantity[HM_QUANTITY_GPU_USED_MSEC]),
	COLUMN(39, quantity[HM_QUANTITY_GPU_RESERVED_MSEC]),
	COLUMN(40, quantity[HM_QUANTITY_GPU_BILLABLE_MSEC]),
	COLUMN(41, quantity[HM_QUANTITY_STORAGE_MIB_SEC]),
	COLUMN(42, quantity[HM_QUANTITY_NET_RX_BYTES]),
	COLUMN(43, quantity[HM_QUANTITY_NET_TX_BYTES]),
	COLUMN(44, quantity[HM_QUANTITY_WALL_MSEC]),
};
#undef COLUMN

#define NUMBER(field, name)                                                                        \
	{                                                                                          \
		TAG_NUMBER(field), offsetof(struct hm_node_row, name)                              \
	}
static const struct field node_numbers[] = {
	NUMBER(2, coverage_msec),
	NUMBER(16, capacity[HM_RESOURCE_CPU_USEC]),
	NUMBER(17, used[HM_RESOURCE_CPU_USEC]),
	NUMBER(18, system[HM_RESOURCE_CPU_USEC]),
	NUMBER(19, capacity[HM_RESOURCE_MEMORY_MIB_SEC]),
	NUMBER(20, used[HM_RESOURCE_MEMORY_MIB_SEC]),
	NUMBER(21, system[HM_RESOURCE_MEMORY_MIB_SEC]),
	NUMBER(22, capacity[HM_RESOURCE_GPU_MSEC]),
	NUMBER(23, used[HM_RESOURCE_GPU_MSEC]),
	NUMBER(24, system[HM_RESOURCE_GPU_MSEC]),
};
#undef NUMBER

static void refuse(struct reader *reader)
{
	reader->at = reader->end;
	reader->tag = TAG_BAD;
}

/* The next field's tag, of one or two bytes and no longer than it must be. */
INLINE void next_tag(struct reader *reader)
{
	if (reader->at == reader->end) {
		reader->tag = TAG_END;
		return;
	}
	reader->tag = *reader->at++;
	if (reader->tag < 0x80)
		return;
	if (reader->at == reader->end || *reader->at == 0 || *reader->at > 0x7f)
		refuse(reader);
	else
		reader->tag = (reader->tag & 0x7f) | (unsigned int)*reader->at++ << 7;
}

/* What these take is the rest of a field whose tag was read; the next tag is read behind it. */
INLINE uint64_t take_number(struct reader *reader)
{
	uint64_t value = 0;
	const uint8_t *at = hm_unpack_number(reader->at, reader->end, &value);

	if (!at) {
		refuse(reader);
		return 0;
	}
	reader->at = at;
	next_tag(reader);
	return value;
}

INLINE struct reader take_bytes(struct reader *reader)
{
	uint64_t size = 0;
	const uint8_t *at = hm_unpack_number(reader->at, reader->end, &size);
	struct reader inside = {reader->end, reader->end, TAG_END};

	if (!at || size > (size_t)(reader->end - at) || (at - reader->at > 1 && at[-1] == 0)) {
		refuse(reader);
		return inside;
	}
	inside.at = at;
	inside.end = reader->at = at + size;
	next_tag(reader);
	return inside;
}

/* Proto3 leaves out a number that is 0. */
INLINE uint64_t number_or_zero(struct reader *reader, unsigned int tag)
{
	return reader->tag == tag ? take_number(reader) : 0;
}

static uint32_t number_32_or_zero(struct reader *reader, unsigned int tag)
{
	uint64_t value = number_or_zero(reader, tag);

	if (value > UINT32_MAX)
		refuse(reader);
	return (uint32_t)value;
}

static int64_t unzigzag(uint64_t value)
{
	return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

static uint64_t load_word(const void *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

/* Whether none of eight bytes is NUL or beyond ASCII: a borrow comes only out of a NUL. */
static bool is_plain(uint64_t word)
{
	return !((word | (word - EACH_BYTE(1))) & EACH_BYTE(0x80));
}

/* UTF-8 without NUL, which the database cannot store. */
static bool is_text(const char *text, size_t size)
{
	return size == 0 || (!memchr(text, '\0', size) && utf8_valid_size(text, size) == size);
}

static bool copy_id(struct reader *reader, unsigned int tag, uint8_t *out, size_t size)
{
	struct reader id;

	if (reader->tag != tag)
		return false;
	id = take_bytes(reader);
	if ((size_t)(id.end - id.at) != size)
		return false;
	memcpy(out, id.at, size);
	return true;
}

static const char *copy_text(struct arena *arena, struct reader *reader, unsigned int tag)
{
	struct reader text;
	size_t size;
	char *copy;

	if (reader->tag != tag)
		return NULL;
	text = take_bytes(reader);
	size = (size_t)(text.end - text.at);
	if (size > HM_MAX_STRING_SIZE || !is_text((const char *)text.at, size))
		return NULL;
	copy = arena_alloc(arena, size + 1);
	if (!copy)
		return NULL;
	memcpy(copy, text.at, size);
	copy[size] = '\0';
	return copy;
}

/* Behind @at, up to where all bytes are plain text; a word may be read behind @end. */
static const uint8_t *plain_end(const uint8_t *at, const uint8_t *end)
{
	while (at < end && is_plain(load_word(at)))
		at += WORD;
	return at;
}

/*
 *	42 <size> <text>  42 <size> <text>  ...
 *
 * What may be dictionary is copied as it is; the tag behind a text then becomes its NUL. Whether
 * bytes are plain is asked of many entries at once, their tags and sizes included: only the entry
 * with a byte that is not is looked at by itself.
 */
static const uint8_t *place_strings(
	uint8_t *at, const uint8_t *end, size_t capacity, const char **strings, size_t *ret_n)
{
	const uint8_t *plain = at;
	size_t n = 0;

	while (at < end && *at == TAG_DICTIONARY) {
		uint64_t size = 0;
		uint8_t *text = (uint8_t *)(uintptr_t)hm_unpack_number(at + 1, end, &size);

		if (n == capacity || !text || size > HM_MAX_STRING_SIZE ||
			size > (size_t)(end - text) || (text - at > 2 && text[-1] == 0))
			return NULL;
		if (text + size > plain) {
			if (!is_text((const char *)text, size))
				return NULL;
			plain = plain_end(text + size, end);
		}
		*at = '\0';
		strings[n++] = (const char *)text;
		at = text + size;
	}
	*at = '\0';
	*ret_n = n;
	return at;
}

static bool take_dictionary(struct arena *arena, struct reader *reader, struct hm_batch *b)
{
	const uint8_t *from = reader->at - 1, *placed;
	size_t size = (size_t)(reader->end - from);
	size_t capacity = size / 2 < HM_MAX_STRINGS ? size / 2 : HM_MAX_STRINGS;
	uint8_t *copy = arena_alloc(arena, size + WORD);
	const char **strings = arena_alloc(arena, capacity * sizeof(*strings));

	if (!copy || !strings)
		return false;
	memcpy(copy, from, size);
	memset(copy + size, 1, WORD);
	placed = place_strings(copy, copy + size, capacity, strings, &b->n_strings);
	if (!placed)
		return false;
	b->strings = strings;
	reader->at = from + (placed - copy);
	next_tag(reader);
	return true;
}

/* The pointer of a column lies at @offset. */
static void show_column(struct hm_batch *b, size_t offset, const void *elements)
{
	memcpy((unsigned char *)b + offset, &elements, sizeof(elements));
}

/* A place for each column that travelled; zeros, shared, for those that did not. */
static bool place_columns(struct arena *arena, struct reader *ret_reader, struct hm_batch *b,
	struct hm_packed *packed, size_t *ret_n_32, size_t *ret_n_64)
{
	struct reader local = *ret_reader, *reader = &local;
	const void *zeros = NULL;
	size_t n = 0;

	for (size_t i = 0; i < N_COLUMNS; i++) {
		struct reader column;

		if (i == N_COLUMNS_32)
			*ret_n_32 = n;
		if (reader->tag != columns[i].tag) {
			if (!zeros)
				zeros = arena_calloc(arena, b->n_rows, sizeof(uint64_t));
			if (!zeros)
				return false;
			show_column(b, columns[i].offset, zeros);
			continue;
		}
		column = take_bytes(reader);
		if (i == 0)
			b->n_rows = (size_t)(column.end - column.at); /* of a byte each */
		if (b->n_rows == 0 || b->n_rows > HM_MAX_ROWS)
			return false;
		packed[n] = (struct hm_packed){column.at, column.end,
			arena_alloc(arena, b->n_rows * (i < N_COLUMNS_32 ? sizeof(uint32_t)
									 : sizeof(uint64_t)))};
		if (!packed[n].out)
			return false;
		show_column(b, columns[i].offset, packed[n++].out);
	}
	*ret_n_64 = n - *ret_n_32;
	*ret_reader = local;
	return true;
}

static bool take_columns(struct arena *arena, struct reader *reader, struct hm_batch *b)
{
	struct hm_packed packed[N_COLUMNS];
	size_t n_32, n_64;

	return place_columns(arena, reader, b, packed, &n_32, &n_64) &&
	       hm_unpack_columns(packed, n_32, false, b->n_rows, reader->end) &&
	       hm_unpack_columns(packed + n_32, n_64, true, b->n_rows, reader->end);
}

static bool take_measured(struct reader *node, struct hm_node_measured *measured)
{
	struct reader reader;

	if (node->tag != TAG_BYTES(32u))
		return true;
	reader = take_bytes(node);
	next_tag(&reader);
	measured->is_measured = 1;
	measured->cpu_usec = number_or_zero(&reader, TAG_NUMBER(1u));
	measured->cpu_steal_usec = number_or_zero(&reader, TAG_NUMBER(2u));
	measured->memory_mib_sec = number_or_zero(&reader, TAG_NUMBER(3u));
	measured->flags = number_32_or_zero(&reader, TAG_NUMBER(4u));
	return reader.tag == TAG_END;
}

static bool take_node_row(struct reader *reader, struct hm_node_row *row)
{
	struct reader node;

	if (reader->tag != TAG_BYTES(64u))
		return false;
	node = take_bytes(reader);
	next_tag(&node);
	row->resource_class = number_32_or_zero(&node, TAG_NUMBER(1u));
	for (size_t i = 0; i < sizeof(node_numbers) / sizeof(node_numbers[0]); i++) {
		uint64_t value = number_or_zero(&node, node_numbers[i].tag);

		memcpy((unsigned char *)row + node_numbers[i].offset, &value, sizeof(value));
	}
	return take_measured(&node, &row->measured) && node.tag == TAG_END;
}

static bool take_identity(struct arena *arena, struct reader *reader, struct hm_batch *b)
{
	b->hub = copy_text(arena, reader, TAG_BYTES(1u));
	b->node = b->hub ? copy_text(arena, reader, TAG_BYTES(2u)) : NULL;
	if (!b->node || !copy_id(reader, TAG_BYTES(3u), b->stream, sizeof(b->stream)))
		return false;
	b->sequence = number_or_zero(reader, TAG_NUMBER(4u));
	return copy_id(reader, TAG_BYTES(5u), b->boot_id, sizeof(b->boot_id));
}

static bool take_batch(struct arena *arena, struct reader *reader, struct hm_batch *b)
{
	uint64_t length, boottime;

	if (!take_identity(arena, reader, b))
		return false;
	b->window_start_usec = unzigzag(number_or_zero(reader, TAG_NUMBER(6u)));
	length = number_or_zero(reader, TAG_NUMBER(7u));
	if (__builtin_add_overflow(b->window_start_usec, length, &b->window_end_usec))
		return false;
	if (reader->tag == TAG_DICTIONARY && !take_dictionary(arena, reader, b))
		return false;
	boottime = number_or_zero(reader, TAG_NUMBER(9u));
	if (boottime > INT64_MAX)
		return false;
	b->window_end_boottime_usec = (int64_t)boottime;
	if (!take_columns(arena, reader, b) || !take_node_row(reader, &b->node_row))
		return false;
	if (reader->tag == TAG_DICTIONARY && !b->strings && !take_dictionary(arena, reader, b))
		return false;
	return reader->tag == TAG_END && b->strings;
}

bool hm_canonical_decode(struct arena *arena, const void *data, size_t size, struct hm_batch *ret)
{
	const size_t used = arena->used;
	struct reader reader = {.at = data};
	struct hm_batch b = {0};

	if (size == 0)
		return false;
	reader.end = reader.at + size;
	next_tag(&reader);
	if (!take_batch(arena, &reader, &b)) {
		arena_rewind(arena, used);
		return false;
	}
	*ret = b;
	return true;
}
