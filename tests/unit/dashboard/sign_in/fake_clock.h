/* A clock that stands still until a test moves it. */
#ifndef TESTS_UNIT_DASHBOARD_SIGN_IN_FAKE_CLOCK_H
#define TESTS_UNIT_DASHBOARD_SIGN_IN_FAKE_CLOCK_H

#include "common/clock.h"

static inline int64_t fake_clock_usec(void *context)
{
	return *(int64_t *)context;
}

#define FAKE_CLOCK(usec_)                                                                          \
	{                                                                                          \
		.realtime_usec = fake_clock_usec, .boottime_usec = fake_clock_usec,                \
		.monotonic_usec = fake_clock_usec, .context = (usec_)                              \
	}

#endif
