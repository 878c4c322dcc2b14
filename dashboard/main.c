/*
 * hubmeter-dashboard: pages of what things cost and why, to each what they may see. Wires the
 * parts.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "dashboard/config.h"
#include "dashboard/dashboard.h"
#include "dashboard/print.h"
#include "hubmeter/version.h"

enum exit_code { EXIT_USAGE = 2 };

static sigset_t ending; /* blocked from the start on, in every thread: main waits for them */

static void block_signals(void)
{
	(void)sigemptyset(&ending);
	(void)sigaddset(&ending, SIGTERM);
	(void)sigaddset(&ending, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &ending, NULL);
	(void)signal(SIGHUP, SIG_IGN);
}

static int serve(const struct config *config)
{
	struct dashboard *dashboard;
	char error[2048];
	int number, r;

	block_signals();
	r = dashboard_start(config, &dashboard, error, sizeof(error));
	if (r < 0) {
		(void)fprintf(stderr, "hubmeter-dashboard: %s\n", error);
		return r == -EINVAL ? EXIT_USAGE : EXIT_FAILURE;
	}
	log_event(LOG_PRIORITY_NOTICE, "dashboard_listening", "port=%u prefix=%s version=%s",
		dashboard_port(dashboard), config->prefix, HUBMETER_VERSION);
	(void)sigwait(&ending, &number); /* fails for signals that don't exist only */
	log_event(LOG_PRIORITY_NOTICE, "dashboard_ends", "signal=%d", number);
	dashboard_stop(dashboard);
	return EXIT_SUCCESS;
}

static int print(const struct config *config)
{
	char error[2048];

	if (print_page(config, stdout, error, sizeof(error)) == 0)
		return EXIT_SUCCESS;
	(void)fprintf(stderr, "hubmeter-dashboard: %s\n", error);
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct config config = {0};
	int status = EXIT_SUCCESS;

	switch (config_parse(&config, argc, argv, stdout, stderr)) {
	case OPTION_ACTION_EXIT_OK:
		break;
	case OPTION_ACTION_EXIT_USAGE:
		status = EXIT_USAGE;
		break;
	case OPTION_ACTION_RUN:
		(void)signal(SIGPIPE, SIG_IGN);
		status = *config.print ? print(&config) : serve(&config);
		break;
	}
	config_release(&config);
	return status;
}
