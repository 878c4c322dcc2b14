/*
 * The small files beside a spool's segments: who it is, and how far it was sent and acknowledged.
 *
 *	stream   stream 16 bytes | base u64 | machine 16 | boot 16 | inode u64 | born u64
 *	         | stateless u64 | merged from u64, to u64, into u64 | node 16 | crc32c u32
 *	acked    slot at 0 and slot at 512:  sequence u64 | crc32c u32
 *	sent     the same
 *
 * Releases before wrote it without the node, and the stream with its checksum and nothing else: the
 * rest reads as 0, which stands for "not known".
 *
 * Invariants
 *  - The identity appears under its name whole or not at all.
 *  - The cursor is written to the slot that does not hold the newest value, so a torn write leaves
 *    the value before. acked is not synced: an older value costs duplicates, never a loss. sent is,
 *    with option sync: an older value would let a record be merged that was sent.
 */
#ifndef COLLECTOR_SPOOL_META_H
#define COLLECTOR_SPOOL_META_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/spool/origin.h"
#include "hubmeter/usage.h"

/* Records behind @from up to @to were merged: those up to @into, behind @to, stand for them. */
struct spool_merge {
	uint64_t from, to, into;
};

static inline bool spool_is_merged_away(const struct spool_merge *merge, uint64_t sequence)
{
	return sequence > merge->from && sequence <= merge->to;
}

/* What a spool remembers of itself. */
struct spool_identity {
	uint8_t stream[HM_STREAM_SIZE]; /* random */
	uint64_t base;			/* sequence before the stream's first record */
	struct spool_origin origin;	/* where it was written */
	uint64_t inode;			/* of the cursor's file, and when that was made: a copy */
	uint64_t born;			/* of the spool has another */
	struct spool_merge merged;	/* the last one */
	uint64_t stateless;		/* states of records up to it are not used */
};

/* -ENOENT: there is none; -EBADMSG: damaged. */
int spool_identity_read(int dirfd, struct spool_identity *ret);

/* Store it durably, as far as the disk syncs its directory. An error: nothing has changed. */
int spool_identity_write(int dirfd, const struct spool_identity *identity);

/* Give @identity a new random stream whose first record is @first; stores nothing. */
int spool_identity_renew(struct spool_identity *identity, uint64_t first);

struct spool_cursor {
	int fd;		   /* -1: closed */
	uint64_t sequence; /* every one up to it was acknowledged, or may have been sent */
	unsigned int slot; /* the one to be written next */
};

#define SPOOL_ACKED "acked"
#define SPOOL_SENT  "sent"

/* Open or create @name for writing. A damaged file reads as 0. */
int spool_cursor_open(struct spool_cursor *cursor, int dirfd, const char *name);

/* Only look: 0 when there is no file. */
int spool_cursor_peek(int dirfd, uint64_t *ret_acked);

int spool_cursor_store(struct spool_cursor *cursor, uint64_t acked);
void spool_cursor_close(struct spool_cursor *cursor);

/* Which file the cursor is in: @identity->inode and ->born. */
int spool_cursor_identify(const struct spool_cursor *cursor, struct spool_identity *identity);

#endif
