/*
 * Threads beside the one that a program's loop is on, and waiting for them by a clock that nobody
 * sets.
 */
#ifndef COMMON_THREAD_H
#define COMMON_THREAD_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/*
 * Have @run done by a thread that takes no signals: they are for whoever waits for them.
 * @stack_size: 0: what the system gives; so it is where it can't be had. @ret: to be joined; NULL:
 * it is detached. Negative errno.
 */
int thread_start(void *(*run)(void *context), void *context, size_t stack_size, pthread_t *ret);

/* A condition that is waited for until a thread_deadline(). */
void thread_condition_init(pthread_cond_t *condition);

struct timespec thread_deadline(int64_t nsec_from_now);

#endif
