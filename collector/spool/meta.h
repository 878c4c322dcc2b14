/*
 * The two small files beside a spool's segments: who it is, and how far it was acknowledged.
 *
 *	stream   16 random bytes | crc32c u32
 *	acked    slot at 0 and slot at 512:  sequence u64 | crc32c u32
 *
 * Invariants
 *  - The stream id is made once and appears under its name whole or not at all.
 *  - The cursor is written to the slot that does not hold the newest value, so a torn write leaves
 *    the value before. It is not synced: an older value costs duplicates, never a loss.
 */
#ifndef COLLECTOR_SPOOL_META_H
#define COLLECTOR_SPOOL_META_H

#include <stdint.h>

#include "hubmeter/usage.h"

/* -ENOENT: there is none; -EBADMSG: damaged. */
int spool_stream_read(int dirfd, uint8_t ret[HM_STREAM_SIZE]);

/* Make a new random id and store it durably. */
int spool_stream_create(int dirfd, uint8_t ret[HM_STREAM_SIZE]);

/* Store @stream as the id, durably: of a spool that is made anew. */
int spool_stream_write(int dirfd, const uint8_t stream[HM_STREAM_SIZE]);

struct spool_cursor {
	int fd;		   /* -1: closed */
	uint64_t acked;	   /* every sequence up to it was acknowledged */
	unsigned int slot; /* the one to be written next */
};

/* Open or create for writing. A damaged file reads as 0. */
int spool_cursor_open(struct spool_cursor *cursor, int dirfd);

/* Only look: 0 when there is no file. */
int spool_cursor_peek(int dirfd, uint64_t *ret_acked);

int spool_cursor_store(struct spool_cursor *cursor, uint64_t acked);
void spool_cursor_close(struct spool_cursor *cursor);

#endif
