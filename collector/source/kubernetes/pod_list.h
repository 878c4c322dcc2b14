/*
 * What kubelet says of the pods of this node: whose each is and what it reserves. Pure.
 *
 * Invariants
 *  - At most POD_LIST_MAX pods, each with texts that are fit to travel (name_copy()).
 *  - A pod is known by its UID; one that kubelet has from a file also by the hash of that file,
 *    after which its cgroup is called while the API knows it by another UID.
 *
 * Life cycle: zeroed -> pod_list_add()* -> pod_list_find()* -> pod_list_release().
 */
#ifndef COLLECTOR_SOURCE_KUBERNETES_POD_LIST_H
#define COLLECTOR_SOURCE_KUBERNETES_POD_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/source/kubernetes/pod_cgroup.h"

#define POD_LIST_MAX 4096u

/* Owns its texts; NULL or "": none. Without a user it is nobody's. */
struct pod {
	char uid[POD_UID_MAX + 1];
	char hash[POD_UID_MAX + 1]; /* "": none */
	char *user, *server, *tag;
	uint64_t microcores, bytes; /* reserved */
};

struct pod_list {
	struct pod *pod;
	size_t n, max;
};

void pod_release(struct pod *pod);

/* Takes what @pod owns, also on failure. -E2BIG: that many; -ENOMEM. */
int pod_list_add(struct pod_list *list, struct pod *pod);

/* NULL: no such pod. */
const struct pod *pod_list_find(const struct pod_list *list, const char *uid);

void pod_list_release(struct pod_list *list);

#endif
