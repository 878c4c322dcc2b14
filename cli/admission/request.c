/* One row for each name that a request may have; who may leave it out, and what it is then. */
#include "cli/admission/request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

enum kind { KIND_TEXT, KIND_COUNT, KIND_FLAG };

struct field {
	const char *name;
	enum kind kind;
	size_t offset;
	bool of_spawn, of_release; /* what may have it */
	bool is_required;	   /* of what may have it */
};

#define OFFSET(name) offsetof(struct admission_request, name)

static const struct field fields[] = {
	{"hub", KIND_TEXT, OFFSET(hub), true, true, true},
	{"user", KIND_TEXT, OFFSET(user), true, true, false},
	{"server", KIND_TEXT, OFFSET(server), true, true, false},
	{"class", KIND_TEXT, OFFSET(class), true, false, false},
	{"tag", KIND_TEXT, OFFSET(tag), true, false, false},
	{"cpu_milli", KIND_COUNT, OFFSET(cpu_milli), true, false, false},
	{"memory_mib", KIND_COUNT, OFFSET(memory_mib), true, false, false},
	{"gpu_milli", KIND_COUNT, OFFSET(gpu_milli), true, false, false},
	{"max_seconds", KIND_COUNT, OFFSET(max_seconds), true, false, true},
	{"hold", KIND_FLAG, OFFSET(hold), true, false, false},
	{"lien", KIND_COUNT, OFFSET(lien), false, true, false},
	{"reason", KIND_TEXT, OFFSET(reason), false, true, false},
};

#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

struct reading {
	enum admission_act act;
	struct admission_request *request;
	char *error;
	size_t error_size;
};

static int fail(const struct reading *reading, const char *name, const char *reason)
{
	(void)snprintf(reading->error, reading->error_size, "%s %s", name, reason);
	return -EBADMSG;
}

static bool may_have(const struct reading *reading, const struct field *field)
{
	return reading->act == ADMISSION_ACT_SPAWN ? field->of_spawn : field->of_release;
}

static const struct field *find(const struct reading *reading, const char *name)
{
	for (size_t i = 0; i < N_FIELDS; i++) {
		if (may_have(reading, &fields[i]) && strcmp(fields[i].name, name) == 0)
			return &fields[i];
	}
	return NULL;
}

static int take(const struct reading *reading, const struct field *field, const json_t *value)
{
	void *at = (char *)reading->request + field->offset;

	switch (field->kind) {
	case KIND_TEXT:
		if (!json_is_string(value))
			return fail(reading, field->name, "is not a text");
		*(const char **)at = json_string_value(value);
		return 0;
	case KIND_COUNT:
		if (!json_is_integer(value) || json_integer_value(value) < 0)
			return fail(reading, field->name, "is not a whole number from 0 on");
		*(int64_t *)at = json_integer_value(value);
		return 0;
	case KIND_FLAG:
		break;
	}
	if (!json_is_boolean(value))
		return fail(reading, field->name, "is not true or false");
	*(bool *)at = json_is_true(value);
	return 0;
}

static int take_named(const struct reading *reading, const char *name, const json_t *value)
{
	const struct field *field = find(reading, name);
	char quoted[80];

	if (field)
		return json_is_null(value) ? 0 : take(reading, field, value);
	(void)snprintf(quoted, sizeof(quoted), "\"%.60s\"", name); /* cut to fit */
	return fail(reading, quoted, "is not known");
}

static int check_required(const struct reading *reading, const json_t *object)
{
	for (size_t i = 0; i < N_FIELDS; i++) {
		const json_t *value = json_object_get(object, fields[i].name);

		if (may_have(reading, &fields[i]) && fields[i].is_required &&
			(!value || json_is_null(value)))
			return fail(reading, fields[i].name, "is required");
	}
	if (!*reading->request->user && !reading->request->lien)
		return fail(reading, "user", "is required");
	return 0;
}

static int take_all(const struct reading *reading, json_t *object)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		int r = take_named(reading, name, value);

		if (r < 0)
			return r;
	}
	return check_required(reading, object);
}

int admission_request_parse(enum admission_act act, const char *data, size_t size,
	struct admission_request *ret, char *error, size_t error_size)
{
	struct admission_request request = {.hub = "",
		.user = "",
		.server = "",
		.class = "",
		.tag = "",
		.reason = "stopped",
		.hold = true};
	const struct reading reading = {act, &request, error, error_size};
	json_error_t fault;
	int r;

	error[0] = '\0';
	request.json = json_loadb(data, size, JSON_REJECT_DUPLICATES, &fault);
	if (!request.json)
		return json_error_code(&fault) == json_error_out_of_memory
			       ? -ENOMEM
			       : fail(&reading, "the body", "is not JSON");
	r = json_is_object((json_t *)request.json) ? take_all(&reading, request.json)
						   : fail(&reading, "the body", "is no object");
	if (r < 0) {
		admission_request_release(&request);
		return r;
	}

	*ret = request;
	return 0;
}

void admission_request_release(struct admission_request *request)
{
	json_decref(request->json);
	*request = (struct admission_request){0};
}

bool admission_serves(const char *hubs, const char *hub)
{
	size_t size = strlen(hub);

	for (const char *at = hubs; *at;) {
		size_t n = strcspn(at, ",");

		if (n == size && strncmp(at, hub, n) == 0)
			return true;
		at += n + (at[n] == ',');
	}
	return !*hubs;
}
