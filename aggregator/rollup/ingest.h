/*
 * From one Kafka message to the rollup: decode, drop duplicates, split over slots, add; and how
 * far each partition has come. Everything that the next commit must write is here.
 *
 * Invariants
 *  - A message counts whole (rollup or quarantine, watermark, gap, offset) or not at all, and an
 *    offset below next_offset never counts again.
 *  - Every offset that next_offset passed is in exactly one of the partition's counts.
 *  - Partitions of one topic share what is known of its streams: a stream may change partitions.
 *  - Since the last ingest_commit() partition i moved from committed_offset to next_offset; the
 *    rollup, gaps and refusals hold exactly those messages' effect.
 *  - Held payloads of refused messages stay below INGEST_MAX_REFUSED_BYTES, one message apart.
 *  - A commit takes what no hub holds back: all partitions of a hub, and its keys, or none. Until
 *    the last part is committed or set aside no message is taken.
 *
 * Life cycle: ingest_new() -> ingest_add_partition()* -> ingest_message()* -> (written to the
 * database) ingest_commit(), or ingest_drop() which forgets all partitions as well -> ... ->
 * ingest_free(). Pure apart from the clock it is given. part.h commits it hub by hub.
 */
#ifndef AGGREGATOR_ROLLUP_INGEST_H
#define AGGREGATOR_ROLLUP_INGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/record_time.h"
#include "aggregator/rollup/dedupe.h"
#include "aggregator/rollup/rollup.h"
#include "aggregator/rollup/topic.h"
#include "common/arena.h"
#include "common/buffer.h"
#include "common/clock.h"
#include "proto/wire.h"

#define INGEST_MAX_REFUSED_BYTES ((size_t)2 << 20)
#define INGEST_MAX_REFUSED	 4096u
#define INGEST_MAX_CLOSED	 65536u
#define INGEST_ARENA_BYTES	 ((size_t)16 << 20)

#define INGEST_ANY UINT64_MAX

/* What the record before next_offset was. */
struct ingest_last {
	bool has_crc32c;
	bool has_batch; /* stream and sequence are known: it was not refused */
	uint32_t crc32c;
	uint8_t stream[HM_STREAM_SIZE];
	uint64_t sequence;
};

/* What happens to the messages of a partition. */
enum ingest_reading {
	INGEST_READING_WAITS, /* nobody could find out yet where to begin: skipped */
	INGEST_READING_GOES_ON,
	INGEST_READING_STOPPED /* an operator has to decide: skipped */
};

/* What became of the offsets since the last commit. */
struct ingest_counts {
	int64_t taken;
	int64_t duplicates;
	int64_t quarantined;
	int64_t skipped; /* Kafka has no record there: compacted, aborted or its own marker */
};

struct ingest_partition {
	struct ingest_topic *its_topic;
	const char *topic; /* these two are its_topic's */
	const char *hub;
	int32_t partition;
	int64_t owner_epoch;
	int64_t committed_offset;
	int64_t next_offset;
	int64_t told_offset; /* to Kafka's lag tools */
	struct ingest_last last;
	struct ingest_counts counts;
	enum ingest_reading reading;
	bool verify;	       /* the record at next_offset - 1 comes first and must be `last` */
	bool at_end;	       /* everything there was has been read */
	uint64_t pending;      /* messages counted since the last commit */
	uint64_t most_pending; /* so many of its topic at once; INGEST_ANY: it is not suspected */
	unsigned int clean_commits;   /* of it as a suspected one, without a refusal */
	int64_t poison_offset;	      /* the database refused this one message; -1: none */
	enum hm_reject poison_reason; /* NONE: to be taken without its classes */
};

/* A gap that the database has and that is not open any more as it was. */
struct ingest_closed {
	const struct ingest_topic *topic;
	uint8_t stream[HM_STREAM_SIZE];
	uint64_t first_sequence;
	uint64_t last_sequence;
};

struct ingest_refused {
	uint32_t partition;
	int64_t offset;
	enum hm_reject reason;
	struct record_time written;
	size_t payload_at; /* in ingest->payloads */
	size_t payload_size;
};

struct ingest_counters {
	uint64_t messages;
	uint64_t rows;
	uint64_t duplicates;
	uint64_t refused;
	uint64_t gaps;
};

struct ingest_limits {
	int64_t max_age_usec;
	int64_t max_future_usec;
	size_t rollup_bytes;
	uint64_t seed; /* of the hash tables: strangers must not know it */
};

struct ingest {
	const struct clock *clock;
	struct ingest_limits limits;
	struct arena arena;
	struct rollup rollup;
	struct ingest_partition *partition; /* in the order they were added */
	size_t n_partitions;
	struct hash_table places; /* of uint32_t: numbers of partitions, by topic and partition */
	struct ingest_topic **topic; /* of the partitions, and those with wanted streams */
	size_t n_topics;
	struct ingest_closed *closed;
	size_t n_closed;
	struct ingest_refused *refused;
	size_t n_refused;
	struct buffer payloads;
	uint64_t pending_messages;	 /* counted since the last commit */
	bool is_parted;			 /* the rollup has keys of what is not in the next commit */
	struct ingest_counters counters; /* since the start */
};

/* -ENOMEM. The clock is borrowed. */
int ingest_new(const struct clock *clock, const struct ingest_limits *limits, struct ingest **ret);
void ingest_free(struct ingest *ingest);
void ingest_freep(struct ingest **ingest);

/*
 * Begin with a partition, which waits. Before it goes on the caller fills in owner_epoch, offsets,
 * last and verify, and the streams of its topic unless they are loaded. *ret is valid until the
 * next one is added. -EINVAL: not a usage topic; -ENOMEM.
 */
int ingest_add_partition(
	struct ingest *ingest, const char *topic, int32_t partition, struct ingest_partition **ret);

/* NULL: not ours. */
struct ingest_partition *ingest_find_partition(
	const struct ingest *ingest, const char *topic, int32_t partition);

/*
 * Take one message, judged by when it was @written. 0: counted, or skipped because it already was.
 * -EAGAIN: commit first, then offer it again (it has no room, or its topic is suspected and had its
 * share). -ESTALE: this is not the record we took before, the topic is another one. -ENOMEM.
 */
int ingest_message(struct ingest *ingest, struct ingest_partition *partition, int64_t offset,
	const void *data, size_t size, const struct record_time *written);

/* Is there anything that a commit would write? */
static inline bool ingest_has_pending(const struct ingest *ingest)
{
	return ingest->pending_messages > 0;
}

/* Had the topic of @partition, which is suspected, its share of the next commit? */
bool ingest_is_enough(const struct ingest *ingest, const struct ingest_partition *partition);

/* Is something of it in the next commit? */
static inline bool ingest_is_in_commit(const struct ingest_partition *partition)
{
	return partition->next_offset != partition->committed_offset &&
	       partition->its_topic->held == 0;
}

/* What was in the commit is in the database now. Forgets the rest, unless it is held back. */
void ingest_commit(struct ingest *ingest);

/*
 * What was gathered goes to @frozen, which holds nothing and is of the same limits; it is what a
 * commit writes, complete and apart from @ingest, which goes on as if that were committed. Nothing
 * is held back. -ENOMEM: nothing changed.
 */
int ingest_freeze(struct ingest *ingest, struct ingest *frozen);

/* Forget what was not committed, and all partitions. Streams stay wanted. */
void ingest_drop(struct ingest *ingest);

#endif
