/* When it looks and when it books. */
#include "collector/source/storage/storage_source.h"

#include <errno.h>
#include <stdlib.h>

#include "collector/config.h"
#include "collector/source/storage/home_name.h"
#include "collector/source/storage/homes_state.h"
#include "collector/source/storage/private.h"
#include "collector/source/storage/quota.h"
#include "collector/tick.h"
#include "common/hash.h"

#define STORAGE_STATE_VERSION 1u

static int storage_init(const struct source_context *context, void **ret)
{
	const struct config *config = context->config;
	struct storage_source *source;
	struct round *round;
	int r;

	if (!*config->storage_root)
		return -ENOENT;
	source = calloc(1, sizeof(*source));
	if (!source)
		return -ENOMEM;
	source->config = config;
	source->clock = context->clock;
	source->tick = INT64_MIN;
	homes_init(&source->homes, hash_random_seed());
	round = round_new(config->storage_root, config->storage_quota ? &quota_kernel : NULL,
		hash_random_seed());
	r = round ? worker_new(round, &source->worker) : -ENOMEM;
	if (r < 0) {
		free(source);
		return r;
	}
	*ret = source;
	return 0;
}

static void storage_free(void *self)
{
	struct storage_source *source = self;

	worker_free(source->worker);
	homes_release(&source->homes);
	free(source->first_missing);
	free(source);
}

/* ------------------------------------------------------------------------ what is found */

static bool is_suddenly_empty(const struct storage_source *source, const struct finding *finding)
{
	return finding->error == 0 && finding->n_directories == 0 &&
	       homes_count(&source->homes, finding->root) > 0;
}

/* The root itself, behind all of its directories. */
static void take_root(struct storage_source *source, const struct finding *finding)
{
	struct root_known *root = &source->root[finding->root];
	int error = is_suddenly_empty(source, finding) ? -ENODATA : finding->error;

	if (error == 0) {
		root->rest_bytes = finding->bytes;
		root->is_known = true;
		source->n_ended += homes_end_root(&source->homes, finding->root, source->now_usec);
	}
	note_root(source, finding, error);
}

static void take_home(struct storage_source *source, const struct finding *finding)
{
	struct home *home;

	if (homes_find(&source->homes, finding->root, finding->name, &home) < 0) {
		source->n_refused++;
		return;
	}
	home_see(home, source->homes.round, source->now_usec);
	if (finding->is_measured)
		home_measure(home, finding->bytes, source->now_usec);
	home->is_by_quota = finding->is_by_quota;
	home->n_missed = finding->n_missed;
	home->error = finding->error;
	note_home(source, home);
}

static void take_hidden(struct storage_source *source, const struct finding *finding)
{
	struct home *home = homes_known(&source->homes, finding->root, finding->name);

	if (!home || home->is_gone)
		return;
	home_miss(home, source->homes.round, finding->error);
	note_home(source, home);
}

static void take_findings(struct storage_source *source)
{
	struct finding finding;

	while (worker_take(source->worker, &finding)) {
		if (finding.is_hidden)
			take_hidden(source, &finding);
		else if (finding.name[0])
			take_home(source, &finding);
		else
			take_root(source, &finding);
	}
}

static int event_fd(const void *self)
{
	return worker_fd(((const struct storage_source *)self)->worker);
}

/* Findings wait for nothing: what they say is booked by a pass, some time. */
static bool on_event(void *self)
{
	take_findings(self);
	return false;
}

/* ------------------------------------------------------------------------ passes */

/* Once in storage_interval; a round that takes longer is followed by the next one at once. */
static void begin_tick(struct storage_source *source)
{
	int64_t tick = tick_number(source->now_utc_usec, source->config->storage_interval);

	if (tick == source->tick)
		return;
	if (source->tick != INT64_MIN && !source->is_booking) {
		source->is_booking = true;
		source->next = 0;
	}
	source->is_round_due = true;
	source->tick = tick;
}

static void begin_round(struct storage_source *source)
{
	if (!source->is_round_due)
		return;
	source->is_round_due = false;
	source->said_slow = false;
	source->began_usec = source->now_usec;
	source->homes.round++;
	worker_begin(source->worker, source->config->storage_walk_entries_per_second);
}

static int observe(void *self, const struct source_pass *pass)
{
	struct storage_source *source = self;

	source->now_usec = pass->now_usec;
	source->now_utc_usec = clock_realtime_usec(source->clock);
	take_findings(source);
	begin_tick(source);
	if (worker_is_idle(source->worker))
		begin_round(source);
	else
		note_slow(source);
	return 0;
}

/* The next part; without memory the next pass goes on where this one stopped. */
static void book(void *self, struct window *window, const struct claims *claims,
	const struct source_pass *pass)
{
	struct storage_source *source = self;

	(void)claims;
	(void)pass;
	if (!source->is_booking || reported_is_pending(&window->reported))
		return;
	if (!report_part(source, &window->reported))
		return;
	source->is_booking = false;
	(void)homes_sweep(&source->homes, source->now_usec); /* what it can't free it does later */
}

/* ------------------------------------------------------------------------ the section */

static int save(const void *self, struct buffer *section)
{
	const struct storage_source *source = self;
	struct state_writer writer = {.buffer = section};

	state_put_time(&writer, source->now_usec);
	state_put_time(&writer, source->now_utc_usec);
	homes_save(&source->homes, source->config->storage_root, source->now_usec, &writer);
	return writer.error;
}

static int restore(
	void *self, struct window *window, uint32_t version, const void *data, size_t size)
{
	struct storage_source *source = self;
	struct state_reader reader = state_reader_of(data, size);
	struct homes homes;
	int64_t now_usec, now_utc_usec;
	int r = -EBADMSG;

	(void)window;
	homes_init(&homes, hash_random_seed());
	now_usec = state_get_time(&reader);
	now_utc_usec = state_get_time(&reader);
	if (version == STORAGE_STATE_VERSION) {
		homes_restore(&homes, source->config->storage_root, now_usec, &reader);
		r = state_reader_finish(&reader);
	}
	if (r < 0) {
		homes_release(&homes);
		return r;
	}
	homes_release(&source->homes);
	source->homes = homes;
	source->now_usec = now_usec;
	source->now_utc_usec = now_utc_usec;
	return 0;
}

/* Boottime began anew; UTC says how long ago the state was. */
static void forget(void *self)
{
	struct storage_source *source = self;
	int64_t boottime = clock_boottime_usec(source->clock);
	int64_t away = clock_realtime_usec(source->clock) - source->now_utc_usec;

	homes_shift(&source->homes, boottime - (away > 0 ? away : 0) - source->now_usec);
	source->now_usec = boottime;
}

const struct source_ops storage_source_ops = {
	.name = "storage",
	.version = STORAGE_STATE_VERSION,
	.rank = SOURCE_RANK_PROCESS, /* it claims nothing */
	.init = storage_init,
	.free = storage_free,
	.event_fd = event_fd,
	.on_event = on_event,
	.observe = observe,
	.book = book,
	.save = save,
	.restore = restore,
	.explain = explain_homes,
	.count = count_homes,
	.forget = forget,
};
