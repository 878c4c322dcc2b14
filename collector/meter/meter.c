/*
 * When a pass is and how long ago the last one was; what is measured is the sources', what is
 * booked the window's.
 */
#include "collector/meter/meter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "collector/config.h"
#include "collector/gpu/gpu.h"
#include "collector/meter/checkpoint.h"
#include "common/log.h"

#define SUSPEND_TOLERATED_USEC 1000000
#define CLOCKS_TRIES	       5
#define CLOCKS_APART_USEC      100
#define SCRATCH_SIZE	       (256u << 10) /* of /proc/stat: the lines of 2,000 CPUs */
#define STATE_MAX_SIZE	       (32u << 20)

struct metered_source {
	const struct source_ops *ops;
	void *self;
};

struct meter {
	const struct config *config;
	const struct clock *clock;
	struct proc_dir proc;
	uint8_t boot_id[HM_BOOT_ID_SIZE];
	char *scratch;
	int epoll_fd; /* of the sources' event descriptors; -1: there are none */
	struct metered_source *source;
	size_t n_sources;
	struct gpu *gpu;  /* NULL: nobody looks at GPUs */
	bool asks_claims; /* a source does */
	struct claims claims;
	struct buffer kept; /* sections of sources that are not here */
	struct window window;
	struct node_snapshot last; /* the last pass */
	bool has_last;
	bool is_resuming; /* the next pass is the first of this run behind a state */
	struct meter_totals totals;
	struct meter_totals closed; /* what leaves with the window */
};

/* -1 where it fails: the next regular pass sees what nobody was told of. */
static void watch_source(struct meter *meter, const struct metered_source *source, size_t index)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = index};
	int fd = source->ops->event_fd ? source->ops->event_fd(source->self) : -1;

	if (fd < 0)
		return;
	if (meter->epoll_fd < 0)
		meter->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (meter->epoll_fd >= 0)
		(void)epoll_ctl(meter->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static int start_sources(struct meter *meter, const struct source_ops *const *sources)
{
	struct source_context context = {meter->config, meter->clock, meter->boot_id};
	size_t n = 0;

	while (sources[n])
		n++;
	meter->source = calloc(n + 1, sizeof(*meter->source));
	if (!meter->source)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct metered_source *source = &meter->source[meter->n_sources];
		int r = sources[i]->init(&context, &source->self);

		if (r == -ENOENT)
			continue;
		if (r < 0)
			return r;
		source->ops = sources[i];
		meter->asks_claims |= sources[i]->asks_claims;
		watch_source(meter, source, meter->n_sources++);
	}
	return 0;
}

static int look_at_machine(struct meter *meter)
{
	int r = proc_dir_open(meter->config->proc, &meter->proc);

	if (r < 0)
		return r;
	meter->scratch = malloc(SCRATCH_SIZE);
	return meter->scratch ? node_boot_id_read(&meter->proc, meter->boot_id) : -ENOMEM;
}

static int look_at_gpus(struct meter *meter)
{
	int r = gpu_new(meter->config, meter->clock, &meter->gpu);

	return r == -ENOENT ? 0 : r;
}

int meter_new(const struct config *config, const struct clock *clock,
	const struct source_ops *const *sources, struct meter **ret)
{
	struct meter *meter = calloc(1, sizeof(*meter));
	int r;

	if (!meter)
		return -ENOMEM;
	meter->config = config;
	meter->clock = clock;
	meter->epoll_fd = -1;
	meter->kept = (struct buffer)BUFFER_INIT(STATE_MAX_SIZE);
	r = look_at_machine(meter);
	if (r == 0)
		r = start_sources(meter, sources);
	if (r == 0)
		r = look_at_gpus(meter);
	if (r < 0) {
		meter_free(meter);
		return r;
	}
	*ret = meter;
	return 0;
}

void meter_free(struct meter *meter)
{
	if (!meter)
		return;
	for (size_t i = 0; i < meter->n_sources; i++)
		meter->source[i].ops->free(meter->source[i].self);
	free(meter->source);
	gpu_free(meter->gpu);
	if (meter->epoll_fd >= 0)
		(void)close(meter->epoll_fd); /* only watched */
	claims_release(&meter->claims);
	buffer_release(&meter->kept);
	window_release(&meter->window);
	proc_dir_close(&meter->proc);
	free(meter->scratch);
	free(meter);
}

static struct metered_source *find_source(struct meter *meter, const char *name)
{
	for (size_t i = 0; i < meter->n_sources; i++)
		if (strcmp(meter->source[i].ops->name, name) == 0)
			return &meter->source[i];
	return NULL;
}

static int restore_section(struct meter *meter, const struct checkpoint_section *section)
{
	struct metered_source *source = find_source(meter, section->name);
	int r;

	if (!source)
		return buffer_append(&meter->kept, section->whole, section->whole_size);
	r = source->ops->restore(
		source->self, &meter->window, section->version, section->data, section->size);
	if (r < 0)
		log_event(LOG_PRIORITY_WARNING, "section_refused",
			"source=%s reason=\"%s\" consequence=\"what it metered since the last "
			"batch of the run before is not metered\"",
			section->name, strerror(-r));
	return 0;
}

/* Sources whose section is not found start afresh. */
static int restore_sections(struct meter *meter, struct cursor sections)
{
	struct checkpoint_section section;
	int r = 0;

	buffer_clear(&meter->kept);
	while (r == 0 && checkpoint_next_section(&sections, &section))
		r = restore_section(meter, &section);
	window_end_unheld(&meter->window, meter->last.boottime_usec);
	return r;
}

/* Counters began at zero with this boot, and so does the window at the earliest. */
static void begin_with_boot(struct meter *meter)
{
	struct reported reported;
	int64_t booted_usec = clock_realtime_usec(meter->clock) - clock_boottime_usec(meter->clock);

	for (size_t i = 0; i < meter->n_sources; i++)
		if (meter->source[i].ops->forget)
			meter->source[i].ops->forget(meter->source[i].self);
	reported = meter->window.reported;
	meter->window.reported = (struct reported){0};
	window_release(&meter->window);
	meter->window.reported = reported; /* it has times of its own */
	meter->last = (struct node_snapshot){.realtime_usec = booted_usec};
	meter->window.start_realtime_usec = booted_usec;
	meter->window.has_start = true;
}

int meter_restore(struct meter *meter, const void *state, size_t size)
{
	struct window window;
	struct node_snapshot snapshot;
	struct cursor sections;
	bool is_same_boot;
	int r = checkpoint_restore(state, size, &window, &snapshot, &sections);

	if (r < 0)
		return r;
	is_same_boot = memcmp(snapshot.boot_id, meter->boot_id, HM_BOOT_ID_SIZE) == 0;
	if (is_same_boot && snapshot.boottime_usec > clock_boottime_usec(meter->clock)) {
		/* a machine that was set back to a snapshot: its counters were set back too */
		window_release(&window);
		return -EBADMSG;
	}
	window_release(&meter->window);
	meter->window = window;
	meter->last = snapshot;
	meter->has_last = true;
	meter->is_resuming = true;
	r = restore_sections(meter, sections);
	if (!is_same_boot)
		begin_with_boot(meter);
	return r;
}

const uint8_t *meter_boot_id(const struct meter *meter)
{
	return meter->boot_id;
}

/* What happened to the clocks since the last pass. */
static int64_t note_clocks(struct meter *meter, const struct node_snapshot *now)
{
	const struct node_snapshot *last = &meter->last;
	int64_t elapsed = now->boottime_usec - last->boottime_usec;
	int64_t suspended = elapsed - (now->monotonic_usec - last->monotonic_usec);

	if (clock_is_step(now->realtime_usec - last->realtime_usec - elapsed))
		meter->window.flags |= HM_FLAG_CLOCK_STEP;
	if (suspended <= SUSPEND_TOLERATED_USEC)
		return 0;
	meter->window.flags |= HM_FLAG_SUSPEND;
	return suspended < elapsed ? suspended : elapsed;
}

/*
 * One moment on all clocks: if others had the processor in between, once more. What is off is the
 * date of a window, by as much, not how long it was.
 */
static void read_clocks(const struct clock *clock, struct node_snapshot *ret)
{
	for (int i = 0; i < CLOCKS_TRIES; i++) {
		ret->boottime_usec = clock_boottime_usec(clock);
		ret->monotonic_usec = clock_monotonic_usec(clock);
		ret->realtime_usec = clock_realtime_usec(clock);
		if (clock_boottime_usec(clock) - ret->boottime_usec <= CLOCKS_APART_USEC)
			return;
	}
}

static int take_snapshot(struct meter *meter, struct node_snapshot *ret)
{
	struct node_snapshot now = {0};
	int r;

	read_clocks(meter->clock, &now);
	r = node_sample_read(&meter->proc, meter->scratch, SCRATCH_SIZE, &now.node);

	if (r < 0)
		return r;
	memcpy(now.boot_id, meter->boot_id, sizeof(now.boot_id));
	*ret = now;
	return 0;
}

static void book_node(
	struct meter *meter, struct node_snapshot *now, const struct source_pass *pass)
{
	struct window *window = &meter->window;
	int64_t elapsed = now->boottime_usec - meter->last.boottime_usec;

	window->end_boottime_usec = now->boottime_usec;
	window->end_realtime_usec = now->realtime_usec;
	window->node.skew_usec =
		(uint64_t)(clock_monotonic_usec(meter->clock) - now->monotonic_usec);
	if (!meter->has_last) {
		window->start_boottime_usec = now->boottime_usec;
		window->start_realtime_usec = now->realtime_usec;
		window->has_start = true;
		return;
	}
	window_book_node(window, &meter->last.node, &now->node, elapsed,
		pass->was_observed ? elapsed - pass->suspended_usec : 0);
}

/* Everything that can fail, before anything is booked. */
static int observe(struct meter *meter, const struct source_pass *pass)
{
	int r = 0;

	for (size_t i = 0; i < meter->n_sources && r == 0; i++)
		r = meter->source[i].ops->observe(meter->source[i].self, pass);
	claims_clear(&meter->claims);
	for (size_t i = 0; i < meter->n_sources && r == 0 && pass->needs_claims; i++)
		if (meter->source[i].ops->claim)
			r = meter->source[i].ops->claim(meter->source[i].self, &meter->claims);
	claims_seal(&meter->claims);
	return r;
}

static void book(struct meter *meter, const struct source_pass *pass)
{
	for (size_t i = 0; i < meter->n_sources; i++)
		meter->source[i].ops->book(
			meter->source[i].self, &meter->window, &meter->claims, pass);
	if (pass->gpu)
		window_book_system_gpu(&meter->window, gpu_ledger_take_rest(pass->gpu));
}

/* The driver answers while the sources look. */
static int observe_all(struct meter *meter, struct source_pass *pass)
{
	int r;

	if (!meter->gpu)
		return observe(meter, pass);
	gpu_begin(meter->gpu);
	r = observe(meter, pass);
	gpu_end(meter->gpu);
	pass->gpu = gpu_ledger(meter->gpu);
	return r;
}

int meter_pass(struct meter *meter)
{
	struct node_snapshot now;
	struct source_pass pass = {.previous_usec = -1};
	int r = take_snapshot(meter, &now);

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
	pass.needs_claims = meter->asks_claims || (meter->gpu && gpu_may_tell(meter->gpu));
	pass.node = now.node;
	pass.clock = meter->clock;
	r = observe_all(meter, &pass);
	if (r < 0)
		return r;
	book(meter, &pass);
	book_node(meter, &now, &pass);
	meter->last = now;
	meter->has_last = true;
	meter->is_resuming = false;
	return 0;
}

int meter_event_fd(const struct meter *meter)
{
	return meter->epoll_fd;
}

/*
 * Whether @source settled what ended. Where clocks jumped a pass is to look at everything, and so
 * it is where what ended may have used a GPU: only a pass asks the driver.
 */
static bool settle(struct meter *meter, const struct metered_source *source)
{
	struct source_pass pass = {.previous_usec = meter->last.boottime_usec,
		.now_usec = clock_boottime_usec(meter->clock),
		.was_observed = true,
		.node = meter->last.node,
		.clock = meter->clock};
	int64_t monotonic_usec = clock_monotonic_usec(meter->clock) - meter->last.monotonic_usec;

	if (!source->ops->settle || !meter->has_last || meter->is_resuming ||
		(meter->gpu && gpu_is_metering(meter->gpu)) ||
		pass.now_usec - pass.previous_usec - monotonic_usec > SUSPEND_TOLERATED_USEC)
		return false;
	return source->ops->settle(source->self, &meter->window, &meter->claims, &pass) == 0;
}

bool meter_on_event(struct meter *meter)
{
	struct epoll_event event[16];
	int n = epoll_wait(meter->epoll_fd, event, sizeof(event) / sizeof(*event), 0);
	bool is_wanted = false;

	for (int i = 0; i < n; i++) {
		struct metered_source *source = &meter->source[event[i].data.u64];

		if (source->ops->on_event(source->self) && !settle(meter, source))
			is_wanted = true;
	}
	return is_wanted;
}

bool meter_has_ended_workloads(const struct meter *meter)
{
	return window_has_ended(&meter->window);
}

bool meter_has_more(const struct meter *meter)
{
	return window_has_waiting(&meter->window) || reported_is_pending(&meter->window.reported);
}

static struct meter_totals totals_of(const struct hm_node_row *node)
{
	const uint64_t system_usec = node->system[HM_RESOURCE_CPU_USEC];

	return (struct meter_totals){
		.cpu_workloads_usec = node->used[HM_RESOURCE_CPU_USEC] - system_usec,
		.cpu_system_usec = system_usec,
		.cpu_measured_usec = node->measured.cpu_usec,
	};
}

static void add_totals(struct meter_totals *totals, const struct meter_totals *more)
{
	totals->cpu_workloads_usec += more->cpu_workloads_usec;
	totals->cpu_system_usec += more->cpu_system_usec;
	totals->cpu_measured_usec += more->cpu_measured_usec;
}

struct meter_totals meter_totals(const struct meter *meter)
{
	return meter->totals;
}

void meter_count(const struct meter *meter,
	void (*say)(void *context, const char *source, size_t count), void *context)
{
	for (size_t i = 0; i < meter->n_sources; i++)
		if (meter->source[i].ops->count)
			say(context, meter->source[i].ops->name,
				meter->source[i].ops->count(meter->source[i].self));
}

const struct gpu *meter_gpu(const struct meter *meter)
{
	return meter->gpu;
}

int meter_close_window(struct meter *meter, struct hm_batch *ret)
{
	int r = window_close(&meter->window, meter->config->hub, meter->config->node,
		meter->config->resource_class, meter->boot_id, ret);

	if (r == 0)
		meter->closed = totals_of(&ret->node_row);
	return r == -EAGAIN ? reported_close(&meter->window.reported, ret) : r;
}

void meter_explain(const struct meter *meter, explain_fn explain, void *context)
{
	for (size_t i = 0; i < meter->n_sources; i++)
		if (meter->source[i].ops->explain)
			meter->source[i].ops->explain(meter->source[i].self,
				meter->source[i].ops->name, explain, context);
}

static int save_section(const struct metered_source *source, struct buffer *state)
{
	size_t size = state->size, mark;
	int r = checkpoint_open_section(state, source->ops->name, source->ops->version, &mark);

	if (r == 0)
		r = source->ops->save(source->self, state);
	if (r < 0) {
		state->size = size; /* half a section is none */
		return r;
	}
	checkpoint_close_section(state, mark);
	return 0;
}

int meter_save(const struct meter *meter, struct buffer *state)
{
	size_t size = state->size;
	int r = checkpoint_save(&meter->window, &meter->last, state);

	for (size_t i = 0; i < meter->n_sources && r == 0; i++)
		r = save_section(&meter->source[i], state);
	if (r == 0)
		r = buffer_append(state, meter->kept.data, meter->kept.size);
	if (r == 0)
		r = checkpoint_finish(state);
	if (r < 0)
		state->size = size;
	return r;
}

void meter_commit_window(struct meter *meter)
{
	if (meter->window.is_closed) {
		add_totals(&meter->totals, &meter->closed);
		window_commit(&meter->window);
	} else {
		reported_commit(&meter->window.reported);
	}
}
