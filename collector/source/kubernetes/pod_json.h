/*
 * Kubelet's answer to /pods, a v1.PodList, read as it comes. Pure.
 *
 * Of each pod are kept:
 *	user		annotation hub.jupyter.org/username, as the hub calls him: labels and names
 *			are slugs of it that several users may share. Only where it is missing the
 *			label or annotation that owner_label names (pods of Dask, sidecars).
 *	server		annotation hub.jupyter.org/servername
 *	tag		annotation or label hubmeter/tag, else the one that tag_label names
 *	reserved	requests of CPU and memory, as the scheduler counts them: those of the pod
 *			itself, else of all containers and sidecars, or of an init container that
 *			wants more, and the overhead of its runtime class
 *
 * Invariants
 *  - Nothing else of the document is kept, and no more than a piece of it is in memory
 *    (json_walk.h).
 *  - A pod without a UID is left out; a quantity that is none counts as 0.
 *
 * Life cycle: pod_json_new() -> pod_json_add()* -> pod_json_finish() -> pod_json_free().
 */
#ifndef COLLECTOR_SOURCE_KUBERNETES_POD_JSON_H
#define COLLECTOR_SOURCE_KUBERNETES_POD_JSON_H

#include <stddef.h>

#include "collector/source/kubernetes/pod_list.h"

#define POD_JSON_MAX ((size_t)64 << 20)

struct pod_json;

/* Borrows all; labels "": none. Pods are added to @list. NULL: no memory. */
struct pod_json *pod_json_new(
	struct pod_list *list, const char *owner_label, const char *tag_label);
void pod_json_free(struct pod_json *json);

/* As json_walk_add(), and -ENOMEM. */
int pod_json_add(struct pod_json *json, const void *data, size_t size);

/* -EBADMSG: no PodList, or one that was cut. */
int pod_json_finish(struct pod_json *json);

#endif
