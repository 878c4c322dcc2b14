/*
 * Asking kubelet which pods are on this node, through a program that speaks HTTPS (hubmeter-fetch):
 * the collector links no TLS and waits for nobody.
 *
 * Invariants
 *  - Kubelet is asked when somebody wants to know of a pod that is not in the list, a quarter of a
 *    second later, so that pods that come together are one request; at most every two seconds, and
 *    after failures or in vain ever less often, down to once in a minute. And once in ten minutes.
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
#include "collector/source/kubernetes/pod_json.h"
#include "collector/source/kubernetes/pod_list.h"
#include "collector/source/run.h"

#define KUBELET_DEBOUNCE_USEC 250000
#define KUBELET_SPACING_USEC  2000000
#define KUBELET_BACKOFF_USEC  60000000
#define KUBELET_RESYNC_USEC   600000000

struct kubelet {
	const struct config *config;
	struct run run;
	int timer_fd;	      /* readable when a request may be due */
	struct pod_list list; /* as of the last answer */

	/* the answer under way */
	struct pod_json *json;
	struct pod_list next;
	int parse_error;

	bool is_wanted, is_wanted_new; /* new: a pod that nobody asked for before */
	bool is_asking_new;	       /* the request under way */
	bool is_failing;
	int64_t due_usec;     /* boottime of the request that is wanted */
	int64_t asked_usec;   /* boottime of the last request; negative: never */
	int64_t spacing_usec; /* of requests */
};

/* Borrows @config. */
int kubelet_init(struct kubelet *kubelet, const struct config *config);
void kubelet_release(struct kubelet *kubelet);

static inline int kubelet_fd(const struct kubelet *kubelet)
{
	return run_fd(&kubelet->run);
}

/* Somebody wants a pod that is not in the list; @is_new: for the first time. */
void kubelet_want(struct kubelet *kubelet, bool is_new, int64_t now_usec);

/* Send the request that is due, if one is. */
void kubelet_start_due(struct kubelet *kubelet, int64_t now_usec);

/* True: there is a new list. */
bool kubelet_work(struct kubelet *kubelet);

#endif
