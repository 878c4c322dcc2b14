/*
 * hubmeter-aggregator: adds up usage from Kafka in PostgreSQL, exactly once. Wires the parts.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "aggregator/config.h"
#include "aggregator/loop/loop.h"
#include "aggregator/retry/retry.h"
#include "aggregator/signals.h"
#include "common/log.h"
#include "hubmeter/version.h"

enum exit_code {
	EXIT_USAGE = 2,
	EXIT_KAFKA = 3, /* the client gave up; as another member, perhaps */
	EXIT_SCHEMA = 4
};

/* What was asked for on the command line, to be read again. */
struct settings {
	struct config config;
	int argc;
	char **argv;
};

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

static void reread(void *context)
{
	struct settings *settings = context;

	if (config_reread(&settings->config, settings->argc, settings->argv) == 0)
		signals_leave_within(settings->config.leave_timeout);
}

static int run(struct settings *settings)
{
	const struct config *config = &settings->config;
	const struct loop_orders orders = {&signals_stop, &signals_reload, reread, settings};
	struct loop *loop = NULL;
	char error[512];
	char quoted[LOG_QUOTED_SIZE];
	int status, r;

	r = loop_new(config, &clock_system, &orders, error, sizeof(error), &loop);
	if (r < 0) {
		(void)fprintf(stderr, "hubmeter-aggregator: %s\n", error);
		return r == -ENOMEM ? EXIT_FAILURE : EXIT_USAGE;
	}
	log_event(LOG_PRIORITY_INFO, "started", "version=%s group=%s", HUBMETER_VERSION,
		log_quote(quoted, config->group_id));
	status = exit_code(loop_run(loop));
	signals_leaving(status);
	loop_close(loop);
	log_event(LOG_PRIORITY_INFO, "stopped", "status=%d", status);
	loop_free(loop);
	return status;
}

int main(int argc, char **argv)
{
	struct settings settings = {.argc = argc, .argv = argv};
	int status = EXIT_SUCCESS;

	switch (config_parse(&settings.config, argc, argv, stdout, stderr)) {
	case OPTION_ACTION_EXIT_OK:
		break;
	case OPTION_ACTION_EXIT_USAGE:
		status = EXIT_USAGE;
		break;
	case OPTION_ACTION_RUN:
		if (retry_is_asked(&settings.config)) {
			status = exit_code(retry_run(&settings.config, &clock_system, stdout));
			break;
		}
		signals_catch(settings.config.leave_timeout);
		status = run(&settings);
		break;
	}
	config_release(&settings.config);
	return status;
}
