/* One thread of libuv's pool, and which job is next. */
#include "collector/disk.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/log.h"

void disk_init(struct disk *disk, uv_loop_t *uv, struct window_writer *writer,
	struct publisher *publisher, const struct clock *clock, const struct disk_events *events,
	void *context)
{
	*disk = (struct disk){.uv = uv,
		.writer = writer,
		.publisher = publisher,
		.clock = clock,
		.events = events,
		.context = context};
	disk->work.data = disk;
	(void)setenv("UV_THREADPOOL_SIZE", "1", 1); /* without memory for it there are four */
}

static int64_t now_usec(const struct disk *disk)
{
	return clock_boottime_usec(disk->clock);
}

/* On the other thread. */
static void work(uv_work_t *request)
{
	struct disk *disk = request->data;

	switch (disk->job) {
	case DISK_JOB_PREPARE:
		window_writer_prepare(disk->writer);
		break;
	case DISK_JOB_APPEND:
		window_writer_append(disk->writer);
		break;
	case DISK_JOB_PUBLISH:
		publisher_work(disk->publisher, now_usec(disk));
		if (disk->wants_bytes)
			disk->spool_bytes = spool_bytes(disk->writer->spool);
		break;
	case DISK_JOB_NONE:
		break;
	}
}

static void on_done(uv_work_t *request, int status);

static void start(struct disk *disk, enum disk_job job)
{
	disk->job = job;
	disk->started_usec = now_usec(disk);
	(void)uv_queue_work(
		disk->uv, &disk->work, work, on_done); /* fails only without a function */
}

/* What was asked for meanwhile, a window first. */
static void start_next(struct disk *disk)
{
	if (disk_is_busy(disk) || disk->is_stopped)
		return;
	if (disk->wants_window) {
		disk->wants_window = false;
		disk->is_writing = true;
		start(disk, DISK_JOB_PREPARE);
	} else if (disk->wants_publish) {
		disk->wants_publish = false;
		start(disk, DISK_JOB_PUBLISH);
	}
}

static void end_window(struct disk *disk)
{
	disk->is_writing = false;
	disk->wants_publish = true;
}

static void note_end(struct disk *disk)
{
	if (disk->is_hanging)
		log_event(LOG_PRIORITY_NOTICE, "spool_answers", "hung_msec=%" PRId64,
			(now_usec(disk) - disk->started_usec) / 1000);
	disk->is_hanging = false;
}

/* The spool is ready: the next batch, if there is one. */
static void after_prepare(struct disk *disk)
{
	if (!disk->is_stopped)
		disk->events->before_window(disk->context);
	if (!disk->is_stopped && window_writer_encode(disk->writer))
		start(disk, DISK_JOB_APPEND);
	else
		end_window(disk);
}

static void after_append(struct disk *disk)
{
	if (window_writer_finish(disk->writer) && !disk->is_stopped)
		start(disk, DISK_JOB_PREPARE);
	else
		end_window(disk);
}

static void on_done(uv_work_t *request, int status)
{
	struct disk *disk = request->data;
	enum disk_job job = disk->job;

	(void)status; /* nobody cancels it */
	note_end(disk);
	disk->job = DISK_JOB_NONE;
	if (job == DISK_JOB_PREPARE)
		after_prepare(disk);
	if (job == DISK_JOB_APPEND)
		after_append(disk);
	if (job == DISK_JOB_PUBLISH || disk->is_stopped)
		disk->events->published(disk->context);
	start_next(disk);
}

void disk_write_window(struct disk *disk)
{
	disk->wants_window = true;
	start_next(disk);
}

void disk_publish(struct disk *disk)
{
	disk->wants_publish = true;
	start_next(disk);
}

void disk_stop(struct disk *disk)
{
	disk->is_stopped = true;
}

void disk_watch(struct disk *disk)
{
	if (!disk_is_busy(disk) || disk->is_hanging ||
		now_usec(disk) - disk->started_usec < DISK_HANG_USEC)
		return;
	disk->is_hanging = true;
	log_event(LOG_PRIORITY_ERROR, "spool_hangs",
		"since_msec=%" PRId64
		" consequence=\"sampling goes on, nothing is written or sent\"",
		(now_usec(disk) - disk->started_usec) / 1000);
}
