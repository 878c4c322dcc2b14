/*
 * Time as an argument: code that needs a clock is handed one, so tests own time.
 * Durations are measured on CLOCK_BOOTTIME (goes on in suspend), dates on CLOCK_REALTIME (UTC).
 */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_SLEW_MAX_USEC 1000000 /* what UTC may drift from boottime without having been set */

struct clock {
	int64_t (*realtime_usec)(void *context);  /* UTC, microseconds since 1970 */
	int64_t (*boottime_usec)(void *context);  /* since boot, suspend included */
	int64_t (*monotonic_usec)(void *context); /* since boot, suspend excluded */
	void *context;
};

/* The kernel's clocks. */
extern const struct clock clock_system;

/* Whether UTC that is @off_usec from where boottime has it was set meanwhile. */
static inline bool clock_is_step(int64_t off_usec)
{
	return off_usec > CLOCK_SLEW_MAX_USEC || off_usec < -CLOCK_SLEW_MAX_USEC;
}

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
