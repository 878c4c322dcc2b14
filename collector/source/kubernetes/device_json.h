/*
 * The checkpoint in which kubelet's device manager keeps which devices it gave to which pod
 * (kubelet_internal_checkpoint), an internal format: read leniently, never relied on. Pure.
 *
 *	{"Data": {"PodDeviceEntries": [{"PodUID": "...", "ResourceName": "nvidia.com/gpu",
 *		"DeviceIDs": {"0": ["GPU-..."]}}, ...]}}		or "DeviceIDs": ["GPU-..."]
 *
 * Invariants
 *  - GPUs are what is called nvidia.com/gpu... and nvidia.com/mig-...; a slice counts as one. What
 *    one is, its class says: the node's, or the slice's own.
 *  - One that is shared by time ("...::3", ".../vgpu3") counts as a whole once for each pod that
 *    has a part of it, and is marked so: how much of it a pod gets is nobody's promise.
 *
 * Life cycle: device_json_new() -> device_json_add()* -> device_json_finish() ->
 *device_json_free().
 */
#ifndef COLLECTOR_SOURCE_KUBERNETES_DEVICE_JSON_H
#define COLLECTOR_SOURCE_KUBERNETES_DEVICE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/source/kubernetes/pod_cgroup.h"

#define DEVICE_LIST_MAX	   4096u
#define DEVICE_SLICE_MAX   31u
#define DEVICE_SLICE_MIXED "mig-mixed"
#define DEVICE_JSON_MAX	   ((size_t)16 << 20)

/* A GPU of a pod. */
struct device {
	char uid[POD_UID_MAX + 1];
	uint64_t id; /* a hash of its name */
	bool is_shared;
	char slice[DEVICE_SLICE_MAX + 1]; /* "mig-1g.5gb"; "": a whole one */
};

struct device_list {
	struct device *device;
	size_t n, max;
};

/* How many GPUs the pod @uid has, and whether it shares one. */
uint32_t device_list_count(const struct device_list *list, const char *uid, bool *ret_is_shared);
/*
 * What kind of slices the pod @uid has, by kubelet's name; DEVICE_SLICE_MIXED: of several kinds, or
 * whole ones beside them; NULL: it has none. Borrowed from the list.
 */
const char *device_list_slice(const struct device_list *list, const char *uid);
void device_list_release(struct device_list *list);

struct device_json;

/* Devices are added to @list, which it borrows. NULL: no memory. */
struct device_json *device_json_new(struct device_list *list);
void device_json_free(struct device_json *json);

/* As json_walk_add(), and -ENOMEM. */
int device_json_add(struct device_json *json, const void *data, size_t size);
int device_json_finish(struct device_json *json);

#endif
