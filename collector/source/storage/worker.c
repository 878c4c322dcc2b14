/* The pace is kept by waiting after each burst; what the burst itself took comes on top. */
#include "collector/source/storage/worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "common/thread.h"
#include "hubmeter/cleanup.h"

#define STACK_SIZE		      (256u << 10)
#define BURSTS_PER_SEC		      10u
#define NSEC_PER_SEC		      1000000000LL
#define LEAVE_SEC		      3 /* how long a thread that is in the kernel is waited for */
#define NICE_LEAST		      19
#define IO_PRIORITY_BEST_EFFORT_LEAST ((2 << 13) | 7)
#define IO_PRIORITY_WHO_PROCESS	      1

struct worker {
	pthread_t thread;
	struct round *round; /* the thread's */
	int event_fd;

	pthread_mutex_t lock;
	pthread_cond_t changed; /* anything below */
	bool is_leaving;
	bool is_under_way;
	uint64_t entries_per_second;
	uint32_t first, count;
	struct finding finding[WORKER_FINDINGS];
};

/* ------------------------------------------------------------------------ the thread */

/* Others come first. Where that is not allowed the pace alone has to do. */
static void step_back(void)
{
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE_LEAST);
	(void)syscall(SYS_ioprio_set, IO_PRIORITY_WHO_PROCESS, 0, IO_PRIORITY_BEST_EFFORT_LEAST);
}

static void tell(struct worker *worker)
{
	const uint64_t one = 1;
	ssize_t n = write(worker->event_fd, &one, sizeof(one));

	(void)n; /* fails only where it is readable already */
}

/* False: the worker is to leave. */
static bool put_finding(struct worker *worker, const struct finding *finding)
{
	while (worker->count == WORKER_FINDINGS && !worker->is_leaving)
		(void)pthread_cond_wait(&worker->changed, &worker->lock); /* can't fail */
	if (worker->is_leaving)
		return false;
	worker->finding[(worker->first + worker->count++) % WORKER_FINDINGS] = *finding;
	tell(worker);
	return true;
}

/* False: the worker is to leave. */
static bool rest(struct worker *worker, uint32_t n_entries)
{
	struct timespec until =
		thread_deadline(n_entries * NSEC_PER_SEC / (int64_t)worker->entries_per_second);

	while (!worker->is_leaving &&
		pthread_cond_timedwait(&worker->changed, &worker->lock, &until) != ETIMEDOUT)
		;
	return !worker->is_leaving;
}

/* One round; the lock is held but while the round works. False: the worker is to leave. */
static bool run(struct worker *worker)
{
	uint32_t burst = (uint32_t)(worker->entries_per_second / BURSTS_PER_SEC) + 1;
	uint32_t budget = burst;
	bool goes_on = true;

	round_begin(worker->round);
	while (goes_on) {
		struct finding finding;
		enum round_state state;

		(void)pthread_mutex_unlock(&worker->lock); /* it is ours */
		state = round_step(worker->round, &budget, &finding);
		(void)pthread_mutex_lock(&worker->lock); /* no other lock is held */
		if (state == ROUND_OVER)
			return !worker->is_leaving;
		if (state == ROUND_FOUND)
			goes_on = put_finding(worker, &finding);
		if (goes_on && budget == 0) {
			goes_on = rest(worker, burst);
			budget = burst;
		}
	}
	return false;
}

static void *work(void *context)
{
	struct worker *worker = context;
	bool goes_on = true;

	step_back();
	(void)pthread_mutex_lock(&worker->lock); /* no other lock is held */
	while (goes_on && !worker->is_leaving) {
		if (!worker->is_under_way) {
			(void)pthread_cond_wait(&worker->changed, &worker->lock); /* can't fail */
			continue;
		}
		goes_on = run(worker);
		worker->is_under_way = false;
		tell(worker);
	}
	(void)pthread_mutex_unlock(&worker->lock); /* it is ours */
	return NULL;
}

/* ------------------------------------------------------------------------ the others */

static void worker_release(struct worker *worker)
{
	hm_closep(&worker->event_fd);
	(void)pthread_cond_destroy(&worker->changed); /* nobody waits */
	(void)pthread_mutex_destroy(&worker->lock);   /* nobody holds it */
	round_free(worker->round);
	free(worker);
}

int worker_new(struct round *round, struct worker **ret)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	int r;

	if (!worker) {
		round_free(round);
		return -ENOMEM;
	}
	worker->round = round;
	(void)pthread_mutex_init(&worker->lock, NULL); /* can't fail on Linux */
	thread_condition_init(&worker->changed);
	worker->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = worker->event_fd < 0 ? -errno : thread_start(work, worker, STACK_SIZE, &worker->thread);
	if (r < 0) {
		worker_release(worker);
		return r;
	}
	*ret = worker;
	return 0;
}

void worker_free(struct worker *worker)
{
	struct timespec until;

	if (!worker)
		return;
	(void)pthread_mutex_lock(&worker->lock); /* no other lock is held */
	worker->is_leaving = true;
	(void)pthread_cond_broadcast(&worker->changed); /* can't fail */
	(void)pthread_mutex_unlock(&worker->lock);	/* it is ours */
	(void)clock_gettime(CLOCK_REALTIME, &until);	/* can't fail */
	until.tv_sec += LEAVE_SEC;
	if (pthread_timedjoin_np(worker->thread, NULL, &until) == 0)
		worker_release(worker);
}

int worker_fd(const struct worker *worker)
{
	return worker->event_fd;
}

void worker_begin(struct worker *worker, uint64_t entries_per_second)
{
	(void)pthread_mutex_lock(&worker->lock); /* no other lock is held */
	worker->entries_per_second = entries_per_second;
	worker->is_under_way = true;
	(void)pthread_cond_broadcast(&worker->changed); /* can't fail */
	(void)pthread_mutex_unlock(&worker->lock);	/* it is ours */
}

bool worker_take(struct worker *worker, struct finding *ret)
{
	uint64_t count;
	bool is_there;
	ssize_t n;

	(void)pthread_mutex_lock(&worker->lock); /* no other lock is held */
	is_there = worker->count > 0;
	if (is_there) {
		*ret = worker->finding[worker->first];
		worker->first = (worker->first + 1) % WORKER_FINDINGS;
		worker->count--;
		(void)pthread_cond_broadcast(&worker->changed); /* can't fail */
	} else {
		n = read(worker->event_fd, &count, sizeof(count));
		(void)n; /* fails only where it is not readable */
	}
	(void)pthread_mutex_unlock(&worker->lock); /* it is ours */
	return is_there;
}

bool worker_is_idle(struct worker *worker)
{
	bool is_idle;

	(void)pthread_mutex_lock(&worker->lock); /* no other lock is held */
	is_idle = !worker->is_under_way && worker->count == 0;
	(void)pthread_mutex_unlock(&worker->lock); /* it is ours */
	return is_idle;
}
