/*
 * Nodes with pods in each layout of cgroups that kubelet makes.
 */
#ifndef TESTS_UNIT_COLLECTOR_SOURCE_KUBERNETES_FAKE_PODS_H
#define TESTS_UNIT_COLLECTOR_SOURCE_KUBERNETES_FAKE_PODS_H

#include "tests/unit/collector/source/kubernetes/fake_kubelet.h"

#define U_ADA "11111111_1111_4111_8111_111111111111"
#define U_BOB "22222222_2222_4222_8222_222222222222"
#define U_HUB "33333333_3333_4333_8333_333333333333"
#define HEX   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

#define REQUESTS                                                                                   \
	"\"containers\":[{\"resources\":{\"requests\":{\"cpu\":\"300m\",\"memory\":\"1Gi\"}}},"    \
	"{\"resources\":{\"requests\":{\"cpu\":\"0.2\"},\"limits\":{\"cpu\":\"9\"}}}]"

/* A node: its places, and its pods: ada's is burstable, bob's guaranteed, the hub's best effort. */
struct layout {
	const char *name;
	enum fake_layout tree;
	const char *place[8];
	const char *ada, *bob, *hub;
	const char *container; /* below a pod, with what is below that in turn */
	const char *inner;
};

#define SYSTEMD(prefix, stem)                                                                      \
	.ada = prefix "kubepods.slice/" stem "kubepods-burstable.slice/" stem                      \
		      "kubepods-burstable-pod" U_ADA ".slice",                                     \
	.bob = prefix "kubepods.slice/" stem "kubepods-pod" U_BOB ".slice",                        \
	.hub = prefix "kubepods.slice/" stem "kubepods-besteffort.slice/" stem                     \
		      "kubepods-besteffort-pod" U_HUB ".slice"
#define CGROUPFS(prefix)                                                                           \
	.ada = prefix "kubepods/burstable/pod" UID_ADA, .bob = prefix "kubepods/pod" UID_BOB,      \
	.hub = prefix "kubepods/besteffort/pod" UID_HUB

static const struct layout layouts[] = {
	{.name = "version 2, systemd, containerd",
		.tree = FAKE_UNIFIED,
		.place = {"kubepods.slice", "kubepods.slice/kubepods-burstable.slice",
			"kubepods.slice/kubepods-besteffort.slice"},
		SYSTEMD("", ""),
		.container = "cri-containerd-" HEX ".scope"},
	{.name = "version 2, systemd, CRI-O and crun",
		.tree = FAKE_UNIFIED,
		.place = {"kubepods.slice", "kubepods.slice/kubepods-burstable.slice",
			"kubepods.slice/kubepods-besteffort.slice"},
		SYSTEMD("", ""),
		.container = "crio-" HEX ".scope",
		.inner = "container"},
	{.name = "version 2, systemd, kind",
		.tree = FAKE_UNIFIED,
		.place = {"kubelet.slice", "kubelet.slice/kubelet-kubepods.slice",
			"kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice",
			"kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice"},
		SYSTEMD("kubelet.slice/kubelet-", "kubelet-"),
		.container = "cri-containerd-" HEX ".scope"},
	{.name = "version 2, cgroupfs",
		.tree = FAKE_UNIFIED,
		.place = {"kubepods", "kubepods/burstable", "kubepods/besteffort"},
		CGROUPFS(""),
		.container = HEX},
	{.name = "version 2, cgroupfs, k3s below a directory",
		.tree = FAKE_UNIFIED,
		.place = {"docker", "docker/k3s", "docker/k3s/kubepods",
			"docker/k3s/kubepods/burstable", "docker/k3s/kubepods/besteffort"},
		CGROUPFS("docker/k3s/"),
		.container = HEX},
	{.name = "version 1, cgroupfs",
		.tree = FAKE_LEGACY,
		.place = {"kubepods", "kubepods/burstable", "kubepods/besteffort"},
		CGROUPFS(""),
		.container = HEX},
	{.name = "version 1, systemd",
		.tree = FAKE_LEGACY,
		.place = {"kubepods.slice", "kubepods.slice/kubepods-burstable.slice",
			"kubepods.slice/kubepods-besteffort.slice"},
		SYSTEMD("", ""),
		.container = "cri-containerd-" HEX ".scope"},
};

static inline void set_up_places(struct fake_node *node, const struct layout *layout)
{
	for (size_t i = 0; layout->place[i]; i++)
		fake_make_cgroup(node, layout->place[i], 0);
}

/* A pod with a container, whose first process is @pid. */
static inline void make_pod(
	struct fake_node *node, const struct layout *layout, const char *path, int32_t pid)
{
	char container[300];

	fake_make_cgroup(node, path, pid);
	snprintf(container, sizeof(container), "%s/%s", path, layout->container);
	fake_make_cgroup(node, container, pid);
	if (!layout->inner)
		return;
	snprintf(container, sizeof(container), "%s/%s/%s", path, layout->container, layout->inner);
	fake_make_cgroup(node, container, pid);
}

/* With all that is below it, as kubelet does it. */
static inline void remove_pod(struct fake_node *node, const char *path)
{
	size_t size = strlen(path);

	for (size_t i = 0; i < FAKE_CGROUPS; i++)
		if (strncmp(node->cgroup[i].path, path, size) == 0 &&
			node->cgroup[i].path[size] == '/')
			node->cgroup[i].path[0] = '\0';
	fake_remove_cgroup(node, path);
}

static inline const struct told_row *row_of(struct fake_kubelet *kubelet, const char *user)
{
	const struct told_row *row = fake_user(kubelet->node, user);

	assert_non_null(row);
	assert_int_equal(row->kind, HM_WORKLOAD_KIND_POD);
	return row;
}

static inline void add_three(struct fake_kubelet *kubelet)
{
	kubelet_add_pod(kubelet, UID_ADA,
		"\"labels\":{\"hub.jupyter.org/username\":\"ada---0a1b2c3d\",\"hubmeter/tag\":"
		"\"course\"},\"annotations\":{\"hub.jupyter.org/username\":\"Ada L\","
		"\"hub.jupyter.org/servername\":\"big\"}",
		REQUESTS);
	kubelet_add_user(kubelet, UID_BOB, "bob");
	kubelet_add_pod(kubelet, UID_HUB, "\"labels\":{\"component\":\"hub\"}", "");
	kubelet_publish(kubelet);
}

static inline void start_one(struct fake_kubelet *kubelet, const char *script)
{
	fake_kubelet_init(kubelet, FAKE_UNIFIED, only_pods);
	kubelet_does(kubelet, script);
	set_up_places(kubelet->node, &layouts[0]);
	make_pod(kubelet->node, &layouts[0], layouts[0].ada, 50);
	fake_pass(kubelet->node, 0);
}

static inline uint64_t told_cpu(const struct fake_node *node)
{
	uint64_t sum = node->told.system_usec;

	for (size_t i = 0; i < node->told.n_rows; i++)
		sum += node->told.row[i].cpu_usec;
	return sum;
}

#endif
