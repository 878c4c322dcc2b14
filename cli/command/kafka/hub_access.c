/* What granting and revoking have in common: whom it is about, and who else may write. */
#include "cli/command/kafka/hub_access.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command/command.h"
#include "cli/session.h"

#define USER "User:"

/* Rules name principals by their whole name; User:* would be everybody. */
static bool is_principal(const char *text)
{
	return strncmp(text, USER, sizeof(USER) - 1) == 0 && text[sizeof(USER) - 1] &&
	       strcmp(text + sizeof(USER) - 1, "*") != 0;
}

static int find_topic(struct hub_access *access)
{
	const struct broker_topic *topic;
	struct broker_topics topics;

	if (broker_topics(access->broker, &topics) < 0)
		return hub_access_failed(access);
	topic = broker_topics_find(&topics, access->topic);
	access->is_there = topic;
	access->partitions = topic ? topic->partitions : 0;
	broker_topics_release(&topics);
	return EXIT_SUCCESS;
}

/* Before anything is done: a broker without rules would let everybody write to a new topic. */
static int check_rules(const struct hub_access *access)
{
	return broker_check_rules(access->broker) < 0 ? hub_access_failed(access) : EXIT_SUCCESS;
}

int hub_access_open(
	struct hub_access *access, const struct config *config, const char *hub, const char *act)
{
	if (!hub_name_valid(hub))
		return command_usage_error("hub \"%s\": a name has letters, digits, - and _ only, "
					   "the first a letter or digit",
			hub);
	access->act = act;
	access->dry_run = config->dry_run;
	(void)snprintf(access->own_principal, sizeof(access->own_principal), USER "CN=%s", hub);
	access->principal = config->principal[0] ? config->principal : access->own_principal;
	if (!is_principal(access->principal))
		return command_usage_error("principal \"%s\": is not User: and the name of one, as "
					   "User:CN=%s",
			access->principal, hub);
	topic_name_make(hub, access->topic);
	(void)snprintf(access->prefix, sizeof(access->prefix), "usage.%s.", hub);
	access->broker = session_open_broker(config, act);
	if (!access->broker)
		return EXIT_FAILURE;
	return find_topic(access) == EXIT_SUCCESS ? check_rules(access) : EXIT_FAILURE;
}

void hub_access_close(struct hub_access *access)
{
	broker_free(access->broker);
}

int hub_access_failed(const struct hub_access *access)
{
	return command_failed(access->act, broker_error(access->broker));
}

void hub_access_say(const struct hub_access *access, const char *subject, const char *format, ...)
{
	va_list arguments;

	(void)printf("%s: %s", subject, access->dry_run ? "would be " : "");
	va_start(arguments, format);
	(void)vprintf(format, arguments);
	va_end(arguments);
	(void)putchar('\n');
	(void)fflush(stdout); /* main() asks ferror() */
}

static void warn_of(void *context, const char *principal, const char *act, const char *name)
{
	const struct hub_access *access = context;

	if (strcmp(principal, access->principal) == 0)
		return;
	(void)fprintf(stderr,
		"hubmeter: warning: \"%s\" may write to \"%s\" too, by the rule %s for \"%s\"\n",
		principal, access->topic, act, name);
}

int hub_access_warn_of_others(const struct hub_access *access)
{
	if (broker_writers(access->broker, access->topic, warn_of, (void *)(uintptr_t)access) < 0)
		return hub_access_failed(access);
	return EXIT_SUCCESS;
}
