/* Numbers on the command line, or those that a filter finds: never both, never all by accident. */
#include "cli/command/quarantine/private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command/command.h"
#include "common/array.h"
#include "common/buffer.h"

void chosen_release(struct chosen *chosen)
{
	for (size_t i = 0; i < chosen->count; i++)
		free(chosen->id[i]);
	free(chosen->id);
	*chosen = (struct chosen){.id = NULL};
}

/* A store_line_fn. */
static void add(void *context, const char *id)
{
	struct chosen *chosen = context;

	if (array_make_room(&chosen->id, chosen->count, &chosen->capacity, sizeof(char *), 16) == 0)
		chosen->id[chosen->count] = strdup(id);
	else
		chosen->failed = -ENOMEM;
	if (chosen->failed == 0 && !chosen->id[chosen->count])
		chosen->failed = -ENOMEM;
	chosen->count += chosen->failed == 0;
}

struct quarantine_filter filter_of(const struct config *config, char topic[256])
{
	if (*config->hub)
		(void)snprintf(topic, 256, "usage.%s.v1", config->hub); /* cut: no such topic */
	return (struct quarantine_filter){
		.topic = *config->hub ? topic : config->topic,
		.refused = config->refused,
		.since_usec = config->since,
		.closed_too = config->all,
	};
}

static int add_arguments(char **argument, struct chosen *chosen)
{
	for (; *argument; argument++) {
		if (!command_is_number(*argument))
			return command_usage_error(
				"\"%s\": not the number of a message, as 'hubmeter ingest "
				"quarantine list --each' has it",
				*argument);
		add(chosen, *argument);
	}
	return EXIT_SUCCESS;
}

int chosen_find(const struct config *config, struct store *store, const char *act, char **argument,
	struct chosen *ret)
{
	const bool is_filtered = *config->topic || *config->hub;
	char topic[256];
	struct quarantine_filter filter = filter_of(config, topic);
	int status;

	if (*argument && (is_filtered || *config->refused || config->since > 0))
		return command_usage_error(
			"\"ingest quarantine %s\": say which by their numbers or by options, not "
			"both",
			act);
	if (!*argument && !is_filtered)
		return command_usage_error("\"ingest quarantine %s\" needs numbers of messages, or "
					   "--topic TOPIC or --hub NAME",
			act);
	status = add_arguments(argument, ret);
	if (status != EXIT_SUCCESS)
		return status;
	if (!*argument && store_quarantine_open(store, &filter, add, ret) < 0)
		return command_failed("look into the quarantine", store_error(store));
	return ret->failed ? command_failed("look into the quarantine", "out of memory")
			   : EXIT_SUCCESS;
}

char *chosen_join(const struct chosen *chosen, size_t first, size_t count)
{
	struct buffer text = BUFFER_INIT(SIZE_MAX / 4);
	int r = 0;

	for (size_t i = first; i < first + count && r == 0; i++) {
		if (i > first)
			r = buffer_append(&text, ",", 1);
		if (r == 0)
			r = buffer_append(&text, chosen->id[i], strlen(chosen->id[i]));
	}
	if (r == 0)
		r = buffer_append(&text, "", 1);
	if (r < 0)
		buffer_release(&text);
	return r < 0 ? NULL : (char *)text.data;
}
