/*
 * An object of texts, as JSON: what a file has that we don't know, kept.
 *
 * Life cycle: json_object_new() -> json_object_put() -> json_object_text() (begins anew) ->
 * json_object_freep().
 */
#ifndef CLI_FORMAT_JSON_OBJECT_H
#define CLI_FORMAT_JSON_OBJECT_H

struct json_object;

struct json_object *json_object_new(void);
void json_object_free(struct json_object *object);

static inline void json_object_freep(struct json_object **object)
{
	json_object_free(*object);
}

void json_object_put(struct json_object *object, const char *name, const char *value);

/* {"name": "value", ...} of what was put since the last call; "" if nothing was. Valid until the
 * next put. NULL: out of memory. */
const char *json_object_text(struct json_object *object);

#endif
