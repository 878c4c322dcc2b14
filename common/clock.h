/*
 * Time as an argument: code that needs a clock is handed one, so tests own time.
 * Durations are measured on CLOCK_BOOTTIME (goes on in suspend), dates on CLOCK_REALTIME (UTC).
 */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include <stdint.h>

struct clock {
	int64_t (*realtime_usec)(void *context);  /* UTC, microseconds since 1970 */
	int64_t (*boottime_usec)(void *context);  /* since boot, suspend included */
	int64_t (*monotonic_usec)(void *context); /* since boot, suspend excluded */
	void *context;
};

/* The kernel's clocks. */
extern const struct clock clock_system;

static inline int64_t clock_realtime_usec(const struct clock *clock)
{
	return clock->realtime_usec(clock->context);
}

static inline int64_t clock_boottime_usec(const struct clock *clock)
{
	return clock->boottime_usec(clock->context);
}

static inline int64_t clock_monotonic_usec(const struct clock *clock)
{
	return clock->monotonic_usec(clock->context);
}

#endif
