/* The table of what is wanted, and what is made of it at the end of each pod. */
#include "collector/source/kubernetes/pod_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/source/json_walk.h"
#include "collector/source/kubernetes/resource_quantity.h"
#include "collector/source/name.h"
#include "common/bounds.h"

#define MICROCORES_PER_CORE 1000000u

enum place {
	AT_TOP = JSON_PLACE_TOP,
	AT_KIND,
	AT_ITEMS,
	AT_POD,
	AT_METADATA,
	AT_UID,
	AT_ANNOTATIONS,
	AT_ANNOTATION,
	AT_LABELS,
	AT_LABEL,
	AT_SPEC,
	AT_OVERHEAD,
	AT_POD_RESOURCES,
	AT_POD_REQUESTS,
	AT_CONTAINERS,
	AT_CONTAINER,
	AT_INIT_CONTAINERS,
	AT_INIT_CONTAINER,
	AT_RESTART_POLICY,
	AT_RESOURCES,
	AT_REQUESTS,
	AT_OVERHEAD_OF,
	AT_POD_REQUEST_OF,
	AT_REQUEST_OF
};

static const struct json_step steps[] = {
	{AT_TOP, "kind", AT_KIND},
	{AT_TOP, "items", AT_ITEMS},
	{AT_ITEMS, NULL, AT_POD},
	{AT_POD, "metadata", AT_METADATA},
	{AT_METADATA, "uid", AT_UID},
	{AT_METADATA, "annotations", AT_ANNOTATIONS},
	{AT_ANNOTATIONS, NULL, AT_ANNOTATION},
	{AT_METADATA, "labels", AT_LABELS},
	{AT_LABELS, NULL, AT_LABEL},
	{AT_POD, "spec", AT_SPEC},
	{AT_SPEC, "overhead", AT_OVERHEAD},
	{AT_OVERHEAD, NULL, AT_OVERHEAD_OF},
	{AT_SPEC, "resources", AT_POD_RESOURCES},
	{AT_POD_RESOURCES, "requests", AT_POD_REQUESTS},
	{AT_POD_REQUESTS, NULL, AT_POD_REQUEST_OF},
	{AT_SPEC, "containers", AT_CONTAINERS},
	{AT_CONTAINERS, NULL, AT_CONTAINER},
	{AT_CONTAINER, "resources", AT_RESOURCES},
	{AT_SPEC, "initContainers", AT_INIT_CONTAINERS},
	{AT_INIT_CONTAINERS, NULL, AT_INIT_CONTAINER},
	{AT_INIT_CONTAINER, "resources", AT_RESOURCES},
	{AT_INIT_CONTAINER, "restartPolicy", AT_RESTART_POLICY},
	{AT_RESOURCES, "requests", AT_REQUESTS},
	{AT_REQUESTS, NULL, AT_REQUEST_OF},
};

/* Texts of the pod at hand; of each the first one that is found under its name. */
enum wanted {
	WANTED_USER,
	WANTED_OWNER,
	WANTED_SERVER,
	WANTED_TAG,
	WANTED_OTHER_TAG,
	WANTED_HASH,
	WANTED_COUNT
};

struct request {
	uint64_t microcores, bytes;
};

struct pod_json {
	struct json_walk *walk;
	struct pod_list *list;
	const char *owner_label, *tag_label;
	bool has_items;
	bool is_list; /* as it says of itself */

	/* the pod at hand */
	char uid[POD_UID_MAX + 1];
	char *text[WANTED_COUNT];
	struct request container; /* the container at hand */
	bool is_sidecar;
	struct request sum, sidecars, most, overhead, whole;
	bool has_whole;
};

/* ------------------------------------------------------------------------------- requests */

static void add_request(struct request *sum, const struct request *request)
{
	sum->microcores = saturating_add(sum->microcores, request->microcores);
	sum->bytes = saturating_add(sum->bytes, request->bytes);
}

static void raise_request(struct request *most, const struct request *request)
{
	if (request->microcores > most->microcores)
		most->microcores = request->microcores;
	if (request->bytes > most->bytes)
		most->bytes = request->bytes;
}

static void take_request(struct request *request, const char *key, const char *text, size_t size)
{
	uint64_t value;

	if (strcmp(key, "cpu") == 0 &&
		resource_quantity_parse(text, size, MICROCORES_PER_CORE, &value) == 0)
		request->microcores = value;
	if (strcmp(key, "memory") == 0 && resource_quantity_parse(text, size, 1, &value) == 0)
		request->bytes = value;
}

static void end_container(struct pod_json *json)
{
	add_request(&json->sum, &json->container);
}

/* It runs before the others, beside sidecars that were started before it. */
static void end_init_container(struct pod_json *json)
{
	struct request beside = json->sidecars;

	add_request(&beside, &json->container);
	if (json->is_sidecar) {
		json->sidecars = beside;
		add_request(&json->sum, &json->container);
	} else {
		raise_request(&json->most, &beside);
	}
}

static struct request request_of(const struct pod_json *json)
{
	struct request request = json->has_whole ? json->whole : json->sum;

	if (!json->has_whole)
		raise_request(&request, &json->most);
	add_request(&request, &json->overhead);
	return request;
}

/* ------------------------------------------------------------------------------------ texts */

static int keep(struct pod_json *json, enum wanted wanted, const char *text, size_t size)
{
	if (json->text[wanted] || size == 0)
		return 0;
	json->text[wanted] = name_copy(text, size);
	return json->text[wanted] ? 0 : -ENOMEM;
}

static bool is(const char *key, const char *label)
{
	return *label && strcmp(key, label) == 0;
}

static int take_either(struct pod_json *json, const char *key, const char *text, size_t size)
{
	int r = 0;

	if (is(key, "hubmeter/tag"))
		r = keep(json, WANTED_TAG, text, size);
	if (r == 0 && is(key, json->tag_label))
		r = keep(json, WANTED_OTHER_TAG, text, size);
	if (r == 0 && is(key, json->owner_label))
		r = keep(json, WANTED_OWNER, text, size);
	return r;
}

static int take_annotation(struct pod_json *json, const char *key, const char *text, size_t size)
{
	int r = take_either(json, key, text, size);

	if (r == 0 && is(key, "hub.jupyter.org/username"))
		r = keep(json, WANTED_USER, text, size);
	if (r == 0 && is(key, "hub.jupyter.org/servername"))
		r = keep(json, WANTED_SERVER, text, size);
	if (r == 0 && is(key, "kubernetes.io/config.hash"))
		r = keep(json, WANTED_HASH, text, size);
	return r;
}

static bool is_text(const char *text, size_t size, const char *other)
{
	return size == strlen(other) && memcmp(text, other, size) == 0;
}

static int on_text(
	void *context, unsigned int place, const char *key, const char *text, size_t size)
{
	struct pod_json *json = context;

	switch ((enum place)place) {
	case AT_KIND:
		json->is_list = is_text(text, size, "PodList");
		return 0;
	case AT_UID:
		if (size <= POD_UID_MAX && !memchr(text, '\0', size)) {
			memcpy(json->uid, text, size);
			json->uid[size] = '\0';
		}
		return 0;
	case AT_ANNOTATION:
		return take_annotation(json, key, text, size);
	case AT_LABEL:
		return take_either(json, key, text, size);
	case AT_RESTART_POLICY:
		json->is_sidecar = is_text(text, size, "Always");
		return 0;
	case AT_OVERHEAD_OF:
		take_request(&json->overhead, key, text, size);
		return 0;
	case AT_POD_REQUEST_OF:
		take_request(&json->whole, key, text, size);
		json->has_whole = true;
		return 0;
	case AT_REQUEST_OF:
		take_request(&json->container, key, text, size);
		return 0;
	default:
		return 0;
	}
}

/* ------------------------------------------------------------------------------------- pods */

static void forget_pod(struct pod_json *json)
{
	for (size_t i = 0; i < WANTED_COUNT; i++) {
		free(json->text[i]);
		json->text[i] = NULL;
	}
	*json->uid = '\0';
	json->sum = json->sidecars = json->most = json->overhead = json->whole =
		(struct request){0};
	json->has_whole = false;
}

static char *take_text(struct pod_json *json, enum wanted first, enum wanted second)
{
	enum wanted wanted = json->text[first] ? first : second;
	char *text = json->text[wanted];

	json->text[wanted] = NULL;
	return text;
}

static int end_pod(struct pod_json *json)
{
	struct request request = request_of(json);
	struct pod pod = {.microcores = request.microcores, .bytes = request.bytes};
	const char *hash = json->text[WANTED_HASH];

	if (!*json->uid)
		return 0;
	memcpy(pod.uid, json->uid, sizeof(pod.uid));
	if (hash && strlen(hash) <= POD_UID_MAX)
		memcpy(pod.hash, hash, strlen(hash) + 1);
	pod.user = take_text(json, WANTED_USER, WANTED_OWNER);
	pod.server = take_text(json, WANTED_SERVER, WANTED_SERVER);
	pod.tag = take_text(json, WANTED_TAG, WANTED_OTHER_TAG);
	return pod_list_add(json->list, &pod);
}

static int on_enter(void *context, unsigned int place)
{
	struct pod_json *json = context;

	json->has_items |= place == AT_ITEMS;
	if (place == AT_POD)
		forget_pod(json);
	if (place == AT_CONTAINER || place == AT_INIT_CONTAINER) {
		json->container = (struct request){0};
		json->is_sidecar = false;
	}
	return 0;
}

static int on_leave(void *context, unsigned int place)
{
	struct pod_json *json = context;

	if (place == AT_CONTAINER)
		end_container(json);
	if (place == AT_INIT_CONTAINER)
		end_init_container(json);
	return place == AT_POD ? end_pod(json) : 0;
}

static const struct json_rules rules = {
	.step = steps,
	.n_steps = sizeof(steps) / sizeof(*steps),
	.max_size = POD_JSON_MAX,
	.enter = on_enter,
	.leave = on_leave,
	.text = on_text,
};

struct pod_json *pod_json_new(struct pod_list *list, const char *owner_label, const char *tag_label)
{
	struct pod_json *json = calloc(1, sizeof(*json));

	if (!json)
		return NULL;
	json->list = list;
	json->owner_label = owner_label;
	json->tag_label = tag_label;
	json->walk = json_walk_new(&rules, json);
	if (json->walk)
		return json;
	free(json);
	return NULL;
}

void pod_json_free(struct pod_json *json)
{
	if (!json)
		return;
	forget_pod(json);
	json_walk_free(json->walk);
	free(json);
}

int pod_json_add(struct pod_json *json, const void *data, size_t size)
{
	return json_walk_add(json->walk, data, size);
}

/* Kubelet leaves "items": null of a node without pods, which no node is while this runs on it. */
int pod_json_finish(struct pod_json *json)
{
	int r = json_walk_finish(json->walk);

	return r == 0 && (!json->is_list || !json->has_items) ? -EBADMSG : r;
}
