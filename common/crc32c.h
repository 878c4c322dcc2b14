/*
 * CRC-32C (Castagnoli), RFC 3720 appendix B.4. Uses the CPU's instruction where there is one.
 */
#ifndef COMMON_CRC32C_H
#define COMMON_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Continue @crc (0 to start) over @size bytes. crc32c(0, "123456789", 9) == 0xe3069283. */
uint32_t crc32c(uint32_t crc, const void *data, size_t size);

/* The same without the instruction. */
uint32_t crc32c_portable(uint32_t crc, const void *data, size_t size);

#endif
