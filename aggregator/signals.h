/*
 * What signals ask the program for. Leaving is bounded from the moment it was asked for: a library
 * may wait for ever (consume_free()), and PostgreSQL holds the state, so that nothing is lost by
 * not waiting longer.
 *
 * Life cycle: signals_catch() once -> signals_leave_within()* -> signals_leaving() when the work is
 * over, from where on the process ends with that status, in time or by itself.
 */
#ifndef AGGREGATOR_SIGNALS_H
#define AGGREGATOR_SIGNALS_H

#include <signal.h>
#include <stdint.h>

/* Set by SIGTERM and SIGINT; by SIGHUP, until somebody takes it back. */
extern volatile sig_atomic_t signals_stop;
extern volatile sig_atomic_t signals_reload;

void signals_catch(int64_t leave_timeout_usec);

/* Another bound, for signals yet to come. */
void signals_leave_within(int64_t leave_timeout_usec);

void signals_leaving(int status);

#endif
