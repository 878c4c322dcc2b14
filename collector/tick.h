/*
 * Times that are multiples of an interval since 1970 in UTC. Pure arithmetic.
 *
 * A timer may fire a little early (it counts whole milliseconds of another clock). Firing up to
 * TICK_SLACK before a tick counts as that tick, so one tick never becomes two.
 */
#ifndef COLLECTOR_TICK_H
#define COLLECTOR_TICK_H

#include <stdint.h>

/* A tenth of the interval, 100 ms at most. */
int64_t tick_slack_usec(int64_t interval_usec);

/* Number of the tick that @now_usec belongs to; counts up by one every @interval_usec. */
int64_t tick_number(int64_t now_usec, int64_t interval_usec);

/* Milliseconds to wait for the next tick, rounded up: at least 1. */
uint64_t tick_delay_msec(int64_t now_usec, int64_t interval_usec);

/* Milliseconds until @deadline_usec, rounded up; 0: it has come. INT64_MAX means a long time. */
uint64_t deadline_delay_msec(int64_t now_usec, int64_t deadline_usec);

#endif
