/*
 * A number has seven bits a byte, the lowest first, and bit 7 says that another byte follows:
 *
 *	300 = 10101100 00000010
 *
 * Where the next number starts is known only when the end of this one is, which takes longer than
 * everything else about it. So columns, which do not wait for one another, are read four abreast,
 * without a branch that depends on the data: how long numbers are nobody foretells.
 */
#include "proto/unpack.h"

#include <endian.h>
#include <string.h>

#define EACH_BYTE(byte) (0x0101010101010101u * (uint64_t)(byte))
#define MORE		EACH_BYTE(0x80)
#define WORD		sizeof(uint64_t)
#define LANES		4

struct lane {
	const uint8_t *at;
	unsigned char *out;
};

static uint64_t load_word(const uint8_t *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return le64toh(word);
}

/* Seven bits of each byte, closed up: pairs of bytes, pairs of those, and the two halves. */
static inline uint64_t close_up(uint64_t word)
{
	word = (word & 0x007f007f007f007fu) | (word & 0x7f007f007f007f00u) >> 1;
	word = (word & 0x00003fff00003fffu) | (word & 0x3fff00003fff0000u) >> 2;
	return (word & 0x000000000fffffffu) | (word & 0x0fffffff00000000u) >> 4;
}

static const uint8_t *number_bytewise(const uint8_t *at, const uint8_t *end, uint64_t *ret)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; shift < 64 && at < end; shift += 7) {
		uint64_t byte = *at++;

		value |= (byte & 0x7f) << shift;
		if (byte & 0x80)
			continue;
		if (shift == 63 && byte > 1)
			return NULL;
		*ret = value;
		return at;
	}
	return NULL;
}

const uint8_t *hm_unpack_long_number(const uint8_t *at, const uint8_t *end, uint64_t *ret)
{
	uint64_t word, last;

	if ((size_t)(end - at) < WORD)
		return number_bytewise(at, end, ret);
	word = load_word(at);
	last = ~word & MORE;
	if (!last)
		return number_bytewise(at, end, ret);
	*ret = close_up(word & (last - 1) & ~last);
	return at + (__builtin_ctzll(last) >> 3) + 1;
}

static inline void store(unsigned char **out, uint64_t value, bool wide)
{
	if (wide) {
		memcpy(*out, &value, sizeof(value));
		*out += sizeof(value);
	} else {
		uint32_t narrow = (uint32_t)value;

		memcpy(*out, &narrow, sizeof(narrow));
		*out += sizeof(narrow);
	}
}

#ifdef __x86_64__
/* The same as an instruction. */
__attribute__((target("bmi,bmi2"))) static inline uint64_t close_up_bmi2(uint64_t word)
{
	return __builtin_ia32_pext_di(word, ~MORE);
}

/* Zen 1 and 2 have it too, in microcode, and are slower by it. */
static bool has_fast_bmi2(void)
{
	return __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
	       !__builtin_cpu_is("znver1") && !__builtin_cpu_is("znver2");
}
#endif

/* All that follows is compiled once for each way to close up, hence inline. */
typedef uint64_t closing(uint64_t word);
#define INLINE static inline __attribute__((always_inline))

/*
 * The next number of a column; 8 bytes are there. @below are the bits before the one that says
 * that nothing follows: all 64 where no byte says so. Then too many bits are in *@seen.
 */
INLINE void step(struct lane *lane, bool wide, closing *close, uint64_t *seen, uint64_t *values)
{
	uint64_t word = load_word(lane->at);
	uint64_t last = ~word & MORE;
	uint64_t below = (last - 1) & ~last;
	uint64_t value = close(word & below);

	*seen |= below;
	*values |= value;
	/* Bit 63 only keeps a number without an end from being asked for its end. */
	lane->at += ((unsigned int)__builtin_ctzll(last | 1ull << 63) >> 3) + 1;
	store(&lane->out, value, wide);
}

/* How many rows can be read without asking where the message ends. */
static size_t safe_rows(const struct lane lane[LANES], const uint8_t *end)
{
	size_t least = SIZE_MAX;

	for (int i = 0; i < LANES; i++) {
		size_t rows = (size_t)(end - lane[i].at) / WORD;

		least = rows < least ? rows : least;
	}
	return least;
}

/* One row near the end of the message. */
static bool step_slowly(
	struct lane lane[LANES], const uint8_t *end, bool wide, uint64_t *seen, uint64_t *values)
{
	for (int i = 0; i < LANES; i++) {
		const uint8_t *at = lane[i].at;
		uint64_t value;

		lane[i].at = hm_unpack_number(at, end, &value);
		if (!lane[i].at)
			return false;
		if (lane[i].at - at > (ptrdiff_t)WORD)
			*seen = UINT64_MAX;
		*values |= value;
		store(&lane[i].out, value, wide);
	}
	return true;
}

INLINE bool unpack_abreast(const struct hm_packed *const column[LANES], bool wide, size_t n_rows,
	const uint8_t *end, closing *close)
{
	struct lane lane[LANES];
	uint64_t seen = 0, values = 0;
	size_t row = 0;

	for (int i = 0; i < LANES; i++)
		lane[i] = (struct lane){column[i]->at, column[i]->out};
	while (row < n_rows) {
		size_t rows = safe_rows(lane, end);
		struct lane a = lane[0], b = lane[1], c = lane[2], d = lane[3];

		if (rows == 0) {
			if (!step_slowly(lane, end, wide, &seen, &values))
				return false;
			row++;
			continue;
		}
		rows = rows < n_rows - row ? rows : n_rows - row;
		row += rows;
		for (; rows > 0; rows--) { /* in registers */
			step(&a, wide, close, &seen, &values);
			step(&b, wide, close, &seen, &values);
			step(&c, wide, close, &seen, &values);
			step(&d, wide, close, &seen, &values);
		}
		lane[0] = a;
		lane[1] = b;
		lane[2] = c;
		lane[3] = d;
	}
	for (int i = 0; i < LANES; i++)
		if (lane[i].at != column[i]->end)
			return false;
	return !(seen >> 63) && (wide || !(values >> 32));
}

static void widen_to_64(const uint8_t *in, uint64_t *restrict out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = in[i];
}

static void widen_to_32(const uint8_t *in, uint32_t *restrict out, size_t n)
{
	for (; n >= WORD; in += WORD, out += WORD, n -= WORD)
		for (size_t i = 0; i < WORD; i++)
			out[i] = in[i];
	for (size_t i = 0; i < n; i++)
		out[i] = in[i];
}

static bool has_more(const uint8_t *at, size_t n)
{
	uint64_t all = 0;

	for (; n >= WORD; at += WORD, n -= WORD)
		all |= load_word(at);
	for (; n > 0; n--)
		all |= *at++;
	return all & MORE;
}

/* As many bytes as rows: each must be a number by itself. */
static bool widen(const struct hm_packed *column, bool wide, size_t n_rows)
{
	if (has_more(column->at, n_rows))
		return false;
	if (wide)
		widen_to_64(column->at, column->out, n_rows);
	else
		widen_to_32(column->at, column->out, n_rows);
	return true;
}

INLINE bool unpack_columns(const struct hm_packed *column, size_t n_columns, bool wide,
	size_t n_rows, const uint8_t *end, closing *close)
{
	const struct hm_packed *abreast[LANES];
	size_t n = 0;

	for (size_t i = 0; i < n_columns; i++) {
		size_t size = (size_t)(column[i].end - column[i].at);

		if (size < n_rows || (size == n_rows && !widen(&column[i], wide, n_rows)))
			return false;
		if (size > n_rows)
			abreast[n++] = &column[i];
		if (n == 0 || (n < LANES && i + 1 < n_columns))
			continue;
		for (; n < LANES; n++)
			abreast[n] = abreast[n - 1]; /* twice the same to the same place */
		if (!unpack_abreast(abreast, wide, n_rows, end, close))
			return false;
		n = 0;
	}
	return true;
}

bool hm_unpack_columns_portable(const struct hm_packed *column, size_t n_columns, bool wide,
	size_t n_rows, const uint8_t *end)
{
	return wide ? unpack_columns(column, n_columns, true, n_rows, end, close_up)
		    : unpack_columns(column, n_columns, false, n_rows, end, close_up);
}

#ifdef __x86_64__
__attribute__((target("bmi,bmi2"))) static bool unpack_columns_bmi2(const struct hm_packed *column,
	size_t n_columns, bool wide, size_t n_rows, const uint8_t *end)
{
	return wide ? unpack_columns(column, n_columns, true, n_rows, end, close_up_bmi2)
		    : unpack_columns(column, n_columns, false, n_rows, end, close_up_bmi2);
}
#endif

bool hm_unpack_columns(const struct hm_packed *column, size_t n_columns, bool wide, size_t n_rows,
	const uint8_t *end)
{
#ifdef __x86_64__
	if (has_fast_bmi2())
		return unpack_columns_bmi2(column, n_columns, wide, n_rows, end);
#endif
	return hm_unpack_columns_portable(column, n_columns, wide, n_rows, end);
}
