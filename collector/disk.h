/*
 * All that waits for the spool's disk, beside the loop: windows are written and records are sent by
 * another thread, one thing at a time, so that a disk that hangs does not stop sampling.
 *
 * Invariants
 *  - The spool and the publisher are touched by the one job that is under way, and by the loop's
 *    thread while there is none; the number of the next record, which only a window changes, while
 *    none is written. The meter is touched by the loop's thread alone.
 *  - A window that is asked for while another is written is written next; asked for twice, once.
 *  - Records are sent behind a window, or when it failed: each asks for the other.
 *  - A job that takes DISK_HANG_USEC is said to hang, once, and when it is over.
 *
 * Life cycle, all on the loop's thread: disk_init() -> (disk_write_window() | disk_publish())* ->
 * disk_stop() -> run the loop until !disk_is_busy(). A job that hangs can't be ended: then nothing
 * of what was borrowed may be freed.
 */
#ifndef COLLECTOR_DISK_H
#define COLLECTOR_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "collector/publish/publish.h"
#include "collector/window_writer.h"
#include "common/clock.h"

#define DISK_HANG_USEC 30000000

enum disk_job { DISK_JOB_NONE, DISK_JOB_PREPARE, DISK_JOB_APPEND, DISK_JOB_PUBLISH };

/* What the loop is asked for and told, on its thread. */
struct disk_events {
	void (*before_window)(
		void *context);		  /* one is closed now: the meter is to be behind a pass */
	void (*published)(void *context); /* no job is under way: the publisher may be asked */
};

struct disk {
	uv_loop_t *uv;
	uv_work_t work;
	struct window_writer *writer;
	struct publisher *publisher;
	const struct clock *clock;
	const struct disk_events *events;
	void *context;

	enum disk_job job; /* under way */
	bool is_writing;   /* a window is wanted or on its way */
	bool wants_window; /* another one, behind it */
	bool wants_publish;
	bool is_hanging;      /* said so */
	bool is_stopped;      /* no other job is started */
	bool wants_bytes;     /* @spool_bytes is asked for */
	uint64_t spool_bytes; /* as of the last time that records were sent */
	int64_t started_usec; /* the job */
};

/* Borrows all its arguments. */
void disk_init(struct disk *disk, uv_loop_t *uv, struct window_writer *writer,
	struct publisher *publisher, const struct clock *clock, const struct disk_events *events,
	void *context);

/* Close the window and spool it, in as many batches as it takes, then send what waits. */
void disk_write_window(struct disk *disk);

/* publisher_work() */
void disk_publish(struct disk *disk);

/* Start no other job. The one under way goes on, and disk_events.published is told of its end. */
void disk_stop(struct disk *disk);

/* To be called now and then: says it when the job hangs. */
void disk_watch(struct disk *disk);

/* A window is on its way, or will be. */
static inline bool disk_is_writing(const struct disk *disk)
{
	return disk->is_writing || disk->wants_window;
}

static inline bool disk_is_busy(const struct disk *disk)
{
	return disk->job != DISK_JOB_NONE;
}

#endif
