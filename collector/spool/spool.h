/*
 * The spool: every batch is on disk before it is sent, and stays until it was acknowledged.
 *
 *	DIR/lock                        held by the one collector that may write here
 *	DIR/stream, DIR/acked, DIR/sent meta.h
 *	DIR/<first sequence>.seg        segment.h, record.h
 *	DIR/archive/<first sequence>.seg   acknowledged ones, with option spool_archive
 *	DIR/refused/<sequence>.rec      refused.h
 *
 * Invariants
 *  - Sequences count 1, 2, 3, ... for the life of the spool and never go back. A record that was
 *    not written whole was never sent: its sequence is used by the next one.
 *  - A batch says (stream, number), and the number counts 1, 2, 3, ... in the stream:
 *    number = sequence - base. No two different batches ever leave under the same pair, because the
 *    aggregator drops the second one as a duplicate. So a new stream begins, with the next record,
 *    whenever the spool may not be what was sent last (enum spool_change). What waits keeps the
 *    pair it was written with: two clones of a machine send the same records twice, which counts
 *    once. Files are named by sequence, so they know nothing of streams.
 *  - The state of the last record is handed out only where going on behind it can book nothing
 *    twice; each member of enum spool_change says why it can or cannot.
 *  - A record that spool_append() reported as written is read back by spool_next() until it was
 *    acknowledged, also after kill -9 at any instruction (and after a power cut, with sync).
 *  - A record that spool_append() reported as failed is never read back; but where it could not be
 *    cut off either, and the process ended before it wrote another, the next spool_open() may find
 *    it whole, and hands out its state with it.
 *  - The segments take at most config.max_size, or two segments if that is more. When they would
 *    take more, records that were never handed out by spool_next() are merged (compact.h), so that
 *    sums stay exact; only when that does not make room the oldest go, and n_lost counts them.
 *    While merging fails, as on a full disk, they may take a quarter more.
 *  - The newest record is never deleted: it holds the state the meter resumes behind. Those
 *    before the two newest segments hold no state (strip.h).
 *  - Damage costs the records it hits, never the start. spool->reader counts it. A segment that
 *    can't be read at all, or is no segment, is renamed to <name>.bad and left to people (aside.h);
 *    an error of the disk that passes costs none.
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
 * Life cycle: spool_open() -> spool_start_stream()? -> (spool_renew()? | spool_make_space() |
 * spool_append() | spool_next() | spool_ack() | spool_rewind() | spool_refuse())* -> spool_close().
 * Nothing here logs.
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
	uint64_t max_size;     /* of all segments together; 0: without a limit */
	struct spool_origin origin;
};

/*
 * Why spool_open() began a new stream. What is lost and what could count twice is weighed for each:
 * nothing is ever booked twice, and as much as that allows is kept.
 */
enum spool_change {
	SPOOL_CHANGE_NONE,

	/* There was none, or its file was damaged. The state is that of the last record: used. */
	SPOOL_CHANGE_NEW,

	/*
	 * Another boot: the tail that was not synced may be lost, or the disk was set back to a
	 * snapshot; neither can be told from a plain reboot. The state is used: the meter sees the
	 * other boot and takes no more from it than that counters began at zero.
	 */
	SPOOL_CHANGE_BOOT,

	/*
	 * Another name of the node: a stream belongs to one node, or the aggregator refuses the
	 * rest of it. The state is used: it is the same machine, whose usage goes on under the new
	 * name.
	 */
	SPOOL_CHANGE_NODE,

	/*
	 * Another machine. Without the state, which is of the machine that this one was made from
	 * and may still run: what its sources had on their way leaves there.
	 */
	SPOOL_CHANGE_MACHINE,

	/*
	 * Another file than the one it was written in: a copy was put back. Without the state,
	 * behind which everything may have been sent. A spool that somebody moved to another disk
	 * looks the same, which costs what was used between the last record and this start.
	 */
	SPOOL_CHANGE_COPY,

	/* More was acknowledged than is there, or the newest segment is bad. Without the state. */
	SPOOL_CHANGE_TAIL_LOST,

	/* The meter does not believe the state: spool_start_stream() */
	SPOOL_CHANGE_STATE
};

struct spool {
	struct spool_config config; /* borrows the directory's name */
	int dirfd;
	int lockfd;
	int fd; /* the newest segment, for writing; -1: there is none yet */
	struct spool_identity identity;
	enum spool_change change;
	uint64_t next_sequence;
	uint64_t size;		/* of the newest segment's sound part: where the next record goes */
	bool newest_is_empty;	/* no record in the newest segment: the last one is in an older */
	bool is_suspect;	/* a failed write may have left bytes behind size */
	uint64_t torn_bytes;	/* cut off the end by this spool_open() */
	uint64_t n_bad;		/* segments set aside since spool_open() */
	uint64_t last_bad;	/* the name of the last one */
	uint64_t n_refused;	/* records set aside since spool_open() */
	uint64_t n_lost;	/* records that are gone unsent since spool_open() */
	uint64_t n_unseen;	/* of those, before the next record to be handed out */
	uint64_t n_merged;	/* records merged since spool_open() ... */
	uint64_t n_merged_into; /* ... into so many */
	uint64_t appended_bytes;  /* since the last merge */
	bool has_failed_to_merge; /* the last time */
	bool is_unfinished;	  /* a merge is to be completed before anything is read */
	bool is_sent_unnoted;	  /* DIR/sent is behind what was handed out */
	struct segment_list segments;
	struct spool_cursor cursor;
	struct spool_cursor sent;
	struct segment_reader reader;
};

/*
 * Open or create; a new stream is stored. @ret_state receives the state of the last record; it
 * stays empty when there is none that is sound. -EBUSY: another collector has it. On success the
 * caller closes.
 */
int spool_open(struct spool *spool, const struct spool_config *config, struct buffer *ret_state);
void spool_close(struct spool *spool);

/*
 * The next record is the first of a new stream: the meter refused the state, say because it is from
 * the future of this boot, and then the machine was set back, and what is in the spool is not what
 * was sent last. An error is that of storing it; then nothing has changed.
 */
int spool_start_stream(struct spool *spool);

/* In a word, for the log. */
const char *spool_change_name(enum spool_change change);

/*
 * To be called before a batch is encoded for spool_append(), because making room may begin a new
 * stream: then the batch gets another number. @size: of the record, about. After an error the spool
 * grows beyond its limit.
 */
int spool_make_space(struct spool *spool, uint64_t size);

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

/* Bytes of all segments. */
uint64_t spool_bytes(const struct spool *spool);

/* What an error of these calls means, for people. */
const char *spool_error_text(int error);

static inline uint64_t spool_acked(const struct spool *spool)
{
	return spool->cursor.sequence;
}

/* What the next batch is to say of itself, beside spool->identity.stream. */
static inline uint64_t spool_next_number(const struct spool *spool)
{
	return spool->next_sequence - spool->identity.base;
}

/* Sequence of the newest record, 0 before the first. */
static inline uint64_t spool_last_sequence(const struct spool *spool)
{
	return spool->next_sequence - 1;
}

/* How many records have sequences behind @after up to @last: those merged away have none. */
static inline uint64_t spool_count(const struct spool *spool, uint64_t after, uint64_t last)
{
	const struct spool_merge *merged = &spool->identity.merged;
	uint64_t from = after > merged->from ? after : merged->from;
	uint64_t to = last < merged->to ? last : merged->to;

	return last - after - (to > from ? to - from : 0);
}

/* Records that are not acknowledged. */
static inline uint64_t spool_waiting(const struct spool *spool)
{
	return spool_count(spool, spool_acked(spool), spool_last_sequence(spool));
}

#endif
