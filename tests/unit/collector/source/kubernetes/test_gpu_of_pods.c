/* GPUs of pods: what they use by their processes, and slices that are a class of their own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/unit/collector/fake_gpus.h"
#include "tests/unit/collector/source/kubernetes/fake_pods.h"

#define FIRST_MSEC	 2000u
#define DEVICES(entries) "{\"Data\":{\"PodDeviceEntries\":[" entries "]}}"
#define DEVICE(uid, resource, ids)                                                                 \
	"{\"PodUID\":\"" uid "\",\"ResourceName\":\"nvidia.com/" resource "\",\"DeviceIDs\":" ids  \
	"}"

static void give_devices(struct fake_kubelet *kubelet, const char *text)
{
	char directory[128];

	snprintf(directory, sizeof(directory), "%s/device-plugins", kubelet->directory);
	(void)mkdir(directory, 0700); /* or it is there */
	fake_put(directory, "kubelet_internal_checkpoint", text);
}

static void start_pod(struct fake_node *node, const char *path, int32_t pid, const char *seen_at)
{
	fake_make_cgroup(node, path, pid);
	fake_start(&node->machine, pid, 0, 1000, "");
	fake_write_cgroup(&node->machine, pid, seen_at);
}

static void open_meter(struct fake_node *node)
{
	static char library[] = FAKE_GPUS_LIBRARY;

	meter_free(node->meter);
	node->config.gpu_library = library;
	node->config.gpu_timeout = MINUTE;
	fake_open_meter(node);
}

/* Ada's and bob's pods, known to kubelet. */
static void start_pods(struct fake_kubelet *kubelet, const char *adas, const char *bobs)
{
	const struct layout *layout = &layouts[0];
	struct fake_node *node = kubelet->node;

	set_up_places(node, layout);
	kubelet_add_user(kubelet, UID_ADA, "ada");
	kubelet_add_user(kubelet, UID_BOB, "bob");
	kubelet_publish(kubelet);
	fake_pass(node, SECOND);
	start_pod(node, layout->ada, 70, adas);
	start_pod(node, layout->bob, 80, bobs);
	fake_pass(node, 0);
	kubelet_answers(kubelet);
}

/* One is found by its cgroup, and one whose path leads out of our namespace by its name. */
static void test_used_by_pods(void **state)
{
	const struct layout *layout = &layouts[0];
	char adas[512], bobs[512];
	struct fake_kubelet kubelet;
	struct fake_gpus gpus;

	(void)state;
	fake_gpus_init(&gpus);
	fake_kubelet_init(&kubelet, layout->tree, only_pods);
	open_meter(kubelet.node);
	snprintf(adas, sizeof(adas), "/%s", layout->ada);
	snprintf(bobs, sizeof(bobs), "/../../%s/%s", strrchr(layout->bob, '/') + 1,
		layout->container);
	fake_gpus_say(&gpus, "gpu GPU-0 0 0 0 0");
	fake_gpus_publish(&gpus);
	start_pods(&kubelet, adas, bobs);
	for (unsigned int i = 0; i < 6; i++) {
		unsigned long long at =
			(unsigned long long)fake_realtime(&kubelet.node->machine) + 10 * SECOND;

		fake_gpus_say(&gpus, "gpu GPU-0 0 0 0 0");
		fake_gpus_say(&gpus, "sample 0 70 %llu 20", at);
		fake_gpus_say(&gpus, "sample 0 80 %llu 30", at);
		fake_gpus_say(&gpus, "sample 0 90 %llu 10", at);
		fake_gpus_publish(&gpus);
		fake_pass(kubelet.node, 10 * SECOND);
	}
	fake_take_window(kubelet.node);
	/* the first span begins two seconds before the last pass without samples */
	assert_int_equal(
		fake_user(kubelet.node, "ada")->gpu_msec, 6 * 2000 + FIRST_MSEC * 20 / 100);
	assert_int_equal(
		fake_user(kubelet.node, "bob")->gpu_msec, 6 * 3000 + FIRST_MSEC * 30 / 100);
	assert_int_equal(kubelet.node->told.system_gpu_msec, 6 * 1000 + FIRST_MSEC * 10 / 100);
	fake_node_free(kubelet.node);
	fake_gpus_release(&gpus);
}

/* With a class of their own slices are a row of their own, and the pod's last one is the other. */
static void test_slices_are_a_class(void **state)
{
	const struct layout *layout = &layouts[0];
	char adas[512], bobs[512];

	(void)state;
	for (unsigned int has_classes = 0; has_classes < 2; has_classes++) {
		struct fake_kubelet kubelet;
		struct told_row *ada, *bob;

		fake_kubelet_init(&kubelet, layout->tree, only_pods);
		meter_free(kubelet.node->meter);
		kubelet.node->config.gpu_slice_class = has_classes;
		fake_open_meter(kubelet.node);
		snprintf(adas, sizeof(adas), "/%s", layout->ada);
		snprintf(bobs, sizeof(bobs), "/%s", layout->bob);
		start_pods(&kubelet, adas, bobs);
		give_devices(&kubelet,
			DEVICES(DEVICE(UID_ADA, "mig-1g.5gb", "[\"MIG-1\",\"MIG-2\"]") "," DEVICE(
				UID_BOB, "gpu", "[\"GPU-1\"]")));
		for (unsigned int i = 0; i < 4; i++) {
			if (i == 2)
				fake_restart(kubelet.node);
			fake_use_cpu(kubelet.node, layout->ada, 7000);
			fake_pass(kubelet.node, 10 * SECOND);
			fake_take_window(kubelet.node);
		}
		fake_remove_cgroup(kubelet.node, layout->ada);
		fake_pass(kubelet.node, 1 * SECOND);
		fake_take_window(kubelet.node);
		ada = fake_user(kubelet.node, "ada");
		bob = fake_user(kubelet.node, "bob");
		assert_string_equal(ada->gpu_class, has_classes ? "mig-1g.5gb" : "");
		assert_int_equal(
			ada->classed_gpu_reserved_msec, has_classes ? ada->gpu_reserved_msec : 0);
		assert_in_range(ada->gpu_reserved_msec, 80000, 82000);
		assert_int_equal(ada->cpu_usec, 28000);
		assert_true(ada->flags & HM_FLAG_FINAL);
		assert_string_equal(bob->gpu_class, "");
		assert_in_range(bob->gpu_reserved_msec, 40000, 41000);
		fake_node_free(kubelet.node);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_used_by_pods),
		cmocka_unit_test(test_slices_are_a_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
