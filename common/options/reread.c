/* A mistake in a file must not end a program that runs: it is told about and left. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/options/options.h"
#include "hubmeter/cleanup.h"

#define NAMES_SIZE 512

/* Names divided by commas. */
struct names {
	char text[NAMES_SIZE];
};

struct changes {
	struct names taken, waiting;
};

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

/* @said: what would have been told somebody at a terminal. */
static void log_refusal(char *said)
{
	char quoted[LOG_QUOTED_SIZE];

	said[strcspn(said, "\n")] = '\0'; /* what follows is "Try --help" */
	log_event(LOG_PRIORITY_ERROR, "reload_refused",
		"reason=%s consequence=\"the configuration of before stays\"",
		log_quote(quoted, said));
}

int options_reread(const struct option_set *set, const struct option_reading *reading, void *config,
	void *fresh)
{
	hm_cleanup(hm_freep) char *said = NULL;
	struct changes changes = {0};
	enum option_action action;
	size_t size;
	FILE *err = open_memstream(&said, &size);

	if (!err)
		return -ENOMEM;
	action = reading->parse(fresh, reading->argc, reading->argv, err, err);
	if (fclose(err) != 0 || action != OPTION_ACTION_RUN) {
		log_refusal(said ? said : (char[]){"out of memory"});
		if (action == OPTION_ACTION_RUN)
			options_release(set, fresh);
		return -EINVAL;
	}
	options_reload(set, config, fresh, note_change, &changes);
	options_release(set, fresh);
	log_changes(&changes);
	return 0;
}
