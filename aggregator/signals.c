/* Handlers set flags and arm an alarm; all else is done by who looks at the flags. */
#include "aggregator/signals.h"

#include <limits.h>
#include <unistd.h>

volatile sig_atomic_t signals_stop;
volatile sig_atomic_t signals_reload;
static volatile sig_atomic_t status;
static volatile sig_atomic_t leave_seconds;

static void on_stop(int number)
{
	(void)number;
	signals_stop = 1;
	(void)alarm((unsigned int)leave_seconds);
}

static void on_reload(int number)
{
	(void)number;
	signals_reload = 1;
}

static void on_late(int number)
{
	(void)number;
	_exit(status);
}

static void handle(int number, void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler};

	(void)sigemptyset(&action.sa_mask);
	(void)sigaction(number, &action, NULL); /* fails for unknown numbers only */
}

void signals_leave_within(int64_t leave_timeout_usec)
{
	const int64_t seconds = (leave_timeout_usec + 999999) / 1000000;

	leave_seconds = seconds < INT_MAX ? (sig_atomic_t)seconds : INT_MAX;
}

void signals_catch(int64_t leave_timeout_usec)
{
	signals_leave_within(leave_timeout_usec);
	handle(SIGTERM, on_stop);
	handle(SIGINT, on_stop);
	handle(SIGALRM, on_late);
	handle(SIGHUP, on_reload);
	handle(SIGPIPE, SIG_IGN);
}

void signals_leaving(int exit_status)
{
	status = exit_status;
	(void)alarm((unsigned int)leave_seconds);
}
