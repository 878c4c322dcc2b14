/* Whether a topic is a usage topic is decided here, for all programs. */
#include "common/topic_name.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char prefix[] = "usage.";
static const char suffix[] = ".v1";
static const char alphanumeric[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

bool hub_name_valid(const char *hub)
{
	size_t size = strspn(hub, alphanumeric);

	return size && size <= HUB_NAME_MAX && !hub[size] && hub[0] != '-' && hub[0] != '_';
}

void topic_name_make(const char *hub, char ret[TOPIC_NAME_SIZE])
{
	assert(hub_name_valid(hub));
	(void)snprintf(ret, TOPIC_NAME_SIZE, "%s%s%s", prefix, hub, suffix);
}

bool topic_name_hub(const char *topic, char ret_hub[TOPIC_NAME_SIZE])
{
	const size_t around = sizeof(prefix) - 1 + sizeof(suffix) - 1;
	size_t size = strlen(topic);
	char hub[TOPIC_NAME_SIZE];

	if (size <= around || size >= TOPIC_NAME_SIZE ||
		strncmp(topic, prefix, sizeof(prefix) - 1) != 0 ||
		strcmp(topic + size - (sizeof(suffix) - 1), suffix) != 0)
		return false;
	(void)snprintf(hub, sizeof(hub), "%.*s", (int)(size - around), topic + sizeof(prefix) - 1);
	if (!hub_name_valid(hub))
		return false;
	memcpy(ret_hub, hub, size - around + 1);
	return true;
}
