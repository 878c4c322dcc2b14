/*
 * Names of cgroups of pods, as kubelet makes them. Pure.
 *
 *	[prefix/]kubepods/[burstable|besteffort/]pod<UID>		driver cgroupfs
 *	[p.slice/][p-]kubepods.slice/[[p-]kubepods-burstable.slice/]
 *		[p-]kubepods-burstable-pod<UID, with _ for ->.slice	driver systemd
 *
 * where the prefix is kubelet's --cgroup-root (k3s, kind), two directories deep at most. Containers
 * are below a pod, under names that are their runtime's business. The UID of a pod that kubelet has
 * from a file is 32 hexadecimal digits.
 */
#ifndef COLLECTOR_SOURCE_KUBERNETES_POD_CGROUP_H
#define COLLECTOR_SOURCE_KUBERNETES_POD_CGROUP_H

#include <stdbool.h>
#include <stddef.h>

#include "collector/source/group/group.h"

#define POD_UID_MAX 64u

/* What the directory @name in the place @path is. */
enum group_role pod_cgroup_role(const char *path, const char *name);

/* Whether @name is a pod's; its UID with dashes. */
bool pod_cgroup_uid(const char *name, char uid[POD_UID_MAX + 1]);

#endif
