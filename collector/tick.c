/* Recomputed at every tick, so a clock that is set moves the ticks with it after one interval. */
#include "collector/tick.h"

#define USEC_PER_MSEC  1000
#define MAX_SLACK_USEC 100000
#define MAX_DELAY_USEC (86400LL * 1000 * 1000)

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int64_t tick_slack_usec(int64_t interval_usec)
{
	int64_t slack = interval_usec / 10;

	return slack < MAX_SLACK_USEC ? slack : MAX_SLACK_USEC;
}

int64_t tick_number(int64_t now_usec, int64_t interval_usec)
{
	return floor_div(now_usec + tick_slack_usec(interval_usec), interval_usec);
}

uint64_t tick_delay_msec(int64_t now_usec, int64_t interval_usec)
{
	int64_t next = (tick_number(now_usec, interval_usec) + 1) * interval_usec;

	return deadline_delay_msec(now_usec, next);
}

uint64_t deadline_delay_msec(int64_t now_usec, int64_t deadline_usec)
{
	if (deadline_usec <= now_usec)
		return 0;
	if (deadline_usec - now_usec > MAX_DELAY_USEC)
		return MAX_DELAY_USEC / USEC_PER_MSEC;
	return (uint64_t)(deadline_usec - now_usec + USEC_PER_MSEC - 1) / USEC_PER_MSEC;
}
