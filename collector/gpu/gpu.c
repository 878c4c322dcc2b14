/* When the driver is asked, and what is said of it. */
#include "collector/gpu/gpu.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "collector/config.h"
#include "collector/gpu/asker.h"
#include "collector/gpu/place.h"
#include "collector/proc/proc_read.h"
#include "common/log.h"

#define AGAIN_USEC 60000000 /* until a machine without GPUs is looked at again */
#define HANG_USEC  30000000

/* What is said of all GPUs together. */
struct gpu_summary {
	int error; /* of the library or the driver */
	size_t n, n_sampled, n_accounting, n_sliced, n_unreadable;
	int reason; /* of the first one that is not readable */
};

struct gpu {
	const struct config *config;
	const struct clock *clock;
	struct proc_dir proc;
	struct gpu_asker *asker;
	struct gpu_ledger ledger;
	struct gpu_summary summary;
	bool has_summary;
	bool has_had_gpus;	/* once */
	bool is_overdue;	/* the answer did not come in time: nobody waits for it */
	bool is_hanging;	/* said so */
	int64_t asked_usec;	/* boottime */
	int64_t again_usec;	/* boottime; not asked before */
	int64_t booted_usec;	/* UTC of boottime 0, as of the pass */
	uint64_t realtime_usec; /* when it was asked ... */
	int64_t monotonic_usec; /* ... also by this clock */
};

void gpu_free(struct gpu *gpu)
{
	if (!gpu)
		return;
	gpu_asker_free(gpu->asker);
	gpu_ledger_release(&gpu->ledger);
	proc_dir_close(&gpu->proc);
	free(gpu);
}

int gpu_new(const struct config *config, const struct clock *clock, struct gpu **ret)
{
	struct gpu *gpu;
	int r;

	if (!config->gpu_library || !*config->gpu_library)
		return -ENOENT;
	gpu = calloc(1, sizeof(*gpu));
	if (!gpu)
		return -ENOMEM;
	gpu->config = config;
	gpu->clock = clock;
	r = proc_dir_open(config->proc, &gpu->proc);
	if (r < 0) {
		free(gpu);
		return r;
	}
	gpu->asker = gpu_asker_new(config->gpu_library);
	if (!gpu->asker) {
		gpu_free(gpu);
		return -ENOMEM;
	}
	*ret = gpu;
	return 0;
}

struct gpu_ledger *gpu_ledger(struct gpu *gpu)
{
	return &gpu->ledger;
}

static size_t n_metered(const struct gpu_summary *summary)
{
	const size_t n_others = summary->n_sliced + summary->n_unreadable;

	return summary->n > n_others ? summary->n - n_others : 0;
}

bool gpu_is_metering(const struct gpu *gpu)
{
	return gpu->has_summary && gpu->summary.error == 0 && n_metered(&gpu->summary) > 0;
}

struct gpu_figures gpu_figures(const struct gpu *gpu)
{
	return (struct gpu_figures){
		.n_metered = n_metered(&gpu->summary),
		.n_sliced = gpu->summary.n_sliced,
		.n_unreadable = gpu->summary.n_unreadable,
		.has_driver = gpu->has_had_gpus,
		.is_away = gpu->is_overdue || gpu->summary.error < 0,
	};
}

bool gpu_may_tell(const struct gpu *gpu)
{
	return !gpu->has_summary || gpu->has_had_gpus;
}

/* ------------------------------------------------------------------------------ what is said */

static struct gpu_summary summarize(const struct gpu_reading *reading)
{
	struct gpu_summary summary = {.error = reading->error, .n = reading->n_devices};

	for (size_t i = 0; i < reading->n_devices; i++) {
		const struct gpu_seen *seen = &reading->device[i];

		summary.n_sliced += seen->is_sliced;
		summary.n_sampled += seen->error == 0 && seen->is_sampled;
		summary.n_accounting += seen->error == 0 && seen->has_accounting;
		summary.n_unreadable += seen->error < 0;
		if (seen->error < 0 && summary.reason == 0)
			summary.reason = seen->error;
	}
	return summary;
}

static bool is_same(const struct gpu_summary *a, const struct gpu_summary *b)
{
	return a->error == b->error && a->n == b->n && a->n_sampled == b->n_sampled &&
	       a->n_accounting == b->n_accounting && a->n_sliced == b->n_sliced &&
	       a->n_unreadable == b->n_unreadable && a->reason == b->reason;
}

static void say_absent(const struct gpu *gpu, const struct gpu_reading *reading)
{
	char quoted[LOG_QUOTED_SIZE];
	bool had_gpus = gpu->has_summary && gpu->summary.n > 0;
	enum log_priority priority = had_gpus ? LOG_PRIORITY_WARNING : LOG_PRIORITY_DEBUG;

	log_event(priority, "gpus_absent",
		"library=%s reason=%s consequence=\"what processes do on GPUs is not metered\"",
		gpu->config->gpu_library,
		log_quote(quoted, *reading->reason ? reading->reason : strerror(-reading->error)));
}

static void say_found(const struct gpu_summary *summary)
{
	log_event(LOG_PRIORITY_INFO, "gpus_found",
		"gpus=%zu sampled=%zu accounting=%zu sliced=%zu unreadable=%zu", summary->n,
		summary->n_sampled, summary->n_accounting, summary->n_sliced,
		summary->n_unreadable);
	if (summary->n_unreadable > 0)
		log_event(LOG_PRIORITY_WARNING, "gpus_unreadable",
			"gpus=%zu of=%zu reason=\"%s\" consequence=\"what processes do on them is "
			"not metered\"",
			summary->n_unreadable, summary->n, strerror(-summary->reason));
}

static void note_summary(struct gpu *gpu, const struct gpu_reading *reading)
{
	struct gpu_summary summary = summarize(reading);

	if (!gpu->has_summary || !is_same(&summary, &gpu->summary)) {
		if (summary.error < 0)
			say_absent(gpu, reading);
		else
			say_found(&summary);
	}
	gpu->summary = summary;
	gpu->has_summary = true;
	gpu->has_had_gpus |= summary.n > 0;
}

static void note_hang(struct gpu *gpu, int64_t now_usec)
{
	int64_t since_msec = (now_usec - gpu->asked_usec) / 1000;

	if (gpu->is_hanging || now_usec - gpu->asked_usec < HANG_USEC)
		return;
	gpu->is_hanging = true;
	log_event(LOG_PRIORITY_ERROR, "gpu_driver_hangs",
		"since_msec=%" PRId64 " consequence=\"all else is metered\"", since_msec);
}

static void note_answer(struct gpu *gpu, int64_t now_usec)
{
	if (gpu->is_hanging)
		log_event(LOG_PRIORITY_NOTICE, "gpu_driver_answers", "hung_msec=%" PRId64,
			(now_usec - gpu->asked_usec) / 1000);
	gpu->is_hanging = false;
	gpu->is_overdue = false;
}

/* ---------------------------------------------------------------------------------- a pass */

static int look(void *context, int32_t pid, struct gpu_place *ret)
{
	const struct gpu *gpu = context;

	return gpu_place_read(&gpu->proc, gpu->config->cgroup, gpu->booted_usec, pid, ret);
}

static void take_reading(struct gpu *gpu, const struct gpu_reading *reading)
{
	int64_t now_usec = clock_boottime_usec(gpu->clock);
	struct gpu_moment moment = {.realtime_usec = gpu->realtime_usec,
		.monotonic_usec = gpu->monotonic_usec,
		.look = look,
		.context = gpu};

	gpu->booted_usec = clock_realtime_usec(gpu->clock) - now_usec;
	note_answer(gpu, now_usec);
	note_summary(gpu, reading);
	gpu->again_usec = now_usec;
	if (reading->error < 0 || reading->n_devices == 0)
		gpu->again_usec += AGAIN_USEC;
	gpu_ledger_add(&gpu->ledger, reading, &moment);
	gpu_asker_drop(gpu->asker);
}

void gpu_begin(struct gpu *gpu)
{
	const struct gpu_reading *late = gpu_asker_wait(gpu->asker, 0);
	int64_t now_usec = clock_boottime_usec(gpu->clock);
	int64_t realtime_usec = clock_realtime_usec(gpu->clock);

	if (late)
		take_reading(gpu, late);
	else if (gpu->is_overdue)
		note_hang(gpu, now_usec);
	if (now_usec < gpu->again_usec || gpu_asker_is_busy(gpu->asker))
		return;
	if (gpu_asker_start(gpu->asker, realtime_usec > 0 ? (uint64_t)realtime_usec : 1) < 0)
		return; /* no thread now: the next reading is about this time too */
	gpu->asked_usec = now_usec;
	gpu->realtime_usec = (uint64_t)realtime_usec;
	gpu->monotonic_usec = clock_monotonic_usec(gpu->clock);
}

void gpu_end(struct gpu *gpu)
{
	const struct gpu_reading *reading =
		gpu_asker_wait(gpu->asker, gpu->is_overdue ? 0 : gpu->config->gpu_timeout);

	if (reading)
		take_reading(gpu, reading);
	else
		gpu->is_overdue = gpu_asker_is_busy(gpu->asker);
}
