/*
 * One record of the spool: a batch and the meter's state behind it, in one checksummed frame.
 *
 *	 0       4           8              16            20
 *	+-------+-----------+--------------+-------------+---~~~---+---~~~---+--------+
 *	| magic | frame len | sequence u64 | batch len   | batch   | state   | crc32c |
 *	+-------+-----------+--------------+-------------+---~~~---+---~~~---+--------+
 *
 * All integers little-endian; frame len counts everything from magic to crc32c; the checksum
 * covers everything before it; what is neither header, batch nor checksum is state.
 *
 * Invariants
 *  - What parses was written by spool_record_frame(), bit for bit.
 *  - Damage costs the frames it hits: the next sound frame is found again by its magic.
 *
 * Pure but for spool_record_write(). A parsed record borrows the bytes it was parsed from.
 */
#ifndef COLLECTOR_SPOOL_RECORD_H
#define COLLECTOR_SPOOL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPOOL_RECORD_HEADER_SIZE  20u
#define SPOOL_RECORD_TRAILER_SIZE 4u
#define SPOOL_RECORD_MAX_SIZE	  (32u * 1024 * 1024) /* of a whole frame */

struct spool_record {
	uint64_t sequence; /* 1, 2, 3, ... */
	const unsigned char *batch;
	size_t batch_size;
	const unsigned char *state;
	size_t state_size;
};

/* Bytes of @record's frame. */
size_t spool_record_size(const struct spool_record *record);

/* The bytes before and behind the batch and the state. -E2BIG past SPOOL_RECORD_MAX_SIZE. */
int spool_record_frame(const struct spool_record *record,
	unsigned char ret_header[SPOOL_RECORD_HEADER_SIZE],
	unsigned char ret_trailer[SPOOL_RECORD_TRAILER_SIZE]);

/* Write the frame at @offset of @fd, in one write. -ENOSPC when not all of it found room. */
int spool_record_write(int fd, uint64_t offset, const struct spool_record *record);

/* Length of the frame whose header is at @data. -EBADMSG: no header, or an impossible length. */
int spool_record_peek(const void *data, size_t size, size_t *ret_size);

/* Whether @size bytes at @data may be the beginning of a frame, of which not all is there. */
bool spool_record_begins(const void *data, size_t size);

/* The frame at the very start of @data. -EBADMSG: none, not all of it, or a damaged one. */
int spool_record_parse(const void *data, size_t size, struct spool_record *ret);

/*
 * The first sound frame at or behind @from whose sequence lies between @after and @before, both
 * exclusive. -ENOENT: none.
 */
int spool_record_find(const void *data, size_t size, size_t from, uint64_t after, uint64_t before,
	struct spool_record *ret, size_t *ret_offset);

#endif
