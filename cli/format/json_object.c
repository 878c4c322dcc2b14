#include "cli/format/json_object.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>

struct json_object {
	json_t *object;
	bool has_failed;
	char *text;
};

struct json_object *json_object_new(void)
{
	struct json_object *object = calloc(1, sizeof(*object));

	if (!object)
		return NULL;
	object->object = json_object();
	if (!object->object) {
		free(object);
		return NULL;
	}
	return object;
}

void json_object_free(struct json_object *object)
{
	if (!object)
		return;
	json_decref(object->object);
	free(object->text);
	free(object);
}

void json_object_put(struct json_object *object, const char *name, const char *value)
{
	if (json_object_set_new(object->object, name, json_string(value)) < 0)
		object->has_failed = true;
}

const char *json_object_text(struct json_object *object)
{
	if (object->has_failed)
		return NULL;
	if (json_object_size(object->object) == 0)
		return "";
	free(object->text);
	object->text = json_dumps(object->object, JSON_COMPACT);
	(void)json_object_clear(object->object);
	return object->text;
}
