/* A hub may be anything that answers at its address: every part is looked at before it is believed.
 */
#include "dashboard/sign_in/hub_answer.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "hubmeter/cleanup.h"

static void json_freep(json_t **json)
{
	json_decref(*json);
}

static json_t *parse(const struct buffer *answer)
{
	return json_loadb((const char *)answer->data, answer->size, JSON_REJECT_DUPLICATES, NULL);
}

/* The text called @name in @size bytes at @ret. False: there is none that is not empty and fits. */
static bool take_text(const json_t *object, const char *name, char *ret, size_t size)
{
	const json_t *value = json_object_get(object, name);
	size_t length = json_string_length(value);

	if (!length || length >= size)
		return false;
	memcpy(ret, json_string_value(value), length + 1);
	return true;
}

/* The letters that RFC 6750 allows in a token: nothing that could end a header. */
static bool is_token(const char *text)
{
	return text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789-._~+/=")] == '\0';
}

int hub_answer_token(const struct buffer *answer, char ret[HUB_ANSWER_TOKEN_SIZE])
{
	hm_cleanup(json_freep) json_t *json = parse(answer);
	char token[HUB_ANSWER_TOKEN_SIZE], type[16];

	if (!take_text(json, "access_token", token, sizeof(token)) || !is_token(token))
		return -EBADMSG;
	if (!take_text(json, "token_type", type, sizeof(type)) || strcasecmp(type, "Bearer") != 0)
		return -EBADMSG;
	memcpy(ret, token, sizeof(token));
	return 0;
}

int hub_answer_user(const struct buffer *answer, char ret[HUB_ANSWER_NAME_SIZE])
{
	hm_cleanup(json_freep) json_t *json = parse(answer);
	char kind[8];

	if (!take_text(json, "kind", kind, sizeof(kind)) || strcmp(kind, "user") != 0)
		return -EBADMSG; /* a service */
	return take_text(json, "name", ret, HUB_ANSWER_NAME_SIZE) ? 0 : -EBADMSG;
}

void hub_answer_error(const struct buffer *answer, char ret[HUB_ANSWER_ERROR_SIZE])
{
	hm_cleanup(json_freep) json_t *json = parse(answer);

	if (!take_text(json, "error", ret, HUB_ANSWER_ERROR_SIZE) ||
		ret[strspn(ret, "abcdefghijklmnopqrstuvwxyz_")])
		*ret = '\0';
}
