/*
 * What was taken of every stream of one topic, whichever partition it came through: the last
 * sequence, the gaps below it that are still open, and the node it belongs to. What arrives again
 * is dropped; what arrives inside an open gap is new and shrinks it.
 *
 * It is a cache of ingest.watermark and ingest.gap. A stream that is not in it is taken for a new
 * one: the commit compares what was believed with what the database has and refuses where they
 * differ, so that a wrong belief costs time and never a double or a lost count.
 *
 * Invariants
 *  - A stream's watermark never falls, and its gaps lie below it and apart from each other.
 *  - At most DEDUPE_MAX_STREAMS streams, DEDUPE_MAX_GAPS gaps of all of them, and
 *    DEDUPE_MAX_STREAM_GAPS that a stream may open, so that whoever owns the topic cannot fill the
 *    memory. After a commit at least half of it is free.
 *  - A stream whose gaps are not all here takes nothing but what certainly is new.
 *
 * Life cycle: dedupe_init() -> (dedupe_load(), dedupe_load_gap()*)* -> (dedupe_check(),
 * dedupe_reserve(), dedupe_take())* -> dedupe_mark_committed() after each commit ->
 * dedupe_release().
 */
#ifndef AGGREGATOR_ROLLUP_DEDUPE_H
#define AGGREGATOR_ROLLUP_DEDUPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/hash_table.h"
#include "hubmeter/usage.h"

#define DEDUPE_MAX_STREAMS     (1u << 17)
#define DEDUPE_MAX_GAPS	       (1u << 17)
#define DEDUPE_MAX_STREAM_GAPS 1024u
#define DEDUPE_MAX_NAME_BYTES  ((size_t)4 << 20)
#define DEDUPE_NO_NAME	       UINT32_MAX

enum dedupe_verdict {
	DEDUPE_VERDICT_NEW,	   /* the one that was due */
	DEDUPE_VERDICT_GAP,	   /* new, but some before it did not arrive: opens a gap */
	DEDUPE_VERDICT_LATE,	   /* inside an open gap: new, and shrinks it */
	DEDUPE_VERDICT_DUPLICATE,  /* was taken before */
	DEDUPE_VERDICT_OTHER_NODE, /* the stream belongs to another node */
	DEDUPE_VERDICT_CROWDED	   /* the stream has too many open gaps to tell, or to open more */
};

struct dedupe_gap {
	uint64_t first, last;
	uint64_t part_of; /* first of the gap in the database that it is left of; 0: of none */
	bool is_stored;	  /* it is in the database, as it is */
};

struct dedupe_stream {
	uint8_t stream[HM_STREAM_SIZE];
	uint64_t sequence; /* the last one taken */
	uint64_t stored;   /* as the database has it; 0: it has no such stream */
	uint64_t owner;	   /* hash of the node's name; 0: not known yet */
	struct dedupe_gap *gap;
	uint32_t n_gaps;
	uint32_t name_at; /* in dedupe->names: of an owner that the database does not know */
	bool is_moved;	  /* since the last commit */
	bool is_recent;
	bool is_crowded; /* it has more open gaps than are here */
};

struct dedupe {
	uint64_t seed;
	struct hash_table streams; /* of struct dedupe_stream */
	struct buffer names;	   /* of owners, each with its NUL */
	uint32_t n_gaps;
	uint32_t n_moved;
};

void dedupe_init(struct dedupe *dedupe, uint64_t seed);
void dedupe_release(struct dedupe *dedupe);
void dedupe_clear(struct dedupe *dedupe);

/* A stream as the database has it. @owner NULL: not known. -ENOMEM, -ENOSPC. */
int dedupe_load(struct dedupe *dedupe, const uint8_t stream[HM_STREAM_SIZE], uint64_t sequence,
	const char *owner);

/* An open gap of a stream that was loaded. -ENOMEM. */
int dedupe_load_gap(
	struct dedupe *dedupe, const uint8_t stream[HM_STREAM_SIZE], uint64_t first, uint64_t last);

/* There were more than could be loaded. */
void dedupe_mark_crowded(struct dedupe *dedupe, const uint8_t stream[HM_STREAM_SIZE]);

/* Judge batch @sequence of @owner's; NULL: it says nothing of whose the stream is. Changes nothing.
 */
enum dedupe_verdict dedupe_check(const struct dedupe *dedupe, const uint8_t stream[HM_STREAM_SIZE],
	const char *owner, uint64_t sequence);

/* Room to take what was judged so. -EAGAIN: none before a commit; -ENOMEM. */
int dedupe_reserve(struct dedupe *dedupe, const uint8_t stream[HM_STREAM_SIZE], const char *owner,
	enum dedupe_verdict verdict);

/*
 * Take what was judged to be new, behind a gap or late. Room was reserved. true: a gap that the
 * database has is not open any more as it was, *ret_closed says which.
 */
bool dedupe_take(struct dedupe *dedupe, const uint8_t stream[HM_STREAM_SIZE], const char *owner,
	uint64_t sequence, struct dedupe_gap *ret_closed);

/* Everything taken so far was committed. Streams may be forgotten, if there are many. */
void dedupe_mark_committed(struct dedupe *dedupe);

/* What moved, and what a commit stores of it, into @to, which is empty. -ENOMEM, with part of it
 * there. */
int dedupe_copy_moved(const struct dedupe *dedupe, struct dedupe *to);

/* Number @i of streams.count. */
static inline const struct dedupe_stream *dedupe_at(const struct dedupe *dedupe, uint32_t i)
{
	return hash_table_at(&dedupe->streams, i);
}

/* The owner that a commit is to store; NULL: the database knows it. */
static inline const char *dedupe_new_owner(
	const struct dedupe *dedupe, const struct dedupe_stream *entry)
{
	return entry->name_at == DEDUPE_NO_NAME ? NULL
						: (const char *)dedupe->names.data + entry->name_at;
}

#endif
