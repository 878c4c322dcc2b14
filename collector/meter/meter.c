/*
 * When a pass is and how long ago the last one was; the rest is the source's and the window's.
 */
#include "collector/meter/meter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/meter/checkpoint.h"
#include "collector/meter/window.h"
#include "collector/source/process/process_source.h"

#define STEP_TOLERATED_USEC    1000000 /* what a clock may be slewed between two passes */
#define SUSPEND_TOLERATED_USEC 1000000

struct meter {
	char *hub;
	char *node;
	char *resource_class;
	char *api_url;
	const struct clock *clock;
	struct process_source source;
	struct window window;
	struct meter_moment last; /* the last pass */
	bool has_last;
	bool is_resuming; /* the next pass is the first of this run behind a state */
};

int meter_new(const struct meter_config *config, struct meter **ret)
{
	struct meter *meter = calloc(1, sizeof(*meter));
	int r;

	if (!meter)
		return -ENOMEM;
	r = process_source_init(&meter->source, config->proc_path);
	if (r < 0) {
		free(meter);
		return r;
	}
	meter->clock = config->clock;
	meter->hub = strdup(config->hub);
	meter->node = strdup(config->node);
	meter->resource_class = strdup(config->resource_class);
	meter->api_url = strdup(config->api_url);
	if (!meter->hub || !meter->node || !meter->resource_class || !meter->api_url) {
		meter_free(meter);
		return -ENOMEM;
	}
	meter->source.api_url = meter->api_url;
	meter->source.memory_interval_usec = config->memory_interval_usec;
	*ret = meter;
	return 0;
}

void meter_free(struct meter *meter)
{
	if (!meter)
		return;
	process_source_release(&meter->source);
	window_release(&meter->window);
	free(meter->hub);
	free(meter->node);
	free(meter->resource_class);
	free(meter->api_url);
	free(meter);
}

/* Counters began at zero with this boot, and so does the window at the earliest. */
static void begin_with_boot(struct meter *meter)
{
	int64_t booted_usec = clock_realtime_usec(meter->clock) - clock_boottime_usec(meter->clock);

	window_release(&meter->window);
	process_table_release(&meter->source.table);
	meter->last = (struct meter_moment){.realtime_usec = booted_usec};
	meter->window.start_realtime_usec = booted_usec;
	meter->window.has_start = true;
}

int meter_restore(struct meter *meter, const void *state, size_t size)
{
	struct window window;
	struct process_table table;
	struct meter_moment moment;
	int r = meter_state_restore(state, size, &window, &table, &moment);

	bool is_same_boot;

	if (r < 0)
		return r;
	is_same_boot = memcmp(moment.boot_id, meter->source.boot_id, 16) == 0;
	if (is_same_boot && moment.boottime_usec > clock_boottime_usec(meter->clock)) {
		/* a machine that was set back to a snapshot: its counters were set back too */
		window_release(&window);
		process_table_release(&table);
		return -EBADMSG;
	}
	window_release(&meter->window);
	process_table_release(&meter->source.table);
	meter->window = window;
	meter->source.table = table;
	meter->last = moment;
	meter->has_last = true;
	meter->is_resuming = true;
	if (!is_same_boot)
		begin_with_boot(meter);
	return 0;
}

static int64_t distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

/* What happened to the clocks since the last pass. */
static int64_t note_clocks(struct meter *meter, const struct meter_moment *now)
{
	const struct meter_moment *last = &meter->last;
	int64_t elapsed = now->boottime_usec - last->boottime_usec;
	int64_t suspended = elapsed - (now->monotonic_usec - last->monotonic_usec);

	if (distance(now->realtime_usec - last->realtime_usec, elapsed) > STEP_TOLERATED_USEC)
		meter->window.flags |= HM_FLAG_CLOCK_STEP;
	if (suspended <= SUSPEND_TOLERATED_USEC)
		return 0;
	meter->window.flags |= HM_FLAG_SUSPEND;
	return suspended < elapsed ? suspended : elapsed;
}

static int look_at_node(struct meter *meter, struct meter_moment *ret)
{
	struct meter_moment now = {
		.boottime_usec = clock_boottime_usec(meter->clock),
		.monotonic_usec = clock_monotonic_usec(meter->clock),
		.realtime_usec = clock_realtime_usec(meter->clock),
	};
	int r = node_sample_read(
		&meter->source.proc, meter->source.scratch, meter->source.scratch_size, &now.node);

	if (r < 0)
		return r;
	memcpy(now.boot_id, meter->source.boot_id, sizeof(now.boot_id));
	*ret = now;
	return 0;
}

static void book_node(struct meter *meter, struct meter_moment *now, const struct source_pass *pass)
{
	struct window *window = &meter->window;
	int64_t elapsed = now->boottime_usec - meter->last.boottime_usec;

	window->end_boottime_usec = now->boottime_usec;
	window->end_realtime_usec = now->realtime_usec;
	if (!meter->has_last) {
		window->start_boottime_usec = now->boottime_usec;
		window->start_realtime_usec = now->realtime_usec;
		window->has_start = true;
		return;
	}
	window_book_node(window, &meter->last.node, &now->node,
		pass->was_observed ? elapsed - pass->suspended_usec : 0);
	/* the kernel lets this counter fall by a tick at times; what was booked stays booked */
	if (now->node.busy_usec < meter->last.node.busy_usec)
		now->node.busy_usec = meter->last.node.busy_usec;
}

int meter_pass(struct meter *meter)
{
	struct meter_moment now;
	struct source_pass pass = {.previous_usec = -1};
	int r = look_at_node(meter, &now);

	if (r < 0)
		return r;
	if (meter->has_last) {
		pass.previous_usec = meter->last.boottime_usec;
		pass.suspended_usec = note_clocks(meter, &now);
	}
	if (meter->is_resuming)
		meter->window.flags |= HM_FLAG_GAP;
	pass.now_usec = now.boottime_usec;
	pass.was_observed = !meter->is_resuming;
	pass.node = now.node;
	r = process_source_pass(&meter->source, &meter->window, &pass);
	if (r < 0)
		return r;
	book_node(meter, &now, &pass);
	meter->last = now;
	meter->has_last = true;
	meter->is_resuming = false;
	return 0;
}

int meter_event_fd(const struct meter *meter)
{
	return meter->source.epoll_fd;
}

bool meter_has_ended_workloads(const struct meter *meter)
{
	return window_has_ended(&meter->window);
}

int meter_close_window(struct meter *meter, struct hm_batch *ret)
{
	return window_close(&meter->window, meter->hub, meter->node, meter->resource_class,
		meter->source.boot_id, ret);
}

int meter_save(const struct meter *meter, struct buffer *state)
{
	return meter_state_save(&meter->window, &meter->source.table, &meter->last, state);
}

void meter_commit_window(struct meter *meter)
{
	window_commit(&meter->window);
}
