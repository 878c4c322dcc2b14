/*
 * Between the plain batch of include/hubmeter/usage.h and its bytes
 * (proto/hubmeter/v1/usage.proto). The only code that knows protobuf-c.
 *
 * Invariants
 *  - A batch that decodes is valid in every respect the message itself can show: equal column
 *    lengths, indexes within the dictionary, UTF-8 without NUL, windows inside the accepted age,
 *    quantities a node can have, sums that do not overflow, node row = system + rows.
 *  - Decoding allocates from the caller's arena only and never more than its cap.
 *  - encode(decode(x)) decodes to the same batch; encoding is deterministic.
 *
 * Life cycle: nothing to create; a decoded batch lives until the arena is reset.
 */
#ifndef PROTO_WIRE_H
#define PROTO_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "hubmeter/usage.h"

/* Why a message was refused. Stored as text by name: never rename. */
enum hm_reject {
	HM_REJECT_NONE,
	HM_REJECT_MALFORMED,	   /* not a UsageBatch, or one without its node row */
	HM_REJECT_ARENA_EXHAUSTED, /* would need more memory than a batch may */
	HM_REJECT_IDENTITY,	   /* stream, boot id, sequence or node missing or ill-formed */
	HM_REJECT_HUB_MISMATCH,	   /* names another hub than its topic */
	HM_REJECT_STRING,	   /* text with NUL, not UTF-8, or too long */
	HM_REJECT_TOO_MANY_ROWS,
	HM_REJECT_COLUMN_LENGTH,    /* a column neither empty nor one element per row */
	HM_REJECT_DICTIONARY_INDEX, /* past the end, entry 0 not empty, or too many entries */
	HM_REJECT_UNKNOWN_VALUE,    /* kind or flag bit nobody defined */
	HM_REJECT_WINDOW,	    /* empty, negative or longer than a batch may cover */
	HM_REJECT_WINDOW_FUTURE,
	HM_REJECT_WINDOW_TOO_OLD,
	HM_REJECT_ROW_WINDOW,	   /* offsets leave nothing of the window */
	HM_REJECT_ABSURD_QUANTITY, /* more than the node has, or billable out of its bounds */
	HM_REJECT_OVERFLOW,	   /* a sum over the rows does not fit 63 bits */
	HM_REJECT_CONSERVATION,	   /* node row != system + sum of the rows */
	HM_REJECT_TOO_MANY_NAMES,  /* its hub names more nodes than it may */
	HM_REJECT_STREAM_NODE,	   /* its stream belongs to another node */
	HM_REJECT_STREAM_GAPS	   /* too many batches before it are missing to tell it is new */
};

/* Stable lower-case name ("column_length"), never NULL. */
const char *hm_reject_name(enum hm_reject reason);

/* What a decoder accepts besides a sound message. */
struct hm_wire_limits {
	const char *hub;	 /* the hub of the topic; NULL: any (tools that read files) */
	int64_t now_usec;	 /* UTC */
	int64_t max_age_usec;	 /* windows that end earlier than now - max_age are refused */
	int64_t max_future_usec; /* windows that end later than now + max_future are refused */
};

/* Bytes that encoding @batch takes. */
size_t hm_wire_size(const struct hm_batch *batch);

/*
 * Encode @batch into @buffer. -ENOSPC when @capacity < hm_wire_size(). Columns that hold only
 * zeros are left out. @batch is trusted: an encoder's own bug is an assert().
 */
int hm_wire_encode(const struct hm_batch *batch, void *buffer, size_t capacity, size_t *ret_size);

/*
 * Decode, ourselves or by protobuf-c, and validate. 0, or -EBADMSG with *ret_reason set (and *ret
 * untouched). On success all of *ret points into @arena.
 */
int hm_wire_decode(struct arena *arena, const void *data, size_t size,
	const struct hm_wire_limits *limits, struct hm_batch *ret, enum hm_reject *ret_reason);

/*
 * The batch that protobuf-c finds in @data, not validated; HM_REJECT_NONE or why there is none.
 * @hub: that of the topic, or NULL. What hm_wire_decode() does with every message that is not
 * canonical (proto/canonical.h); about one that is both find the same, which tests hold and
 * bench/run weighs.
 */
enum hm_reject hm_wire_unpack(
	struct arena *arena, const void *data, size_t size, const char *hub, struct hm_batch *ret);

#endif
