/*
 * How often something that anybody can cause is logged: once a minute, with how often it was.
 */
#ifndef DASHBOARD_SIGN_IN_RATION_H
#define DASHBOARD_SIGN_IN_RATION_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"

#define RATION_USEC (60LL * 1000 * 1000)

struct ration {
	pthread_mutex_t lock;
	bool has_begun;
	int64_t next_usec;
	unsigned long count; /* since the last line */
};

#define RATION_INIT                                                                                \
	{                                                                                          \
		.lock = PTHREAD_MUTEX_INITIALIZER                                                  \
	}

/* It has happened once more. True: it is to be logged, as *ret_count times. */
bool ration_take(struct ration *ration, const struct clock *clock, unsigned long *ret_count);

#endif
