/* The one place that reads the machine's clocks. */
#include "common/clock.h"

#include <stddef.h>
#include <time.h>

static int64_t read_usec(clockid_t id)
{
	struct timespec now = {0};

	(void)clock_gettime(id, &now); /* cannot fail: Linux has had these three since 2.6.39 */
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t system_realtime(void *context)
{
	(void)context;
	return read_usec(CLOCK_REALTIME);
}

static int64_t system_boottime(void *context)
{
	(void)context;
	return read_usec(CLOCK_BOOTTIME);
}

static int64_t system_monotonic(void *context)
{
	(void)context;
	return read_usec(CLOCK_MONOTONIC);
}

const struct clock clock_system = {
	.realtime_usec = system_realtime,
	.boottime_usec = system_boottime,
	.monotonic_usec = system_monotonic,
	.context = NULL,
};
