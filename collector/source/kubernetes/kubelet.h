/*
 * Asking kubelet which pods are on this node, through a program that speaks HTTPS (hubmeter-fetch):
 * the collector links no TLS and waits for nobody.
 *
 * Invariants
 *  - When kubelet is asked: ask.h. Wanted is a pod that is not in the list.
 *  - The list of before stands until a whole new one was understood.
 *  - That it fails is logged once when it begins, and once when it is over.
 *
 * Life cycle: kubelet_init() -> (kubelet_want()? -> kubelet_start_due() -> kubelet_work() whenever
 * kubelet_fd() is readable)* -> kubelet_release().
 */
#ifndef COLLECTOR_SOURCE_KUBERNETES_KUBELET_H
#define COLLECTOR_SOURCE_KUBERNETES_KUBELET_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/config.h"
#include "collector/source/ask.h"
#include "collector/source/kubernetes/pod_json.h"
#include "collector/source/kubernetes/pod_list.h"

#define KUBELET_DEBOUNCE_USEC 250000
#define KUBELET_SPACING_USEC  2000000
#define KUBELET_BACKOFF_USEC  60000000
#define KUBELET_RESYNC_USEC   600000000

struct kubelet {
	const struct config *config;
	struct ask ask;
	struct pod_list list; /* as of the last answer */

	/* the answer under way */
	struct pod_json *json;
	struct pod_list next;
	int parse_error;
};

/* Borrows @config. */
int kubelet_init(struct kubelet *kubelet, const struct config *config);
void kubelet_release(struct kubelet *kubelet);

static inline int kubelet_fd(const struct kubelet *kubelet)
{
	return ask_fd(&kubelet->ask);
}

/* Somebody wants a pod that is not in the list; @is_new: for the first time. */
void kubelet_want(struct kubelet *kubelet, bool is_new, int64_t now_usec);

/* Send the request that is due, if one is. */
void kubelet_start_due(struct kubelet *kubelet, int64_t now_usec);

/* True: there is a new list. */
bool kubelet_work(struct kubelet *kubelet);

#endif
