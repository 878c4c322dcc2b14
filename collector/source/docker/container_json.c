/* A path of keys, followed while the document goes by. */
#include "collector/source/docker/container_json.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_parse.h>

/* .Config.Env: an object in the object, and a list in that. */
enum { DEPTH_CONFIG = 2, DEPTH_ENV = 3, DEPTH_MAX = 64 };

struct container_json {
	yajl_handle parser;
	struct buffer *environ;
	unsigned int depth; /* of objects and lists around this place */
	bool in_config, in_env;
	bool is_config_next, is_env_next; /* the value that comes next is that one's */
	bool is_object;			  /* at the top */
	size_t size;
	int error;
};

static int enter(struct container_json *json, bool is_object)
{
	json->depth++;
	if (json->depth == 1)
		json->is_object = is_object;
	if (json->depth > DEPTH_MAX || !json->is_object) {
		json->error = -EBADMSG;
		return 0;
	}
	json->in_config |= json->is_config_next && is_object && json->depth == DEPTH_CONFIG;
	json->in_env |= json->is_env_next && !is_object && json->depth == DEPTH_ENV;
	json->is_config_next = json->is_env_next = false;
	return 1;
}

static int on_object(void *context)
{
	return enter(context, true);
}

static int on_list(void *context)
{
	return enter(context, false);
}

static int on_end(void *context)
{
	struct container_json *json = context;

	json->in_config &= json->depth != DEPTH_CONFIG;
	json->in_env &= json->depth != DEPTH_ENV;
	json->depth--;
	return 1;
}

static bool is(const unsigned char *key, size_t size, const char *name)
{
	return size == strlen(name) && memcmp(key, name, size) == 0;
}

static int on_key(void *context, const unsigned char *key, size_t size)
{
	struct container_json *json = context;

	json->is_config_next = json->depth == 1 && is(key, size, "Config");
	json->is_env_next = json->in_config && json->depth == DEPTH_CONFIG && is(key, size, "Env");
	return 1;
}

/* A NUL in a string would end it: what is behind it is not of that variable. */
static int on_string(void *context, const unsigned char *text, size_t size)
{
	struct container_json *json = context;

	json->is_config_next = json->is_env_next = false;
	if (!json->in_env || json->depth != DEPTH_ENV || memchr(text, '\0', size))
		return 1;
	json->error = buffer_append(json->environ, text, size);
	if (json->error == 0)
		json->error = buffer_append(json->environ, "", 1);
	return json->error == 0;
}

static int pass_by(struct container_json *json)
{
	json->is_config_next = json->is_env_next = false;
	return 1;
}

static int on_number(void *context, const char *text, size_t size)
{
	(void)text;
	(void)size;
	return pass_by(context);
}

static int on_boolean(void *context, int value)
{
	(void)value;
	return pass_by(context);
}

static int on_null(void *context)
{
	return pass_by(context);
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_object,
	.yajl_map_key = on_key,
	.yajl_end_map = on_end,
	.yajl_start_array = on_list,
	.yajl_end_array = on_end,
};

struct container_json *container_json_new(struct buffer *environ)
{
	struct container_json *json = calloc(1, sizeof(*json));

	if (!json)
		return NULL;
	json->environ = environ;
	json->parser = yajl_alloc(&callbacks, NULL, json);
	if (json->parser)
		return json;
	free(json);
	return NULL;
}

void container_json_free(struct container_json *json)
{
	if (!json)
		return;
	yajl_free(json->parser);
	free(json);
}

static int result(const struct container_json *json, yajl_status status)
{
	if (json->error < 0)
		return json->error;
	return status == yajl_status_ok ? 0 : -EBADMSG;
}

int container_json_add(struct container_json *json, const void *data, size_t size)
{
	json->size += size;
	if (json->size > CONTAINER_JSON_MAX)
		return -E2BIG;
	return result(json, yajl_parse(json->parser, data, size));
}

int container_json_finish(struct container_json *json)
{
	int r = result(json, yajl_complete_parse(json->parser));

	return r == 0 && !json->is_object ? -EBADMSG : r;
}
