/* A table of what kubelets call their cgroups, and of what is called alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/source/kubernetes/pod_cgroup.h"

#define DASHES "0b2d4f6a-1111-4222-8333-0123456789ab"
#define SLICED "0b2d4f6a_1111_4222_8333_0123456789ab"
#define HASH   "0123456789abcdef0123456789abcdef"

struct example {
	const char *path, *name;
	enum group_role role;
	const char *uid;
};

static const struct example examples[] = {
	{"", "kubepods.slice", GROUP_ROLE_PLACE, NULL},
	{"", "kubepods", GROUP_ROLE_PLACE, NULL},
	{"kubepods.slice", "kubepods-burstable.slice", GROUP_ROLE_PLACE, NULL},
	{"kubepods.slice", "kubepods-besteffort.slice", GROUP_ROLE_PLACE, NULL},
	{"kubepods", "burstable", GROUP_ROLE_PLACE, NULL},
	{"kubepods", "besteffort", GROUP_ROLE_PLACE, NULL},
	{"kubepods.slice", "kubepods-pod" SLICED ".slice", GROUP_ROLE_WORKLOAD, DASHES},
	{"kubepods.slice/kubepods-burstable.slice", "kubepods-burstable-pod" SLICED ".slice",
		GROUP_ROLE_WORKLOAD, DASHES},
	{"kubepods.slice/kubepods-besteffort.slice", "kubepods-besteffort-pod" SLICED ".slice",
		GROUP_ROLE_WORKLOAD, DASHES},
	{"kubepods", "pod" DASHES, GROUP_ROLE_WORKLOAD, DASHES},
	{"kubepods/besteffort", "pod" HASH, GROUP_ROLE_WORKLOAD, HASH},
	{"kubepods.slice/kubepods-burstable.slice", "kubepods-burstable-pod" HASH ".slice",
		GROUP_ROLE_WORKLOAD, HASH},
	/* --cgroup-root */
	{"", "kubelet.slice", GROUP_ROLE_PLACE, NULL},
	{"", "docker", GROUP_ROLE_PLACE, NULL},
	{"docker", "k3s", GROUP_ROLE_PLACE, NULL},
	{"docker/k3s", "kubepods", GROUP_ROLE_PLACE, NULL},
	{"kubelet.slice", "kubelet-kubepods.slice", GROUP_ROLE_PLACE, NULL},
	{"kubelet.slice/kubelet-kubepods.slice", "kubelet-kubepods-burstable.slice",
		GROUP_ROLE_PLACE, NULL},
	{"kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice",
		"kubelet-kubepods-burstable-pod" SLICED ".slice", GROUP_ROLE_WORKLOAD, DASHES},
	{"a.slice/a-kubepods.slice", "a-kubepods-pod" SLICED ".slice", GROUP_ROLE_WORKLOAD, DASHES},
	/* others */
	{"docker/k3s", "deeper", GROUP_ROLE_OTHER, NULL},
	{"", "init.scope", GROUP_ROLE_OTHER, NULL},
	{"system.slice", "kubelet.service", GROUP_ROLE_OTHER, NULL},
	{"system.slice", "run-x.mount", GROUP_ROLE_OTHER, NULL},
	{"", "pod" DASHES, GROUP_ROLE_PLACE, DASHES}, /* perhaps a prefix, but no pod */
	{"kubepods.slice", "mykubepods-burstable.slice", GROUP_ROLE_OTHER, NULL},
	{"kubepods.slice/kubepods-burstable.slice", "x.slice", GROUP_ROLE_OTHER, NULL},
	{"kubepods", "pod", GROUP_ROLE_OTHER, NULL},
	{"kubepods", "podx/y", GROUP_ROLE_OTHER, NULL},
	{"kubepods", "pod..", GROUP_ROLE_OTHER, NULL},
	{"kubepods", "pod" DASHES ".slice", GROUP_ROLE_OTHER, NULL},
	{"kubepods", "pod" HASH HASH "0", GROUP_ROLE_OTHER, NULL},
	{"kubepods.slice", "kubepods-pod.slice", GROUP_ROLE_OTHER, NULL},
	{"kubepods.slice", "xkubepods-pod" SLICED ".slice", GROUP_ROLE_OTHER, NULL},
	{"kubepods.slice", "kubepods-pod" SLICED ".scope", GROUP_ROLE_OTHER, NULL},
	/* what is below a pod is the pod's */
	{"kubepods/burstable/pod" DASHES, HASH HASH, GROUP_ROLE_OTHER, NULL},
	{"kubepods/pod" DASHES, "cri-containerd-" HASH HASH ".scope", GROUP_ROLE_OTHER, NULL},
};

static void test_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++) {
		const struct example *example = &examples[i];
		char uid[POD_UID_MAX + 1];

		print_message("%s / %s\n", example->path, example->name);
		assert_int_equal(pod_cgroup_role(example->path, example->name), example->role);
		assert_int_equal(pod_cgroup_uid(example->name, uid), example->uid != NULL);
		if (example->uid)
			assert_string_equal(uid, example->uid);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
