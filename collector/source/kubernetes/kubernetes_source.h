/*
 * The source `kubernetes`: pods, by the counters of their cgroups, on the engine of group.h.
 *
 * A pod is metered with all its containers, so that one that is started again changes nothing, and
 * known by its UID. Whose it is says kubelet (kubelet.h); the pods of a node are all read, so that
 * what those do that vanished can be found in the counters above them.
 *
 * Whose usage is whose
 *  - A pod that a hub made for somebody has his name in its annotations: a workload with a user.
 *  - Any other pod (the hub, the proxy, kubelet's own) serves everybody: it is the system's, and
 *    stays claimed, so that nothing within can say that it is somebody's.
 *  - Until kubelet has answered, usage is withheld: booked, but in no batch, neither as a row nor
 *    as the system's. The answer makes all of it the one or the other. If there is none for ten
 *    minutes (an unreachable kubelet, a pod that kubelet has forgotten), rows without a user leave,
 *    which a later row may bind: metering does not depend on kubelet. If such a pod turns out to be
 *    nobody's then, those rows stay without a user.
 */
#ifndef COLLECTOR_SOURCE_KUBERNETES_KUBERNETES_SOURCE_H
#define COLLECTOR_SOURCE_KUBERNETES_KUBERNETES_SOURCE_H

#include "collector/source/source.h"

extern const struct source_ops kubernetes_source_ops;

#endif
