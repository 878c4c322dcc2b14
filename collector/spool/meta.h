/*
 * The two small files beside a spool's segments: who it is, and how far it was acknowledged.
 *
 *	stream   stream 16 bytes | base u64 | machine 16 | boot 16 | inode u64 | born u64
 *	         | stateless u64 | crc32c u32
 *	acked    slot at 0 and slot at 512:  sequence u64 | crc32c u32
 *
 * A release before wrote the stream with its checksum and nothing else: the rest reads as 0, which
 * stands for "not known".
 *
 * Invariants
 *  - The identity appears under its name whole or not at all.
 *  - The cursor is written to the slot that does not hold the newest value, so a torn write leaves
 *    the value before. It is not synced: an older value costs duplicates, never a loss.
 */
#ifndef COLLECTOR_SPOOL_META_H
#define COLLECTOR_SPOOL_META_H

#include <stdint.h>

#include "collector/spool/origin.h"
#include "hubmeter/usage.h"

/* What a spool remembers of itself. */
struct spool_identity {
	uint8_t stream[HM_STREAM_SIZE]; /* random */
	uint64_t base;			/* sequence before the stream's first record */
	struct spool_origin origin;	/* where it was written */
	uint64_t inode;			/* of the cursor's file, and when that was made: a copy */
	uint64_t born;			/* of the spool has another */
	uint64_t stateless;		/* states of records up to it are not used */
};

/* -ENOENT: there is none; -EBADMSG: damaged. */
int spool_identity_read(int dirfd, struct spool_identity *ret);

/* Store it durably. */
int spool_identity_write(int dirfd, const struct spool_identity *identity);

/* Give @identity a new random stream whose first record is @first; stores nothing. */
int spool_identity_renew(struct spool_identity *identity, uint64_t first);

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

/* Which file the cursor is in: @identity->inode and ->born. */
int spool_cursor_identify(const struct spool_cursor *cursor, struct spool_identity *identity);

#endif
