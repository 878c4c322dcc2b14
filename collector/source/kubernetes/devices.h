/*
 * Which GPUs kubelet gave to which pod, from its checkpoint below kubelet_root, read again when it
 * has changed.
 *
 * Invariants
 *  - A node without such a file has no GPUs; a file that is not understood changes nothing, which
 * is logged once when it begins and once when it is over.
 *
 * Life cycle: devices_init() -> (devices_refresh() -> devices_count()*)* -> devices_release().
 */
#ifndef COLLECTOR_SOURCE_KUBERNETES_DEVICES_H
#define COLLECTOR_SOURCE_KUBERNETES_DEVICES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "collector/source/kubernetes/device_json.h"

struct devices {
	const char *kubelet_root; /* "": nobody looks */
	struct stat file;	  /* as it was read last */
	struct device_list list;
	bool is_failing;
};

/* Borrows @kubelet_root. */
void devices_init(struct devices *devices, const char *kubelet_root);
void devices_release(struct devices *devices);

void devices_refresh(struct devices *devices);

/* GPUs of the pod @uid, and whether it shares one. */
static inline uint32_t devices_count(
	const struct devices *devices, const char *uid, bool *ret_is_shared)
{
	return device_list_count(&devices->list, uid, ret_is_shared);
}

/* What kind of slices it has: device_list_slice(). */
static inline const char *devices_slice(const struct devices *devices, const char *uid)
{
	return device_list_slice(&devices->list, uid);
}

#endif
