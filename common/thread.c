/* What is ignored here does not fail on Linux. */
#include "common/thread.h"

#include <signal.h>

#define NSEC_PER_SEC 1000000000LL

static int start(
	const pthread_attr_t *attributes, void *(*run)(void *), void *context, pthread_t *ret)
{
	sigset_t all, before;
	int r;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before); /* which it inherits */
	r = pthread_create(ret, attributes, run, context);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -r;
}

int thread_start(void *(*run)(void *context), void *context, size_t stack_size, pthread_t *ret)
{
	pthread_attr_t attributes;
	pthread_t detached;
	int r = -pthread_attr_init(&attributes);

	if (r < 0)
		return r;
	if (stack_size > 0)
		(void)pthread_attr_setstacksize(&attributes, stack_size); /* else it is larger */
	if (!ret)
		(void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	r = start(&attributes, run, context, ret ? ret : &detached);
	(void)pthread_attr_destroy(&attributes);
	return r;
}

void thread_condition_init(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(condition, &attributes);
	(void)pthread_condattr_destroy(&attributes);
}

struct timespec thread_deadline(int64_t nsec_from_now)
{
	struct timespec at;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	nsec_from_now += at.tv_nsec;
	at.tv_sec += nsec_from_now / NSEC_PER_SEC;
	at.tv_nsec = nsec_from_now % NSEC_PER_SEC;
	return at;
}
