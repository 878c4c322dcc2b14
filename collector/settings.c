/* A mistake in a file must not end a collector that runs: it is told about and left. */
#include "collector/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "hubmeter/cleanup.h"

#define NAMES_SIZE 512

/* Names divided by commas. */
struct names {
	char text[NAMES_SIZE];
};

struct changes {
	struct names taken, waiting;
};

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
	spool_origin_read(SPOOL_MACHINE_ID_PATH, config->proc, &ret->origin);
}

static void add_name(struct names *names, const char *name)
{
	size_t size = strlen(names->text);

	/* the names of all options fit, and a line of log may be cut */
	(void)snprintf(
		names->text + size, sizeof(names->text) - size, "%s%s", size ? "," : "", name);
}

static void note_change(void *context, const char *name, bool is_taken)
{
	struct changes *changes = context;

	add_name(is_taken ? &changes->taken : &changes->waiting, name);
}

static void log_changes(const struct changes *changes)
{
	bool is_whole = !*changes->waiting.text;

	log_event(is_whole ? LOG_PRIORITY_NOTICE : LOG_PRIORITY_WARNING, "reloaded",
		"changed=%s needs_restart=%s", *changes->taken.text ? changes->taken.text : "none",
		is_whole ? "none" : changes->waiting.text);
}

/* @said: what config_parse() would have told somebody at a terminal. */
static void log_refusal(char *said)
{
	char quoted[LOG_QUOTED_SIZE];

	said[strcspn(said, "\n")] = '\0'; /* what follows is "Try --help" */
	log_event(LOG_PRIORITY_ERROR, "reload_refused",
		"reason=%s consequence=\"the configuration of before stays\"",
		log_quote(quoted, said));
}

int settings_reload(struct settings *settings)
{
	hm_cleanup(hm_freep) char *said = NULL;
	struct changes changes = {0};
	struct config fresh = {0};
	enum option_action action;
	size_t size;
	FILE *err = open_memstream(&said, &size);

	if (!err)
		return -ENOMEM;
	action = config_parse(&fresh, settings->argc, settings->argv, NULL, err, err);
	if (fclose(err) != 0 || action != OPTION_ACTION_RUN) {
		log_refusal(said ? said : (char[]){"out of memory"});
		if (action == OPTION_ACTION_RUN)
			config_release(&fresh);
		return -EINVAL;
	}
	config_take(&settings->config, &fresh, note_change, &changes);
	config_release(&fresh);
	set_threshold(&settings->config);
	log_changes(&changes);
	return 0;
}
