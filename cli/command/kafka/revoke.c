/*
 * The rules go first: what is still on its way is refused, and the hub's collectors keep it. The
 * topic stays, with what may not be in the database yet, unless its end is asked for.
 */
#include "cli/command/kafka/kafka.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/command/kafka/hub_access.h"

struct removal {
	const struct hub_access *access;
	int count;
};

static void say_removed(void *context, const char *principal, const char *act, const char *name)
{
	struct removal *removal = context;

	removal->count++;
	hub_access_say(removal->access, principal, "refused: %s on %s", act, name);
}

static int disallow(struct hub_access *access)
{
	struct removal removal = {.access = access};
	int r = access->dry_run ? broker_rules_of(access->broker, access->principal, access->prefix,
					  access->topic, say_removed, &removal)
				: broker_disallow(access->broker, access->principal, access->prefix,
					  access->topic, say_removed, &removal);

	if (r < 0)
		return hub_access_failed(access);
	if (removal.count == 0)
		(void)printf("%s: has no rule for %s*\n", access->principal, access->prefix);
	return EXIT_SUCCESS;
}

static int delete (struct hub_access *access)
{
	if (!access->dry_run && broker_delete_topic(access->broker, access->topic) < 0)
		return hub_access_failed(access);
	hub_access_say(access, access->topic, "deleted, with all it holds");
	return EXIT_SUCCESS;
}

static int revoke(struct hub_access *access, const struct config *config)
{
	int status = disallow(access);

	if (status == EXIT_SUCCESS)
		status = hub_access_warn_of_others(access);
	if (status != EXIT_SUCCESS || !access->is_there)
		return status;
	if (config->delete_topic)
		return delete (access);
	(void)printf("%s: stays, with what it holds\n", access->topic);
	return EXIT_SUCCESS;
}

int kafka_revoke_run(const struct config *config, char **arguments)
{
	struct hub_access access = {0};
	int status = hub_access_open(&access, config, arguments[0], "revoke access");

	if (status == EXIT_SUCCESS)
		status = revoke(&access, config);
	hub_access_close(&access);
	return status;
}
