/*
 * The settings of a topic are part of who may write: with the broker's own date of each record
 * (LogAppendTime) a hub can't send usage as of another time, and what is sent stays until it is
 * too old (cleanup.policy=delete): compaction would keep the last record of a node alone.
 */
#include "cli/command/kafka/kafka.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command/kafka/hub_access.h"

#define USEC_PER_MSEC 1000
#define MAX_SETTINGS  3

static size_t wanted_settings(const struct config *config, struct broker_setting ret[MAX_SETTINGS])
{
	size_t count = 2;

	ret[0] = (struct broker_setting){"cleanup.policy", "delete"};
	ret[1] = (struct broker_setting){"message.timestamp.type", "LogAppendTime"};
	if (config->retention > 0) {
		ret[2].name = "retention.ms";
		(void)snprintf(ret[2].value, sizeof(ret[2].value), "%" PRId64,
			config->retention / USEC_PER_MSEC);
		count = 3;
	}
	return count;
}

static int create(struct hub_access *access, const struct config *config,
	const struct broker_setting *setting, size_t count)
{
	char settings[256] = "";
	size_t size = 0;
	int r = 0;

	if (!access->dry_run)
		r = broker_create_topic(access->broker, access->topic, (int)config->partitions,
			(int)config->replication, setting, count);
	if (r < 0)
		return hub_access_failed(access);
	for (size_t i = 0; i < count && size < sizeof(settings); i++)
		size += (size_t)snprintf(settings + size, sizeof(settings) - size, " %s=%s",
			setting[i].name, setting[i].value);
	hub_access_say(access, access->topic, "created, partitions=%d%s", (int)config->partitions,
		settings);
	return EXIT_SUCCESS;
}

/* Bring what differs to what is wanted. */
static int settle(
	struct hub_access *access, const struct broker_setting *wanted, const size_t count)
{
	struct broker_setting now[MAX_SETTINGS];
	struct broker_setting differs[MAX_SETTINGS];
	size_t n_differs = 0;

	memcpy(now, wanted, count * sizeof(*now));
	if (broker_topic_settings(access->broker, access->topic, now, count) < 0)
		return hub_access_failed(access);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(now[i].value, wanted[i].value) != 0)
			differs[n_differs++] = wanted[i];
	}
	if (n_differs == 0)
		return EXIT_SUCCESS;
	if (!access->dry_run &&
		broker_change_topic(access->broker, access->topic, differs, n_differs) < 0)
		return hub_access_failed(access);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(now[i].value, wanted[i].value) != 0)
			hub_access_say(access, access->topic, "set to %s=%s, was %s",
				wanted[i].name, wanted[i].value, now[i].value);
	}
	return EXIT_SUCCESS;
}

static int keep(struct hub_access *access, const struct config *config,
	const struct broker_setting *wanted, size_t count)
{
	(void)printf("%s: exists, partitions=%d\n", access->topic, access->partitions);
	if (access->partitions != (int)config->partitions)
		(void)fprintf(stderr,
			"hubmeter: warning: \"%s\" has %d partitions, not %d, and keeps them: with "
			"other partitions a node's batches would go elsewhere\n",
			access->topic, access->partitions, (int)config->partitions);
	return settle(access, wanted, count);
}

static int allow(struct hub_access *access, enum broker_right right)
{
	bool is_allowed = false;

	if (broker_is_allowed(
		    access->broker, access->principal, access->prefix, right, &is_allowed) < 0)
		return hub_access_failed(access);
	if (is_allowed) {
		(void)printf("%s: allowed already: %s on %s*\n", access->principal,
			broker_right_name(right), access->prefix);
		return EXIT_SUCCESS;
	}
	if (!access->dry_run &&
		broker_allow(access->broker, access->principal, access->prefix, right) < 0)
		return hub_access_failed(access);
	hub_access_say(access, access->principal, "allowed: %s on %s*", broker_right_name(right),
		access->prefix);
	return EXIT_SUCCESS;
}

static int grant(struct hub_access *access, const struct config *config)
{
	struct broker_setting wanted[MAX_SETTINGS] = {0};
	size_t count = wanted_settings(config, wanted);
	int status = access->is_there ? keep(access, config, wanted, count)
				      : create(access, config, wanted, count);

	if (status == EXIT_SUCCESS)
		status = allow(access, BROKER_RIGHT_WRITE);
	if (status == EXIT_SUCCESS)
		status = allow(access, BROKER_RIGHT_DESCRIBE);
	if (status == EXIT_SUCCESS)
		status = hub_access_warn_of_others(access);
	return status;
}

int kafka_grant_run(const struct config *config, char **arguments)
{
	struct hub_access access = {0};
	int status = hub_access_open(&access, config, arguments[0], "grant access");

	if (status == EXIT_SUCCESS)
		status = grant(&access, config);
	hub_access_close(&access);
	return status;
}
