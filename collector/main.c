/* hubmeter-collector: what is asked for on the command line. */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "collector/explain.h"
#include "collector/libraries.h"
#include "collector/metering.h"
#include "collector/replay/replay.h"
#include "collector/settings.h"
#include "collector/spool/dump.h"

int main(int argc, char **argv)
{
	struct settings settings;
	struct config *config = &settings.config;
	enum option_action action;
	int r = 0;

	(void)mallopt(M_ARENA_MAX, 1);	/* a hint: librdkafka's threads would take one arena each */
	(void)signal(SIGXFSZ, SIG_IGN); /* a file size limit is a write that fails */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN); /* until there is something to reload */
	action = settings_parse(&settings, argc, argv, libraries, stdout, stderr);
	if (action != OPTION_ACTION_RUN)
		return action == OPTION_ACTION_EXIT_OK ? EXIT_SUCCESS : 2;
	if (config->explain)
		r = explain(config, sources_all, stdout) < 0 ? EXIT_FAILURE : 0; /* it was said */
	else if (*config->replay)
		r = replay(config, sources_all, stdout, stderr) < 0 ? EXIT_FAILURE : 0; /* too */
	else if (!*config->dump_spool)
		r = metering(&settings);
	else if (dump_spool(config->dump_spool, config->rows, stdout, stderr) < 0)
		r = EXIT_FAILURE; /* it was said */
	config_release(config);
	return r;
}
