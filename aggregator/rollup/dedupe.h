/*
 * The last sequence taken of every stream of one topic partition: what arrives again is dropped.
 *
 * Invariant: a stream's watermark never falls. Streams are at most DEDUPE_MAX_STREAMS.
 * Life cycle: dedupe_init() -> dedupe_load()* -> (dedupe_check(), dedupe_advance())* ->
 * dedupe_mark_committed() after each commit -> dedupe_release().
 */
#ifndef AGGREGATOR_ROLLUP_DEDUPE_H
#define AGGREGATOR_ROLLUP_DEDUPE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/hash_table.h"
#include "hubmeter/usage.h"

#define DEDUPE_MAX_STREAMS (1u << 20)

enum dedupe_verdict {
	DEDUPE_VERDICT_NEW,	  /* the one that was due */
	DEDUPE_VERDICT_DUPLICATE, /* at or below the watermark */
	DEDUPE_VERDICT_GAP	  /* new, but some before it never arrived */
};

struct dedupe_stream {
	uint8_t stream[HM_STREAM_SIZE];
	uint64_t sequence;
	bool moved; /* since the last commit */
};

struct dedupe {
	uint64_t seed;
	struct hash_table streams; /* of struct dedupe_stream */
};

void dedupe_init(struct dedupe *dedupe, uint64_t seed);
void dedupe_release(struct dedupe *dedupe);

/* A watermark as the database has it. -ENOMEM, -ENOSPC. */
int dedupe_load(struct dedupe *dedupe, const uint8_t stream[HM_STREAM_SIZE], uint64_t sequence);

/* Judge @sequence; *ret_last is the watermark, 0 for a stream never seen. Changes nothing. */
enum dedupe_verdict dedupe_check(const struct dedupe *dedupe, const uint8_t stream[HM_STREAM_SIZE],
	uint64_t sequence, uint64_t *ret_last);

/* Make sure that the next dedupe_advance() has room. -ENOMEM, -ENOSPC. */
int dedupe_reserve(struct dedupe *dedupe);

/* Move the watermark up to @sequence. Room was reserved. */
void dedupe_advance(struct dedupe *dedupe, const uint8_t stream[HM_STREAM_SIZE], uint64_t sequence);

/* Everything moved so far was committed. */
void dedupe_mark_committed(struct dedupe *dedupe);

#endif
