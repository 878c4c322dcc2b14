/* What of the configuration whom concerns. */
#include "collector/settings.h"

#include "common/log.h"

static void set_threshold(const struct config *config)
{
	log_set_threshold(config->verbose ? LOG_PRIORITY_DEBUG : LOG_PRIORITY_INFO);
}

enum option_action settings_parse(struct settings *settings, int argc, char **argv,
	const char *(*libraries)(void), FILE *out, FILE *err)
{
	enum option_action action;

	*settings = (struct settings){.argc = argc, .argv = argv};
	action = config_parse(&settings->config, argc, argv, libraries, out, err);
	if (action == OPTION_ACTION_RUN)
		set_threshold(&settings->config);
	return action;
}

static int reload(void *context, struct loop_config *timing)
{
	struct settings *settings = context;
	int r = settings_reload(settings);

	if (r == 0)
		settings_timing(settings, timing->clock, timing);
	return r;
}

void settings_timing(struct settings *settings, const struct clock *clock, struct loop_config *ret)
{
	const struct config *config = &settings->config;

	*ret = (struct loop_config){
		.sample_interval_usec = config->sample_interval,
		.publish_interval_usec = config->publish_interval,
		.shutdown_timeout_usec = config->shutdown_timeout,
		.once = config->once,
		.clock = clock,
		.metrics_listen = config->metrics_listen,
		.reload = reload,
		.reload_context = settings,
	};
}

void settings_spooling(const struct settings *settings, struct spool_config *ret)
{
	const struct config *config = &settings->config;

	*ret = (struct spool_config){
		.directory = config->spool,
		.segment_size = config->spool_segment_size,
		.archive = config->spool_archive,
		.sync = config->spool_sync,
		.max_size = config->spool_max_size,
	};
	spool_origin_read(SPOOL_MACHINE_ID_PATH, config->proc, config->node, &ret->origin);
}

int settings_reload(struct settings *settings)
{
	int r = config_reread(&settings->config, settings->argc, settings->argv);

	if (r == 0)
		set_threshold(&settings->config);
	return r;
}
