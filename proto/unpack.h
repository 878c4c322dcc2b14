/*
 * Numbers and packed columns of numbers in protobuf's encoding, many at a time.
 *
 * Invariant: no byte is read outside [at, end), none written outside the column.
 */
#ifndef PROTO_UNPACK_H
#define PROTO_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A packed column, and where its elements go: uint64_t when wide, else uint32_t. */
struct hm_packed {
	const uint8_t *at, *end;
	void *out;
};

/* hm_unpack_number() of one that may have more than one byte. */
const uint8_t *hm_unpack_long_number(const uint8_t *at, const uint8_t *end, uint64_t *ret);

/* The number at @at, of at most 10 bytes; the byte behind it, or NULL: cut off or past 64 bits. */
static inline const uint8_t *hm_unpack_number(const uint8_t *at, const uint8_t *end, uint64_t *ret)
{
	if (at == end || (*at & 0x80))
		return hm_unpack_long_number(at, end, ret);
	*ret = *at;
	return at + 1;
}

/*
 * @n_rows elements of each of @n_columns columns, all wide or all narrow; behind them the message
 * goes on until @end. False: one of them holds another number of elements, or one too large.
 */
bool hm_unpack_columns(const struct hm_packed *column, size_t n_columns, bool wide, size_t n_rows,
	const uint8_t *end);

/* The same without an instruction that not every processor has. */
bool hm_unpack_columns_portable(const struct hm_packed *column, size_t n_columns, bool wide,
	size_t n_rows, const uint8_t *end);

#endif
