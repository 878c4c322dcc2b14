/* Each string of the list .Config.Env. */
#include "collector/source/docker/container_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/source/json_walk.h"

enum place { AT_TOP = JSON_PLACE_TOP, AT_CONFIG, AT_ENV, AT_VARIABLE };

static const struct json_step steps[] = {
	{AT_TOP, "Config", AT_CONFIG}, {AT_CONFIG, "Env", AT_ENV}, {AT_ENV, NULL, AT_VARIABLE}};

struct container_json {
	struct json_walk *walk;
	struct buffer *environ;
};

/* A NUL in a string would end it: what is behind it is not of that variable. */
static int take(void *context, unsigned int place, const char *key, const char *text, size_t size)
{
	const struct container_json *json = context;
	int r;

	if (place != AT_VARIABLE || *key || memchr(text, '\0', size))
		return 0;
	r = buffer_append(json->environ, text, size);
	return r < 0 ? r : buffer_append(json->environ, "", 1);
}

static const struct json_rules rules = {.step = steps,
	.n_steps = sizeof(steps) / sizeof(*steps),
	.max_size = CONTAINER_JSON_MAX,
	.text = take};

struct container_json *container_json_new(struct buffer *environ)
{
	struct container_json *json = calloc(1, sizeof(*json));

	if (!json)
		return NULL;
	json->environ = environ;
	json->walk = json_walk_new(&rules, json);
	if (json->walk)
		return json;
	free(json);
	return NULL;
}

void container_json_free(struct container_json *json)
{
	if (!json)
		return;
	json_walk_free(json->walk);
	free(json);
}

int container_json_add(struct container_json *json, const void *data, size_t size)
{
	return json_walk_add(json->walk, data, size);
}

int container_json_finish(struct container_json *json)
{
	return json_walk_finish(json->walk);
}
