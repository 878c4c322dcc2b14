/*
 * hubmeter-aggregator: adds up usage from Kafka in PostgreSQL, exactly once. Wires the parts.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aggregator/config.h"
#include "aggregator/loop/loop.h"
#include "common/log.h"
#include "hubmeter/version.h"

enum exit_code {
	EXIT_USAGE = 2,
	EXIT_KAFKA = 3, /* the client gave up; as another member, perhaps */
	EXIT_SCHEMA = 4
};

static volatile sig_atomic_t stop;
static volatile sig_atomic_t status = EXIT_SUCCESS;
static unsigned int leave_seconds;

/* From now on leaving is bounded, whatever a library waits for. */
static void on_stop(int number)
{
	(void)number;
	stop = 1;
	(void)alarm(leave_seconds);
}

/* PostgreSQL holds the state: nothing is lost by not waiting longer. */
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

static void handle_signals(const struct config *config)
{
	leave_seconds = (unsigned int)((config->leave_timeout + 999999) / 1000000);
	handle(SIGTERM, on_stop);
	handle(SIGINT, on_stop);
	handle(SIGALRM, on_late);
	handle(SIGHUP, SIG_IGN);
	handle(SIGPIPE, SIG_IGN);
}

static int exit_code(int result)
{
	switch (result) {
	case 0:
		return EXIT_SUCCESS;
	case -EIO:
		return EXIT_KAFKA;
	case -EPROTONOSUPPORT:
		return EXIT_SCHEMA;
	default:
		return EXIT_FAILURE;
	}
}

static void run(const struct config *config)
{
	struct loop *loop = NULL;
	char error[512];
	char quoted[LOG_QUOTED_SIZE];
	int r;

	r = loop_new(config, &clock_system, &stop, error, sizeof(error), &loop);
	if (r < 0) {
		(void)fprintf(stderr, "hubmeter-aggregator: %s\n", error);
		status = r == -EINVAL ? EXIT_USAGE : EXIT_FAILURE;
		return;
	}
	log_event(LOG_PRIORITY_INFO, "started", "version=%s group=%s", HUBMETER_VERSION,
		log_quote(quoted, config->group_id));
	status = exit_code(loop_run(loop));
	(void)alarm(leave_seconds);
	loop_close(loop);
	log_event(LOG_PRIORITY_INFO, "stopped", "status=%d", (int)status);
	loop_free(loop);
}

int main(int argc, char **argv)
{
	struct config config = {0};

	switch (config_parse(&config, argc, argv, stdout, stderr)) {
	case OPTION_ACTION_EXIT_OK:
		break;
	case OPTION_ACTION_EXIT_USAGE:
		status = EXIT_USAGE;
		break;
	case OPTION_ACTION_RUN:
		handle_signals(&config);
		run(&config);
		break;
	}
	config_release(&config);
	return status;
}
