/* The name of the resource may come behind the devices: both are kept until the entry ends. */
#include "collector/source/kubernetes/device_json.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/source/json_walk.h"
#include "common/array.h"
#include "common/hash.h"

#define VENDOR		  "nvidia.com/"
#define ENTRY_DEVICES_MAX 512u /* of one container */

enum place {
	AT_TOP = JSON_PLACE_TOP,
	AT_DATA,
	AT_ENTRIES,
	AT_ENTRY,
	AT_POD,
	AT_RESOURCE,
	AT_DEVICES
};

static const struct json_step steps[] = {
	{AT_TOP, "Data", AT_DATA}, {AT_DATA, "PodDeviceEntries", AT_ENTRIES},
	{AT_ENTRIES, NULL, AT_ENTRY}, {AT_ENTRY, "PodUID", AT_POD},
	{AT_ENTRY, "ResourceName", AT_RESOURCE}, {AT_ENTRY, "DeviceIDs", AT_DEVICES},
	{AT_DEVICES, NULL, AT_DEVICES}, /* by NUMA node, or not */
};

struct device_json {
	struct json_walk *walk;
	struct device_list *list;
	bool has_data;

	/* the entry at hand */
	struct device device[ENTRY_DEVICES_MAX];
	size_t n;
	char uid[POD_UID_MAX + 1];
	bool is_gpu;
	char slice[DEVICE_SLICE_MAX + 1];
};

/* ------------------------------------------------------------------------------- the list */

void device_list_release(struct device_list *list)
{
	free(list->device);
	*list = (struct device_list){0};
}

uint32_t device_list_count(const struct device_list *list, const char *uid, bool *ret_is_shared)
{
	uint32_t n = 0;

	*ret_is_shared = false;
	for (size_t i = 0; i < list->n; i++) {
		if (strcmp(list->device[i].uid, uid) != 0)
			continue;
		n++;
		*ret_is_shared |= list->device[i].is_shared;
	}
	return n;
}

const char *device_list_slice(const struct device_list *list, const char *uid)
{
	const char *slice = NULL;

	for (size_t i = 0; i < list->n; i++) {
		const struct device *device = &list->device[i];

		if (strcmp(device->uid, uid) != 0)
			continue;
		if (slice && strcmp(slice, device->slice) != 0)
			return DEVICE_SLICE_MIXED;
		slice = device->slice;
	}
	return slice && *slice ? slice : NULL;
}

/* One that two containers of a pod have, or of which one has two parts, is one. */
static struct device *find(struct device_list *list, const struct device *device)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->device[i].id == device->id &&
			strcmp(list->device[i].uid, device->uid) == 0)
			return &list->device[i];
	return NULL;
}

static int add(struct device_list *list, const struct device *device)
{
	struct device *known = find(list, device);
	int r;

	if (known) {
		known->is_shared |= device->is_shared;
		return 0;
	}
	if (list->n == DEVICE_LIST_MAX)
		return -E2BIG;
	r = array_make_room(&list->device, list->n, &list->max, sizeof(*list->device), 16);
	if (r < 0)
		return r;
	list->device[list->n++] = *device;
	return 0;
}

/* --------------------------------------------------------------------------- the document */

static bool begins_with(const char *text, size_t size, const char *with)
{
	return size >= strlen(with) && memcmp(text, with, strlen(with)) == 0;
}

/* How much of @id names the device that it is a part of. */
static size_t shared_size(const char *id, size_t size)
{
	const char *colons = memmem(id, size, "::", 2);
	const char *vgpu = memmem(id, size, "/vgpu", 5);
	const char *end = colons ? colons : vgpu;

	return end ? (size_t)(end - id) : size;
}

static int take_device(struct device_json *json, const char *id, size_t size)
{
	size_t whole = shared_size(id, size);

	if (json->n == ENTRY_DEVICES_MAX)
		return -E2BIG;
	json->device[json->n++] =
		(struct device){.id = hash_bytes(1, id, whole), .is_shared = whole < size};
	return 0;
}

static bool is_plain(char c)
{
	return isalnum((unsigned char)c) || c == '.' || c == '-' || c == '_';
}

/* A name that is too long for a class is cut, and what no resource's name has does not travel. */
static void take_resource(struct device_json *json, const char *name, size_t size)
{
	size_t vendor = strlen(VENDOR), n = 0;

	json->is_gpu = begins_with(name, size, VENDOR "gpu");
	if (begins_with(name, size, VENDOR "mig-")) {
		json->is_gpu = true;
		n = size - vendor < DEVICE_SLICE_MAX ? size - vendor : DEVICE_SLICE_MAX;
		memcpy(json->slice, name + vendor, n);
		for (size_t i = 0; i < n; i++)
			if (!is_plain(json->slice[i]))
				json->slice[i] = '_';
	}
	json->slice[n] = '\0';
}

static int on_text(
	void *context, unsigned int place, const char *key, const char *text, size_t size)
{
	struct device_json *json = context;

	(void)key;
	if (place == AT_POD && size <= POD_UID_MAX && !memchr(text, '\0', size)) {
		memcpy(json->uid, text, size);
		json->uid[size] = '\0';
	}
	if (place == AT_RESOURCE)
		take_resource(json, text, size);
	return place == AT_DEVICES ? take_device(json, text, size) : 0;
}

static int on_enter(void *context, unsigned int place)
{
	struct device_json *json = context;

	json->has_data |= place == AT_DATA;
	if (place == AT_ENTRY) {
		json->n = 0;
		json->uid[0] = '\0';
		json->is_gpu = false;
		json->slice[0] = '\0';
	}
	return 0;
}

static int on_leave(void *context, unsigned int place)
{
	struct device_json *json = context;
	int r = 0;

	if (place != AT_ENTRY || !json->is_gpu || !json->uid[0])
		return 0;
	for (size_t i = 0; i < json->n && r == 0; i++) {
		memcpy(json->device[i].uid, json->uid, sizeof(json->uid));
		memcpy(json->device[i].slice, json->slice, sizeof(json->slice));
		r = add(json->list, &json->device[i]);
	}
	return r;
}

static const struct json_rules rules = {
	.step = steps,
	.n_steps = sizeof(steps) / sizeof(*steps),
	.max_size = DEVICE_JSON_MAX,
	.enter = on_enter,
	.leave = on_leave,
	.text = on_text,
};

struct device_json *device_json_new(struct device_list *list)
{
	struct device_json *json = calloc(1, sizeof(*json));

	if (!json)
		return NULL;
	json->list = list;
	json->walk = json_walk_new(&rules, json);
	if (json->walk)
		return json;
	free(json);
	return NULL;
}

void device_json_free(struct device_json *json)
{
	if (!json)
		return;
	json_walk_free(json->walk);
	free(json);
}

int device_json_add(struct device_json *json, const void *data, size_t size)
{
	return json_walk_add(json->walk, data, size);
}

int device_json_finish(struct device_json *json)
{
	int r = json_walk_finish(json->walk);

	return r == 0 && !json->has_data ? -EBADMSG : r;
}
