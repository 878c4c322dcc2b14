/* Apart from settings.c, so that a program's configuration can ask without knowing librdkafka. */
#include "common/kafka/servers.h"

#include <string.h>

bool kafka_has_servers(const struct option_pairs *user)
{
	for (size_t i = 0; i < user->count; i++)
		if (strcmp(user->pair[i].name, "bootstrap.servers") == 0 ||
			strcmp(user->pair[i].name, "metadata.broker.list") == 0)
			return true;
	return false;
}
