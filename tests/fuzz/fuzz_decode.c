/*
 * Our own decoder (proto/canonical.h) and protobuf-c say the same of all bytes: the law under which
 * the first may answer alone. Where it answers, protobuf-c finds the same batch, before anything is
 * validated; and what our encoder writes, it answers.
 *
 * An input is a message, or behind a byte with which no message begins:
 *
 *	0xff	how one is made: a seed of 4 bytes, then changes of 4 bytes each. So the fuzzer
 *		need not guess lengths to come to the columns
 *	0xfe	columns by themselves, for every way to unpack them and number by number: how many,
 *		rows, whether wide, their sizes, their bytes
 *
 *	CC=clang cmake -S . -B build/fuzz
 *-DCMAKE_C_FLAGS=-fsanitize=fuzzer-no-link,address,undefined cmake --build build/fuzz --target
 *fuzz-decode build/fuzz/tests/fuzz/fuzz-decode -runs=10000000 CORPUS tests/golden
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/canonical.h"
#include "proto/unpack.h"
#include "proto/validate.h"
#include "proto/wire.h"
#include "tests/support/random.h"
#include "tests/support/show_batch.h"

#define ARENA_SIZE   (8u << 20) /* protobuf-c takes up to 73 bytes for one */
#define MESSAGE_SIZE (64u << 10)
#define MAX_ROWS     40u
#define MAX_STRINGS  12u
#define MAX_TEXT     40u
#define MADE	     0xff
#define COLUMNS	     0xfe
#define MAX_COLUMNS  9u

static const struct hm_wire_limits limits = {
	.now_usec = 1788220800000000, .max_age_usec = INT64_MAX, .max_future_usec = INT64_MAX};

struct both {
	struct arena ours, theirs, whole;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static struct both *both_arenas(void)
{
	static struct both both; /* kept: what is fuzzed is not mmap(2) */

	if (!both.ours.base)
		must(arena_init(&both.ours, ARENA_SIZE) == 0 &&
			arena_init(&both.theirs, ARENA_SIZE) == 0 &&
			arena_init(&both.whole, ARENA_SIZE) == 0);
	arena_reset(&both.ours);
	arena_reset(&both.theirs);
	arena_reset(&both.whole);
	return &both;
}

/* Whether @data is canonical. */
static bool compare(const uint8_t *data, size_t size)
{
	struct both *both = both_arenas();
	enum hm_reject reason = HM_REJECT_NONE, theirs;
	struct hm_batch ours, unpacked, whole;
	bool canonical = hm_canonical_decode(&both->ours, data, size, &ours);

	theirs = hm_wire_unpack(&both->theirs, data, size, NULL, &unpacked);
	must(theirs != HM_REJECT_ARENA_EXHAUSTED);
	if (canonical)
		must(theirs == HM_REJECT_NONE && same_batch(&ours, &unpacked));
	else
		must(both->ours.used == 0);
	if (theirs == HM_REJECT_NONE)
		theirs = hm_batch_validate(&unpacked, &limits);
	if (hm_wire_decode(&both->whole, data, size, &limits, &whole, &reason) == 0)
		must(theirs == HM_REJECT_NONE && same_batch(&whole, &unpacked));
	else
		must(theirs == reason && reason != HM_REJECT_NONE);
	return canonical;
}

/* What a batch to be encoded borrows. */
struct material {
	uint32_t narrow[7][MAX_ROWS];
	uint64_t wide[HM_QUANTITY_COUNT + 2][MAX_ROWS];
	char text[MAX_STRINGS][MAX_TEXT + 1];
	const char *strings[MAX_STRINGS];
};

/* Elements of every length, up to @bits; now and then none but zeros, or none but short ones. */
static uint64_t draw(struct random_source *random, unsigned int kind, unsigned int bits)
{
	if (kind == 0)
		return 0;
	if (kind == 1)
		return random_below(random, 128);
	return random_u64(random) >> (64 - bits) >> random_below(random, bits);
}

static void draw_columns(struct random_source *random, struct material *m, size_t n_rows)
{
	/* Past 56 bits an element is not for us: seldom, as it takes the whole message along. */
	unsigned int bits = random_below(random, 16) ? 56 : 64;

	for (size_t i = 0; i < 7; i++) {
		unsigned int kind = (unsigned int)random_below(random, 4);

		for (size_t row = 0; row < n_rows; row++)
			m->narrow[i][row] = i == 0 ? 1 + (uint32_t)random_below(random, 127)
						   : (uint32_t)draw(random, kind, 32);
	}
	for (size_t i = 0; i < HM_QUANTITY_COUNT + 2; i++) {
		unsigned int kind = (unsigned int)random_below(random, 4);

		for (size_t row = 0; row < n_rows; row++)
			m->wide[i][row] = draw(random, kind, bits);
	}
}

/* Text, some of it beyond ASCII and some of that not UTF-8; the first is empty. */
static size_t draw_strings(struct random_source *random, struct material *m)
{
	size_t n = 1 + random_below(random, MAX_STRINGS);
	bool plain = random_below(random, 4) != 0;

	for (size_t i = 0; i < n; i++) {
		size_t size = i == 0 ? 0 : random_below(random, MAX_TEXT + 1);

		for (size_t at = 0; at < size; at++)
			m->text[i][at] = (char)(1 + random_below(random, 127));
		if (!plain && size > 2) {
			m->text[i][size - 2] = '\xc3';
			m->text[i][size - 1] = random_below(random, 8) ? '\xa9' : 'x';
		}
		m->text[i][size] = '\0';
		m->strings[i] = m->text[i];
	}
	return n;
}

static void draw_node_row(struct random_source *random, struct hm_node_row *row)
{
	row->resource_class = (uint32_t)draw(random, 2, 32);
	row->coverage_msec = draw(random, 2, 64);
	for (size_t i = 0; i < HM_RESOURCE_COUNT; i++) {
		row->capacity[i] = draw(random, (unsigned int)random_below(random, 3), 64);
		row->used[i] = draw(random, (unsigned int)random_below(random, 3), 64);
		row->system[i] = draw(random, (unsigned int)random_below(random, 3), 64);
	}
	row->measured.is_measured = (uint32_t)random_below(random, 2);
	if (!row->measured.is_measured)
		return;
	row->measured.flags = (uint32_t)draw(random, 2, 32);
	row->measured.cpu_usec = draw(random, 2, 64);
	row->measured.cpu_steal_usec = draw(random, 2, 64);
	row->measured.memory_mib_sec = draw(random, 2, 64);
}

static void show_columns(const struct material *m, struct hm_batch *b)
{
	const uint32_t **const narrow[] = {&b->kind, &b->workload, &b->user, &b->server, &b->tag,
		&b->resource_class, &b->flags};

	for (size_t i = 0; i < 7; i++)
		*narrow[i] = m->narrow[i];
	b->start_offset_usec = m->wide[HM_QUANTITY_COUNT];
	b->end_offset_usec = m->wide[HM_QUANTITY_COUNT + 1];
	for (size_t i = 0; i < HM_QUANTITY_COUNT; i++)
		b->quantity[i] = m->wide[i];
}

/* A message from @random in @bytes, of any values; returns its size. */
static size_t make_message(struct random_source *random, uint8_t *bytes)
{
	static struct material material;
	struct hm_batch b = {.hub = "physics", .node = "node", .strings = material.strings};
	size_t size = 0;

	b.n_rows = random_below(random, MAX_ROWS + 1);
	draw_columns(random, &material, b.n_rows);
	show_columns(&material, &b);
	b.n_strings = draw_strings(random, &material);
	b.sequence = draw(random, 2, 64);
	b.window_start_usec = (int64_t)draw(random, 2, 62);
	b.window_end_usec = b.window_start_usec + 1 + (int64_t)draw(random, 2, 62);
	b.window_end_boottime_usec = (int64_t)draw(random, 2, 63);
	draw_node_row(random, &b.node_row);
	must(hm_wire_encode(&b, bytes, MESSAGE_SIZE, &size) == 0);
	return size;
}

/* One change of 4 bytes: what, where (2 bytes), a byte. */
static size_t change(uint8_t *bytes, size_t size, const uint8_t *how)
{
	size_t at = (how[1] | (size_t)how[2] << 8) % (size + 1);

	switch (how[0] % 6) {
	case 0:
		return at;
	case 1:
		memmove(bytes + at + 1, bytes + at, size - at);
		bytes[at] = how[3];
		return size + 1;
	case 2:
		if (at == size)
			return size;
		memmove(bytes + at, bytes + at + 1, size - at - 1);
		return size - 1;
	case 3:
		bytes[at] = how[3]; /* behind the end there is room */
		return size;
	default:
		bytes[at] ^= (uint8_t)(1u << how[3] % 8);
		return size;
	}
}

static bool has_larger(const uint64_t *column, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (column[i] >> 56)
			return true;
	return false;
}

/* Whether our encoder's message of it must be canonical. */
static bool is_ours(const struct hm_batch *b)
{
	for (size_t i = 0; i < HM_QUANTITY_COUNT; i++)
		if (has_larger(b->quantity[i], b->n_rows))
			return false;
	return !has_larger(b->start_offset_usec, b->n_rows) &&
	       !has_larger(b->end_offset_usec, b->n_rows);
}

/* A sound batch of whatever bytes, encoded by us, is for our decoder. */
static void encode_again(const uint8_t *data, size_t size)
{
	static uint8_t again[MESSAGE_SIZE];
	struct both *both = both_arenas();
	enum hm_reject reason;
	struct hm_batch b;
	size_t again_size = 0;

	if (hm_wire_decode(&both->whole, data, size, &limits, &b, &reason) < 0 || !is_ours(&b) ||
		hm_wire_size(&b) > sizeof(again))
		return;
	must(hm_wire_encode(&b, again, sizeof(again), &again_size) == 0);
	must(hm_canonical_decode(&both->ours, again, again_size, &b));
}

/* In a block of exactly its size, so that a byte too many is caught. */
static void compare_exact(const uint8_t *bytes, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1);

	must(exact != NULL);
	memcpy(exact, bytes, size);
	(void)compare(exact, size); /* canonical or not, both agreed */
	free(exact);
}

static void compare_made(const uint8_t *recipe, size_t size)
{
	static uint8_t bytes[MESSAGE_SIZE + 4096];
	struct random_source random = {0};
	size_t made;

	for (int i = 0; i < 4; i++)
		random.state = random.state << 8 | recipe[i];
	made = make_message(&random, bytes);
	for (size_t at = 4; at + 4 <= size && at < 4096; at += 4)
		made = change(bytes, made, recipe + at);
	compare_exact(bytes, made);
}

union elements {
	uint64_t wide[UINT8_MAX];
	uint32_t narrow[UINT8_MAX];
};

/* What unpacking has to find, number by number. */
static bool unpack_slowly(const struct hm_packed *column, bool wide, size_t n_rows)
{
	const uint8_t *at = column->at;

	for (size_t row = 0; row < n_rows; row++) {
		const uint8_t *from = at;
		uint64_t value;

		at = hm_unpack_number(at, column->end, &value);
		if (!at || at - from > 8 || (!wide && value > UINT32_MAX))
			return false;
		if (wide)
			((uint64_t *)column->out)[row] = value;
		else
			((uint32_t *)column->out)[row] = (uint32_t)value;
	}
	return at == column->end;
}

static void compare_columns(const uint8_t *data, size_t size)
{
	static union elements out[3][MAX_COLUMNS];
	struct hm_packed column[3][MAX_COLUMNS];
	size_t n = 1 + data[0] % MAX_COLUMNS, n_rows = data[1];
	const uint8_t *at, *end = data + size;
	bool wide = data[2] & 1, all = true;

	if (size < 3 + n)
		return;
	at = data + 3 + n;
	for (size_t i = 0; i < n; i++) {
		size_t left = (size_t)(end - at), of_column = data[3 + i];

		if (of_column > left)
			of_column = left;
		for (int way = 0; way < 3; way++)
			column[way][i] = (struct hm_packed){at, at + of_column, &out[way][i]};
		at += of_column;
		all &= unpack_slowly(&column[0][i], wide, n_rows);
	}
	must(hm_unpack_columns(column[1], n, wide, n_rows, end) == all);
	must(hm_unpack_columns_portable(column[2], n, wide, n_rows, end) == all);
	for (size_t i = 0; all && i < n; i++) {
		size_t of_out = n_rows * (wide ? sizeof(uint64_t) : sizeof(uint32_t));

		must(memcmp(&out[0][i], &out[1][i], of_out) == 0);
		must(memcmp(&out[0][i], &out[2][i], of_out) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size >= 4 && data[0] == COLUMNS) {
		compare_columns(data + 1, size - 1);
	} else if (size >= 5 && data[0] == MADE) {
		compare_made(data + 1, size - 1);
	} else if (size < MESSAGE_SIZE) {
		(void)compare(data, size); /* as above */
		encode_again(data, size);
	}
	return 0;
}
