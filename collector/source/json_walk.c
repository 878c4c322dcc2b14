/* Of each object and list around this place it is known which of the table it is; 0: none. */
#include "collector/source/json_walk.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_parse.h>

#define KEY_MAX 320u /* the longest label has 317 */

struct json_walk {
	const struct json_rules *rules;
	void *context;
	yajl_handle parser;
	uint8_t place[JSON_DEPTH_MAX];
	unsigned int depth;
	char key[KEY_MAX + 1]; /* of the member that comes next */
	bool has_key;
	size_t size;
	size_t silent_size; /* bytes since yajl said something: at least what it keeps */
	int error;
};

static unsigned int next_place(const struct json_walk *walk)
{
	const struct json_rules *rules = walk->rules;
	unsigned int from = walk->depth > 0 ? walk->place[walk->depth - 1] : 0;

	if (walk->depth == 0)
		return JSON_PLACE_TOP;
	for (size_t i = 0; from != 0 && i < rules->n_steps; i++) {
		const struct json_step *step = &rules->step[i];

		if (step->from == from &&
			(!step->key || (walk->has_key && strcmp(step->key, walk->key) == 0)))
			return step->to;
	}
	return 0;
}

static int go_on(struct json_walk *walk, int r)
{
	walk->silent_size = 0;
	walk->error = r;
	return r == 0;
}

static int enter(struct json_walk *walk, bool is_object)
{
	unsigned int place = next_place(walk);

	if (walk->depth == JSON_DEPTH_MAX || (walk->depth == 0 && !is_object))
		return go_on(walk, -EBADMSG);
	walk->place[walk->depth++] = (uint8_t)place;
	walk->has_key = false;
	if (place == 0 || !walk->rules->enter)
		return go_on(walk, 0);
	return go_on(walk, walk->rules->enter(walk->context, place));
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
	struct json_walk *walk = context;
	unsigned int place = walk->place[--walk->depth];

	walk->has_key = false;
	if (place == 0 || !walk->rules->leave)
		return go_on(walk, 0);
	return go_on(walk, walk->rules->leave(walk->context, place));
}

static int on_key(void *context, const unsigned char *key, size_t size)
{
	struct json_walk *walk = context;

	walk->has_key = size <= KEY_MAX && !memchr(key, '\0', size);
	if (walk->has_key) {
		memcpy(walk->key, key, size);
		walk->key[size] = '\0';
	}
	return go_on(walk, 0);
}

static int take(struct json_walk *walk, const char *text, size_t size)
{
	unsigned int place = next_place(walk);
	const char *key = walk->has_key ? walk->key : "";

	if (walk->depth == 0)
		return go_on(walk, -EBADMSG);
	if (place == 0 || !walk->rules->text)
		return go_on(walk, 0);
	return go_on(walk, walk->rules->text(walk->context, place, key, text, size));
}

static int on_string(void *context, const unsigned char *text, size_t size)
{
	return take(context, (const char *)text, size);
}

static int on_number(void *context, const char *text, size_t size)
{
	return take(context, text, size);
}

static int on_boolean(void *context, int value)
{
	return take(context, value ? "true" : "false", value ? 4 : 5);
}

static int on_null(void *context)
{
	struct json_walk *walk = context;

	return go_on(walk, walk->depth > 0 ? 0 : -EBADMSG);
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

struct json_walk *json_walk_new(const struct json_rules *rules, void *context)
{
	struct json_walk *walk = calloc(1, sizeof(*walk));

	if (!walk)
		return NULL;
	walk->rules = rules;
	walk->context = context;
	walk->parser = yajl_alloc(&callbacks, NULL, walk);
	if (walk->parser) {
		/* one bad byte in one pod's annotation is not to hide all pods */
		(void)yajl_config(walk->parser, yajl_dont_validate_strings, 1); /* it exists */
		return walk;
	}
	free(walk);
	return NULL;
}

void json_walk_free(struct json_walk *walk)
{
	if (!walk)
		return;
	yajl_free(walk->parser);
	free(walk);
}

static int result(const struct json_walk *walk, yajl_status status)
{
	if (walk->error < 0)
		return walk->error;
	return status == yajl_status_ok ? 0 : -EBADMSG;
}

int json_walk_add(struct json_walk *walk, const void *data, size_t size)
{
	if (walk->error < 0)
		return walk->error;
	walk->size += size;
	walk->silent_size += size;
	if (walk->size > walk->rules->max_size || walk->silent_size > JSON_TOKEN_MAX + size)
		walk->error = -E2BIG;
	else
		walk->error = result(walk, yajl_parse(walk->parser, data, size));
	return walk->error;
}

int json_walk_finish(struct json_walk *walk)
{
	if (walk->error == 0)
		walk->error = result(walk, yajl_complete_parse(walk->parser));
	if (walk->error == 0 && walk->size == 0)
		walk->error = -EBADMSG;
	return walk->error;
}
