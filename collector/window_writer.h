/*
 * From the meter into the spool: one window, encoded and written down.
 *
 * Invariant: the meter's window is committed exactly when spool_append() has reported its record
 * as written. A window that could not be written is part of the next one; metering goes on. A spool
 * whose directory went away is made anew, and that is said.
 *
 * A batch is written in four steps, so that those which wait for the disk can be on another thread
 * than those which touch the meter:
 *
 *	window_writer_prepare	disk	the spool has a directory and room
 *	window_writer_encode	meter	the window is closed: batch and state are bytes
 *	window_writer_append	disk	they are a record of the spool
 *	window_writer_finish	meter	the window is committed, or said to have failed
 *
 * Between encode and finish the meter may take passes, but closes no window.
 *
 * Life cycle: window_writer_init() -> (prepare -> encode -> append -> finish)* ->
 * window_writer_settle() -> window_writer_release(). Keeps its buffers.
 */
#ifndef COLLECTOR_WINDOW_WRITER_H
#define COLLECTOR_WINDOW_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/meter/meter.h"
#include "collector/spool/spool.h"
#include "common/buffer.h"

struct window_writer {
	struct meter *meter;
	struct spool *spool;
	struct buffer batch;
	struct buffer state;
	int error;					  /* of the batch on its way, so far */
	bool is_failing;				  /* said so already */
	int64_t unwritten_start_usec, unwritten_end_usec; /* UTC, while it is failing; 0: unknown */
	bool is_too_large;				  /* the same: no room could be made */
	uint64_t full_until; /* records up to this one were there when there was no room last */
	uint64_t n_written;  /* records */
	uint64_t n_missing;  /* records that went with a directory before they were acknowledged */
};

/* Borrows @meter and @spool. */
void window_writer_init(struct window_writer *writer, struct meter *meter, struct spool *spool);
void window_writer_release(struct window_writer *writer);

/*
 * Go on behind @state, as spool_open() found it, and in a new stream where that is not possible;
 * both are said. An error is that of storing the stream: nothing may be written then.
 */
int window_writer_resume(struct meter *meter, struct spool *spool, const struct buffer *state);

/* Whether the spool has never held a record: nothing yet says where the next collector starts. */
bool window_writer_is_fresh(const struct window_writer *writer);

/* Whether there was no room, and not all that waited then is acknowledged. */
bool window_writer_is_full(const struct window_writer *writer);

/* The disk's first part. What fails fails the batch, in window_writer_finish(). */
void window_writer_prepare(struct window_writer *writer);

/* False: there is no batch, and nothing to append or to finish. */
bool window_writer_encode(struct window_writer *writer);

/* The disk's second part. */
void window_writer_append(struct window_writer *writer);

/* Whether there is another batch to be written at once. What failed is logged here, and waits. */
bool window_writer_finish(struct window_writer *writer);

/* All four on one thread, for as many batches as the window takes. An error was logged. */
int window_writer_write(struct window_writer *writer);

/* At the end, which is logged here. -EIO: usage is left that was not written; so is its time. */
int window_writer_settle(const struct window_writer *writer);

#endif
