/*
 * The checksum of everything hubmeter stores itself. x86-64 has it as an instruction; elsewhere
 * sixteen constants (half a byte at a time) do: a spool writes kilobytes a minute.
 */
#include "common/crc32c.h"

#include <string.h>

/* Entry n: the remainder of n shifted by the reflected polynomial 0x82f63b78 four times. */
/* clang-format off */
static const uint32_t nibble_remainder[16] = {
	0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
	0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};
/* clang-format on */

uint32_t crc32c_portable(uint32_t crc, const void *data, size_t size)
{
	const unsigned char *at = data;
	size_t i;

	crc = ~crc;
	for (i = 0; i < size; i++) {
		crc ^= at[i];
		crc = crc >> 4 ^ nibble_remainder[crc & 15];
		crc = crc >> 4 ^ nibble_remainder[crc & 15];
	}
	return ~crc;
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(
	uint32_t crc, const void *data, size_t size)
{
	const unsigned char *at = data;
	uint64_t word, state = ~crc;

	for (; size >= sizeof(word); at += sizeof(word), size -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		state = __builtin_ia32_crc32di(state, word);
	}
	for (; size > 0; at++, size--)
		state = __builtin_ia32_crc32qi((uint32_t)state, *at);
	return ~(uint32_t)state;
}
#endif

uint32_t crc32c(uint32_t crc, const void *data, size_t size)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("sse4.2"))
		return crc32c_sse42(crc, data, size);
#endif
	return crc32c_portable(crc, data, size);
}
