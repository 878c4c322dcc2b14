/*
 * The spool: every batch is on disk before it is sent, and stays until it was acknowledged.
 *
 *	DIR/lock                        held by the one collector that may write here
 *	DIR/stream, DIR/acked           meta.h
 *	DIR/<first sequence>.seg        segment.h, record.h
 *	DIR/archive/<first sequence>.seg   acknowledged ones, with option spool_archive
 *	DIR/refused/<sequence>.rec      refused.h
 *
 * Invariants
 *  - Sequences count 1, 2, 3, ... for the life of the spool and never go back. A record that was
 *    not written whole was never sent: its sequence is used by the next one.
 *  - A record that spool_append() reported as written is read back by spool_next() until it was
 *    acknowledged, also after kill -9 at any instruction (and after a power cut, with sync).
 *  - A record that spool_append() reported as failed is never read back.
 *  - The newest record is never deleted: it holds the state the meter resumes behind.
 *  - Damage costs the records it hits, never the start. spool->reader counts it.
 *  - A record that Kafka refuses for what it is counts as acknowledged once it is set aside, so it
 *    never blocks those behind it. The aggregator sees the gap in the sequence.
 *  - No symbolic link is followed in place of a file of the spool: -ELOOP. DIR itself and
 *    DIR/archive may be one, which is how an operator puts them elsewhere.
 *
 * Not SQLite or another store: a spool appends, reads in order and forgets from the front, and each
 * record stands or falls with its own checksum. A database needs a journal beside the data, so two
 * writes and two syncs where this has one, cannot say which record a flipped bit hit, and would be
 * a library more in an agent that is to cost nothing.
 *
 * Life cycle: spool_open() -> (spool_renew()? | spool_append() | spool_next() | spool_ack() |
 * spool_rewind() | spool_refuse())* -> spool_close(). Nothing here logs.
 */
#ifndef COLLECTOR_SPOOL_SPOOL_H
#define COLLECTOR_SPOOL_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/spool/meta.h"
#include "collector/spool/record.h"
#include "collector/spool/segment.h"
#include "common/buffer.h"

struct spool_config {
	const char *directory; /* made with its parents when it is not there */
	uint64_t segment_size; /* a segment that would grow past it is followed by a new one */
	bool archive;	       /* keep acknowledged segments, in DIR/archive */
	bool sync;	       /* fdatasync() every record */
};

struct spool {
	struct spool_config config; /* borrows the directory's name */
	int dirfd;
	int lockfd;
	int fd; /* the newest segment, for writing; -1: there is none yet */
	uint8_t stream[HM_STREAM_SIZE];
	uint64_t next_sequence;
	uint64_t size;	      /* of the newest segment's sound part: where the next record goes */
	bool newest_is_empty; /* no record in the newest segment: the last one is in an older */
	bool is_suspect;      /* a failed write may have left bytes behind size */
	bool is_new;	      /* the stream id was made by this spool_open() */
	uint64_t torn_bytes;  /* cut off the end by this spool_open() */
	uint64_t n_refused;   /* records set aside since spool_open() */
	uint64_t n_lost;      /* records that are gone unsent since spool_open() */
	struct segment_list segments;
	struct spool_cursor cursor;
	struct segment_reader reader;
};

/*
 * Open or create. @ret_state receives the state of the last record; it stays empty when there is
 * none that is sound. -EBUSY: another collector has it. On success the caller closes.
 */
int spool_open(struct spool *spool, const struct spool_config *config, struct buffer *ret_state);
void spool_close(struct spool *spool);

/* Write one record with sequence spool->next_sequence. On failure nothing has changed. */
int spool_append(struct spool *spool, const void *batch, size_t batch_size, const void *state,
	size_t state_size);

/*
 * Make DIR anew when it is not the one that is written to any more: deleted, moved away, unmounted.
 * Identity and sequence go on, and the newest segment is written again as far as it can still be
 * read. 0: all is as it was; 1: made anew, and *@ret_missing records that nobody acknowledged are
 * on no disk any more; or an error, -EEXIST if another spool is there: then nothing has changed.
 */
int spool_renew(struct spool *spool, uint64_t *ret_missing);

/*
 * The next record behind the last one read. 1 and *ret, which points into the spool's memory until
 * the next call; 0: none at present; or an error.
 */
int spool_next(struct spool *spool, struct spool_record *ret);

/* Read again from the first record that is not acknowledged. */
void spool_rewind(struct spool *spool);

/* Everything up to @sequence is acknowledged. An error costs duplicates at most. */
int spool_ack(struct spool *spool, uint64_t sequence);

/*
 * Kafka refuses @sequence, the first record that is not acknowledged, for what it is: set it aside,
 * and it counts as acknowledged. An error says why it could not be kept (-EDQUOT: too much is set
 * aside already); then it is lost and counts as acknowledged all the same, but for -ENOENT: there
 * is no such record, and nothing has changed. The caller rewinds.
 */
int spool_refuse(struct spool *spool, uint64_t sequence);

/* What an error of these calls means, for people. */
const char *spool_error_text(int error);

static inline uint64_t spool_acked(const struct spool *spool)
{
	return spool->cursor.acked;
}

/* Sequence of the newest record, 0 before the first. */
static inline uint64_t spool_last_sequence(const struct spool *spool)
{
	return spool->next_sequence - 1;
}

#endif
