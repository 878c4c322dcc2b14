#include "cli/format/json_object.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>

#include "common/buffer.h"

struct json_object {
	yajl_gen gen;
	bool is_open;
	bool has_failed;
	struct buffer text;
};

struct json_object *json_object_new(void)
{
	struct json_object *object = calloc(1, sizeof(*object));

	if (!object)
		return NULL;
	object->text = (struct buffer)BUFFER_INIT(SIZE_MAX);
	object->gen = yajl_gen_alloc(NULL);
	if (!object->gen) {
		free(object);
		return NULL;
	}
	return object;
}

void json_object_free(struct json_object *object)
{
	if (!object)
		return;
	yajl_gen_free(object->gen);
	buffer_release(&object->text);
	free(object);
}

static void put_string(struct json_object *object, const char *text)
{
	if (yajl_gen_string(object->gen, (const unsigned char *)text, strlen(text)) !=
		yajl_gen_status_ok)
		object->has_failed = true;
}

void json_object_put(struct json_object *object, const char *name, const char *value)
{
	if (!object->is_open)
		object->has_failed |= yajl_gen_map_open(object->gen) != yajl_gen_status_ok;
	object->is_open = true;
	put_string(object, name);
	put_string(object, value);
}

static int take_text(struct json_object *object)
{
	const unsigned char *data;
	size_t size;

	if (yajl_gen_map_close(object->gen) != yajl_gen_status_ok ||
		yajl_gen_get_buf(object->gen, &data, &size) != yajl_gen_status_ok)
		return -1;
	return buffer_append(&object->text, data, size);
}

const char *json_object_text(struct json_object *object)
{
	int r = 0;

	buffer_clear(&object->text);
	if (object->is_open)
		r = take_text(object);
	yajl_gen_clear(object->gen);
	yajl_gen_reset(object->gen, NULL);
	object->is_open = false;
	if (r < 0 || object->has_failed || buffer_append(&object->text, "", 1) < 0)
		return NULL;
	return (const char *)object->text.data;
}
