/*
 * What happens when. A callback that changes when something is due starts that timer anew before it
 * returns; timers fire once.
 */
#include "collector/loop.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include <uv.h>

#include "collector/disk.h"
#include "collector/figures.h"
#include "collector/tick.h"
#include "common/log.h"
#include "common/notify.h"

#define EVENT_PAUSE_MSEC  100	  /* between two looks at what ended */
#define EVENT_WINDOW_USEC 5000000 /* between two windows that ended workloads close */
#define LAST_JOB_MSEC	  5000	  /* to be over, for what the disk is doing at the end */

struct loop {
	struct loop_config config;
	struct meter *meter;
	struct window_writer *writer;
	struct publisher *publisher;
	struct disk disk;
	struct figures figures;

	uv_loop_t uv;
	uv_timer_t tick;	  /* next sample */
	uv_timer_t once;	  /* end of the one window of --once */
	uv_timer_t event_pause;	  /* until the meter's descriptor is looked at again */
	uv_timer_t publish_retry; /* publisher_deadline_usec() */
	uv_timer_t leave;	  /* shutdown_timeout, then LAST_JOB_MSEC */
	uv_timer_t watchdog;	  /* when the service manager wants to hear of us */
	uv_poll_t meter_poll;
	uv_poll_t publisher_poll;
	uv_signal_t sigterm;
	uv_signal_t sigint;
	uv_signal_t sighup;

	bool has_meter_poll;
	bool has_settled; /* since the last pass */
	bool is_leaving;
	bool is_given_up;	  /* the disk hangs */
	bool is_failing;	  /* said that sampling fails */
	int64_t window;		  /* tick number of publish_interval the open window belongs to */
	int64_t last_window_usec; /* boot time of the last one closed */
	int64_t tick_usec;	  /* monotonic, when the next sample is due */
};

const char *loop_library_version(void)
{
	return uv_version_string();
}

static int64_t utc_usec(const struct loop *loop)
{
	return clock_realtime_usec(loop->config.clock);
}

static int64_t now_usec(const struct loop *loop)
{
	return clock_boottime_usec(loop->config.clock);
}

static void start_timer(struct loop *loop, uv_timer_t *timer, uv_timer_cb callback, uint64_t msec)
{
	uv_update_time(&loop->uv); /* its idea of now is from before this callback */
	(void)uv_timer_start(timer, callback, msec, 0); /* fails only for a closing handle */
}

static void pass(struct loop *loop)
{
	int64_t started_usec = clock_monotonic_usec(loop->config.clock);
	int r = meter_pass(loop->meter);

	figures_add_sample(
		&loop->figures, r == 0, clock_monotonic_usec(loop->config.clock) - started_usec);
	if (r < 0 && !loop->is_failing)
		log_event(LOG_PRIORITY_ERROR, "sample_failed", "reason=\"%s\"", strerror(-r));
	if (r == 0 && loop->is_failing)
		log_event(LOG_PRIORITY_NOTICE, "sample_recovered", "reason=\"\"");
	loop->is_failing = r < 0;
	loop->has_settled &= r < 0;
}

static void on_publish_retry(uv_timer_t *timer)
{
	struct loop *loop = timer->data;

	disk_publish(&loop->disk);
}

/* It stays readable until the other thread has taken what is there. */
static void on_publisher_ready(uv_poll_t *poll, int status, int events)
{
	struct loop *loop = poll->data;

	(void)status;
	(void)events;
	(void)uv_poll_stop(poll); /* never fails */
	disk_publish(&loop->disk);
}

static bool is_over(const struct loop *loop)
{
	return loop->disk.is_stopped || (loop->is_leaving && !disk_is_writing(&loop->disk) &&
						publisher_is_idle(loop->publisher));
}

static void on_published(void *context)
{
	struct loop *loop = context;
	int64_t deadline;

	figures_look(&loop->figures, loop->disk.spool_bytes);
	if (is_over(loop)) {
		disk_stop(&loop->disk);
		uv_stop(&loop->uv);
		return;
	}
	(void)uv_poll_start(
		&loop->publisher_poll, UV_READABLE, on_publisher_ready); /* it worked before */
	deadline = publisher_deadline_usec(loop->publisher);
	if (deadline == INT64_MAX)
		(void)uv_timer_stop(&loop->publish_retry); /* never fails */
	else
		start_timer(loop, &loop->publish_retry, on_publish_retry,
			deadline_delay_msec(now_usec(loop), deadline));
}

/* A state is of everybody at one moment. */
static void before_window(void *context)
{
	struct loop *loop = context;

	if (loop->has_settled)
		pass(loop);
}

static void close_window(struct loop *loop)
{
	loop->last_window_usec = now_usec(loop);
	disk_write_window(&loop->disk);
}

static bool is_fresh(const struct loop *loop)
{
	return !disk_is_writing(&loop->disk) && window_writer_is_fresh(loop->writer);
}

static void on_tick(uv_timer_t *timer);

static void start_tick(struct loop *loop)
{
	uint64_t msec = tick_delay_msec(utc_usec(loop), loop->config.sample_interval_usec);

	loop->tick_usec = clock_monotonic_usec(loop->config.clock) + (int64_t)msec * 1000;
	start_timer(loop, &loop->tick, on_tick, msec);
}

static void on_tick(uv_timer_t *timer)
{
	struct loop *loop = timer->data;
	int64_t window;

	figures_add_lag(&loop->figures, clock_monotonic_usec(loop->config.clock) - loop->tick_usec);
	pass(loop);
	window = tick_number(utc_usec(loop), loop->config.publish_interval_usec);
	/* the very first window is short: until it is written, a kill forgets the baselines */
	if ((window != loop->window || is_fresh(loop)) && !loop->config.once)
		close_window(loop);
	loop->window = window;
	disk_watch(&loop->disk);
	figures_tell(&loop->figures, loop->disk.is_hanging);
	start_tick(loop);
}

static void on_meter_ready(uv_poll_t *poll, int status, int events);
static void on_event_pause(uv_timer_t *timer);

/* Close the window if a workload ended, now or as soon as a second has passed since the last. */
static uint64_t close_ended(struct loop *loop)
{
	int64_t due = loop->last_window_usec + EVENT_WINDOW_USEC;

	if (loop->config.once || !meter_has_ended_workloads(loop->meter))
		return 0;
	if (disk_is_writing(&loop->disk))
		return EVENT_PAUSE_MSEC;
	if (now_usec(loop) < due)
		return deadline_delay_msec(now_usec(loop), due);
	pass(loop); /* a window is of everybody */
	close_window(loop);
	return 0;
}

/* The descriptor stays readable for as long as servers end: look at it now and then only. */
static void on_meter_ready(uv_poll_t *poll, int status, int events)
{
	struct loop *loop = poll->data;

	(void)status;
	(void)events;
	loop->has_settled = true;
	if (meter_on_event(loop->meter))
		pass(loop);
	(void)close_ended(loop);  /* asked again after the pause */
	(void)uv_poll_stop(poll); /* never fails */
	start_timer(loop, &loop->event_pause, on_event_pause, EVENT_PAUSE_MSEC);
}

static void on_event_pause(uv_timer_t *timer)
{
	struct loop *loop = timer->data;
	uint64_t wait_msec = close_ended(loop);

	(void)uv_poll_start(&loop->meter_poll, UV_READABLE, on_meter_ready); /* it worked before */
	if (wait_msec > 0)
		start_timer(loop, &loop->event_pause, on_event_pause, wait_msec);
}

static void on_last_job(uv_timer_t *timer)
{
	struct loop *loop = timer->data;

	loop->is_given_up = disk_is_busy(&loop->disk);
	if (loop->is_given_up)
		log_event(LOG_PRIORITY_ERROR, "stopped",
			"reason=\"the disk of the spool hangs\" consequence=\"the next collector "
			"starts behind what is in the spool\"");
	uv_stop(&loop->uv);
}

/* Now, but for what the disk is doing. */
static void end(struct loop *loop)
{
	if (loop->disk.is_stopped)
		return; /* whoever goes on asking does not make it later */
	disk_stop(&loop->disk);
	if (disk_is_busy(&loop->disk))
		start_timer(loop, &loop->leave, on_last_job, LAST_JOB_MSEC);
	else
		uv_stop(&loop->uv);
}

static void on_leave(uv_timer_t *timer)
{
	end(timer->data);
}

static void leave(struct loop *loop)
{
	if (loop->is_leaving) {
		end(loop);
		return;
	}
	loop->is_leaving = true;
	(void)uv_timer_stop(&loop->tick);
	(void)uv_timer_stop(&loop->once);
	(void)uv_timer_stop(&loop->event_pause);
	if (loop->has_meter_poll)
		(void)uv_poll_stop(&loop->meter_poll);
	pass(loop);
	start_timer(
		loop, &loop->leave, on_leave, (uint64_t)loop->config.shutdown_timeout_usec / 1000);
	close_window(loop);
}

static void on_once(uv_timer_t *timer)
{
	leave(timer->data);
}

static void on_signal(uv_signal_t *signal, int number)
{
	log_event(LOG_PRIORITY_NOTICE, "stopping", "signal=%s", strsignal(number));
	(void)notify_state("STOPPING=1"); /* informational */
	leave(signal->data);
}

/* The open window goes on until the next multiple of what is publish_interval now. */
static void on_reload(uv_signal_t *signal, int number)
{
	struct loop *loop = signal->data;
	struct loop_config *config = &loop->config;

	(void)number;
	if (loop->is_leaving || !config->reload ||
		config->reload(config->reload_context, config) < 0)
		return;
	loop->window = tick_number(utc_usec(loop), config->publish_interval_usec);
	start_tick(loop);
}

static int init_timers(struct loop *loop)
{
	uv_timer_t *timer[] = {&loop->tick, &loop->once, &loop->event_pause, &loop->publish_retry,
		&loop->leave, &loop->watchdog};
	int r = 0;

	for (size_t i = 0; i < sizeof(timer) / sizeof(*timer) && r == 0; i++) {
		r = uv_timer_init(&loop->uv, timer[i]);
		timer[i]->data = loop;
	}
	return r;
}

static int init_poll(struct loop *loop, uv_poll_t *poll, int fd, uv_poll_cb callback)
{
	int r;

	r = uv_poll_init(&loop->uv, poll, fd);
	if (r < 0)
		return r;
	poll->data = loop;
	return uv_poll_start(poll, UV_READABLE, callback);
}

static int init_signal(struct loop *loop, uv_signal_t *signal, int number, uv_signal_cb callback)
{
	int r;

	r = uv_signal_init(&loop->uv, signal);
	if (r < 0)
		return r;
	signal->data = loop;
	return uv_signal_start(signal, callback, number);
}

static int init_all(struct loop *loop)
{
	int meter_fd = meter_event_fd(loop->meter);
	int r;

	r = init_timers(loop);
	if (r == 0)
		r = init_signal(loop, &loop->sigterm, SIGTERM, on_signal);
	if (r == 0)
		r = init_signal(loop, &loop->sigint, SIGINT, on_signal);
	if (r == 0)
		r = init_signal(loop, &loop->sighup, SIGHUP, on_reload);
	if (r == 0)
		r = init_poll(loop, &loop->publisher_poll, publisher_fd(loop->publisher),
			on_publisher_ready);
	if (r == 0 && meter_fd >= 0) {
		r = init_poll(loop, &loop->meter_poll, meter_fd, on_meter_ready);
		loop->has_meter_poll = r == 0;
	}
	return r;
}

static void close_handle(uv_handle_t *handle, void *unused)
{
	(void)unused;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

static void close_all(struct loop *loop)
{
	uv_walk(&loop->uv, close_handle, NULL);
	(void)uv_run(&loop->uv, UV_RUN_DEFAULT); /* runs out of handles */
	(void)uv_loop_close(&loop->uv);		 /* nothing is left in it */
}

static void on_watchdog(uv_timer_t *timer)
{
	(void)timer;
	(void)notify_state("WATCHDOG=1"); /* the next one follows */
}

/* Ready when the first sample was taken. */
static void tell_manager(struct loop *loop)
{
	const uint64_t every_msec = (uint64_t)notify_watchdog_usec() / 1000;
	int r = notify_state("READY=1");

	if (r < 0)
		log_event(LOG_PRIORITY_WARNING, "not_notified", "reason=\"%s\"", strerror(-r));
	if (every_msec > 0)
		(void)uv_timer_start(
			&loop->watchdog, on_watchdog, every_msec, every_msec); /* as above */
}

static void start(struct loop *loop)
{
	pass(loop);
	loop->window = tick_number(utc_usec(loop), loop->config.publish_interval_usec);
	loop->last_window_usec = now_usec(loop);
	start_tick(loop);
	if (loop->config.once)
		start_timer(loop, &loop->once, on_once,
			(uint64_t)loop->config.publish_interval_usec / 1000);
	disk_publish(&loop->disk);
	tell_manager(loop);
}

int loop_run(const struct loop_config *config, struct meter *meter, struct window_writer *writer,
	struct publisher *publisher)
{
	static const struct disk_events events = {before_window, on_published};
	struct loop loop = {.config = *config,
		.meter = meter,
		.writer = writer,
		.publisher = publisher,
		.figures = {.listen = config->metrics_listen,
			.clock = config->clock,
			.meter = meter,
			.writer = writer,
			.publisher = publisher}};
	int r;

	r = uv_loop_init(&loop.uv);
	if (r < 0)
		return r;
	disk_init(&loop.disk, &loop.uv, writer, publisher, config->clock, &events, &loop);
	figures_init(&loop.figures);
	loop.disk.wants_bytes = figures_are_wanted(&loop.figures);
	r = init_all(&loop);
	if (r == 0) {
		start(&loop);
		(void)uv_run(&loop.uv, UV_RUN_DEFAULT); /* until uv_stop() */
	}
	figures_release(&loop.figures);
	if (loop.is_given_up)
		return -ETIMEDOUT;
	close_all(&loop);
	return r;
}
