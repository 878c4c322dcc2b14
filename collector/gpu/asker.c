/* One lock around who has the reading; the thread holds it only to say that it is over. */
#include "collector/gpu/asker.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "common/thread.h"

#define NSEC_PER_USEC 1000

struct gpu_asker {
	pthread_mutex_t lock;
	pthread_cond_t over;
	bool is_busy;	   /* a thread is at it */
	bool is_read;	   /* the reading is there */
	bool is_abandoned; /* the thread frees all of this */
	uint64_t realtime_usec;
	struct gpu_reader *reader;
	struct gpu_reading reading;
};

struct gpu_asker *gpu_asker_new(const char *library)
{
	struct gpu_asker *asker = calloc(1, sizeof(*asker));

	if (!asker)
		return NULL;
	asker->reader = gpu_reader_new(library);
	if (!asker->reader) {
		free(asker);
		return NULL;
	}
	thread_condition_init(&asker->over);
	(void)pthread_mutex_init(&asker->lock, NULL); /* never fails on Linux */
	return asker;
}

static void destroy(struct gpu_asker *asker)
{
	gpu_reader_free(asker->reader);
	(void)pthread_cond_destroy(&asker->over);
	(void)pthread_mutex_destroy(&asker->lock);
	free(asker);
}

/* The lock is of the default kind and never held twice: locking does not fail. */
static void lock(struct gpu_asker *asker)
{
	(void)pthread_mutex_lock(&asker->lock);
}

static void unlock(struct gpu_asker *asker)
{
	(void)pthread_mutex_unlock(&asker->lock);
}

void gpu_asker_free(struct gpu_asker *asker)
{
	bool is_busy;

	if (!asker)
		return;
	lock(asker);
	is_busy = asker->is_busy;
	asker->is_abandoned = is_busy;
	unlock(asker);
	if (!is_busy)
		destroy(asker);
}

static void *ask(void *context)
{
	struct gpu_asker *asker = context;
	bool is_abandoned;

	gpu_reader_read(asker->reader, asker->realtime_usec, &asker->reading);
	lock(asker);
	asker->is_busy = false;
	asker->is_read = true;
	is_abandoned = asker->is_abandoned;
	(void)pthread_cond_signal(&asker->over); /* never fails */
	unlock(asker);
	if (is_abandoned)
		destroy(asker);
	return NULL;
}

int gpu_asker_start(struct gpu_asker *asker, uint64_t realtime_usec)
{
	int r = 0;

	lock(asker);
	if (asker->is_busy || asker->is_read)
		r = -EBUSY;
	else
		asker->is_busy = true;
	unlock(asker);
	if (r < 0)
		return r;
	asker->realtime_usec = realtime_usec;
	if (thread_start(ask, asker, 0, NULL) == 0)
		return 0;
	asker->is_busy = false;
	return -EBUSY;
}

const struct gpu_reading *gpu_asker_wait(struct gpu_asker *asker, int64_t usec)
{
	struct timespec until = thread_deadline(usec * NSEC_PER_USEC);
	bool is_read;
	int r = 0;

	lock(asker);
	while (asker->is_busy && r == 0)
		r = pthread_cond_timedwait(&asker->over, &asker->lock, &until);
	is_read = asker->is_read;
	unlock(asker);
	return is_read ? &asker->reading : NULL;
}

void gpu_asker_drop(struct gpu_asker *asker)
{
	lock(asker);
	asker->is_read = false;
	unlock(asker);
}

bool gpu_asker_is_busy(struct gpu_asker *asker)
{
	bool is_busy;

	lock(asker);
	is_busy = asker->is_busy;
	unlock(asker);
	return is_busy;
}
