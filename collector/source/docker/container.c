/* A table of places and what containers are called in them. */
#include "collector/source/docker/container.h"

#include <string.h>

struct place {
	const char *path, *prefix, *suffix;
};

static const struct place places[] = {
	{"system.slice", "docker-", ".scope"},
	{"docker", "", ""},
	{"machine.slice", "libpod-", ".scope"},
};
#define N_PLACES (sizeof(places) / sizeof(*places))

bool container_is_place(const char *path)
{
	for (size_t i = 0; i < N_PLACES; i++)
		if (strcmp(path, places[i].path) == 0)
			return true;
	return false;
}

static bool is_id(const char *text)
{
	return strspn(text, "0123456789abcdef") >= CONTAINER_ID_SIZE;
}

bool container_id(const char *path, const char *name, char id[CONTAINER_ID_SIZE + 1])
{
	for (size_t i = 0; i < N_PLACES; i++) {
		const struct place *place = &places[i];
		size_t size = strlen(place->prefix);

		if (strcmp(path, place->path) != 0 || strncmp(name, place->prefix, size) != 0)
			continue;
		if (!is_id(name + size) ||
			strcmp(name + size + CONTAINER_ID_SIZE, place->suffix) != 0)
			continue;
		memcpy(id, name + size, CONTAINER_ID_SIZE);
		id[CONTAINER_ID_SIZE] = '\0';
		return true;
	}
	return false;
}
