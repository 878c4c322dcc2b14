/* Whole nodes of Kubernetes, in each layout of cgroups that kubelet makes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/source/process/process_source.h"
#include "tests/unit/collector/source/kubernetes/fake_pods.h"

static void live_and_end(struct fake_kubelet *kubelet, const struct layout *layout)
{
	struct fake_node *node = kubelet->node;
	const struct told_row *ada;

	add_three(kubelet);
	set_up_places(node, layout);
	make_pod(node, layout, layout->ada, 50);
	make_pod(node, layout, layout->hub, 60);
	fake_pass(node, 0);
	fake_use_cpu(node, layout->ada, 400000);
	kubelet_answers(kubelet);
	fake_use_cpu(node, layout->ada, 600000);
	fake_use_cpu(node, layout->hub, 200000);
	fake_set_memory(node, layout->ada, 300 << 20, 100 << 20);
	fake_pass(node, 10 * SECOND);
	make_pod(node, layout, layout->bob, 70);
	fake_use_cpu(node, layout->bob, 500000);
	remove_pod(node, layout->bob); /* never seen alive */
	fake_pass(node, 10 * SECOND);
	fake_use_cpu(node, layout->ada, 30000);
	remove_pod(node, layout->ada);
	fake_use_cpu(node, layout->hub, 100000);
	fake_pass(node, 1 * SECOND);
	fake_take_window(node);
	ada = row_of(kubelet, "Ada L");
	assert_string_equal(ada->id, UID_ADA);
	assert_int_equal(ada->cpu_usec, 1030000);
	assert_int_equal(ada->flags, HM_FLAG_FINAL | HM_FLAG_RESIDUAL);
	assert_string_equal(ada->server, "big");
	assert_string_equal(ada->tag, "course");
	assert_int_equal(ada->cpu_reserved_usec, 22 * SECOND / 2); /* from the answer on */
	assert_int_equal(ada->memory_reserved_mib_sec, 22 * 1024);
	assert_int_equal(ada->memory_mib_sec, 200 * 15);
	assert_int_equal(row_of(kubelet, "bob")->cpu_usec, 500000);
	assert_string_equal(row_of(kubelet, "bob")->id, UID_BOB);
	assert_int_equal(node->told.system_usec, 300000);
	assert_int_equal(node->told.n_rows, 2);
}

static void test_layouts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(layouts) / sizeof(*layouts); i++) {
		struct fake_kubelet kubelet;

		print_message("%s\n", layouts[i].name);
		fake_kubelet_init(&kubelet, layouts[i].tree, only_pods);
		live_and_end(&kubelet, &layouts[i]);
		fake_node_free(kubelet.node);
	}
}

/* Hybrid: kubelet knows the trees of version 1 alone, in which the counters are. */
static void test_hybrid(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node;
	char directory[300];

	(void)state;
	fake_kubelet_init(&kubelet, FAKE_LEGACY, only_pods);
	node = kubelet.node;
	snprintf(directory, sizeof(directory), "%s/unified", node->root);
	assert_int_equal(mkdir(directory, 0700), 0);
	fake_put(directory, "cgroup.controllers", "\n");
	live_and_end(&kubelet, &layouts[5]);
	fake_node_free(node);
}

/* Containers come and go in a pod, and their counters with them: the pod's goes on. */
static void test_a_container_is_started_again(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node;
	char container[300];

	(void)state;
	start_one(&kubelet, "cat \"$PODS\"");
	node = kubelet.node;
	add_three(&kubelet);
	kubelet_answers(&kubelet);
	snprintf(container, sizeof(container), "%s/%s", layouts[0].ada, layouts[0].container);
	for (int i = 0; i < 3; i++) {
		fake_use_cpu(node, container, 100000);
		fake_remove_cgroup(node, container);
		fake_make_cgroup(node, container, 51);
		fake_pass(node, 10 * SECOND);
	}
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 1);
	assert_int_equal(row_of(&kubelet, "Ada L")->cpu_usec, 300000);
	assert_false(row_of(&kubelet, "Ada L")->flags & (HM_FLAG_FINAL | HM_FLAG_RESET));
	fake_node_free(node);
}

/*
 * Who says in a pod that he is somebody says it in vain. @cgroup: where the process is, as this
 * program sees it.
 */
static uint64_t told_of_victim(const char *cgroup)
{
	static const struct source_ops *const both[] = {
		&process_source_ops, &kubernetes_source_ops, NULL};
	struct fake_kubelet kubelet;
	struct fake_process *server;
	struct fake_node *node;
	uint64_t usec;

	fake_kubelet_init(&kubelet, FAKE_UNIFIED, both);
	node = kubelet.node;
	add_three(&kubelet);
	set_up_places(node, &layouts[0]);
	make_pod(node, &layouts[0], layouts[0].hub, 60);
	fake_start(&node->machine, 1, 0, 0, "");
	server = fake_start(&node->machine, 60, 1, 1000, "JUPYTERHUB_USER=victim");
	fake_write_passwd(&node->machine, "victim:x:1000:1000::/home/victim:/bin/sh\n");
	fake_write_cgroup(&node->machine, 60, cgroup);
	fake_pass(node, 0);
	kubelet_answers(&kubelet);
	for (int i = 0; i < 3; i++) {
		fake_burn(&node->machine, server, 10);
		fake_pass(node, 10 * SECOND);
	}
	fake_take_window(node);
	usec = fake_user(node, "victim") ? fake_user(node, "victim")->cpu_usec : 0;
	assert_int_equal(usec + node->told.system_usec, 300000);
	fake_node_free(node);
	return usec;
}

static void test_claims_in_pods(void **state)
{
	char path[400];

	(void)state;
	snprintf(path, sizeof(path), "/%s/%s", layouts[0].hub, layouts[0].container);
	assert_int_equal(told_of_victim(path), 0);
	/* from a cgroup namespace of one's own */
	snprintf(path, sizeof(path), "/../../kubepods-burstable-pod" U_BOB ".slice/%s",
		layouts[0].container);
	assert_int_equal(told_of_victim(path), 0);
	assert_int_equal(told_of_victim("/../../pod" UID_BOB "/" HEX), 0);
	assert_int_equal(told_of_victim("/../../../besteffort/pod" UID_BOB "/" HEX), 0);
	/* no pods */
	assert_int_equal(told_of_victim("/../../podman-12.scope"), 300000);
	assert_int_equal(told_of_victim("/system.slice/x.service"), 300000);
}

/* A pod of kubelet's own file: known to the API by another UID, and nobody's. */
static void test_static_pod(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node;
	static const char path[] = "kubepods.slice/kubepods-burstable.slice/"
				   "kubepods-burstable-pod0123456789abcdef0123456789abcdef.slice";

	(void)state;
	fake_kubelet_init(&kubelet, FAKE_UNIFIED, only_pods);
	node = kubelet.node;
	set_up_places(node, &layouts[0]);
	kubelet_add_pod(&kubelet, UID_HUB,
		"\"annotations\":{\"kubernetes.io/config.hash\":"
		"\"0123456789abcdef0123456789abcdef\"}",
		"");
	kubelet_publish(&kubelet);
	fake_make_cgroup(node, path, 50);
	fake_pass(node, 0);
	fake_use_cpu(node, path, 100000);
	kubelet_answers(&kubelet);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 0);
	assert_int_equal(node->told.system_usec, 100000);
	fake_node_free(node);
}

static void write_devices(const struct fake_kubelet *kubelet, const char *entries)
{
	char path[200], text[1000];

	snprintf(path, sizeof(path), "%s/device-plugins", kubelet->directory);
	(void)mkdir(path, 0700); /* written again */
	snprintf(text, sizeof(text), "{\"Data\":{\"PodDeviceEntries\":[%s]},\"Checksum\":1}",
		entries);
	fake_put(path, "new", text);
	snprintf(text, sizeof(text), "%s/kubelet_internal_checkpoint", path);
	strcat(path, "/new");
	assert_int_equal(rename(path, text), 0);
}

static int unlink_devices(const struct fake_kubelet *kubelet)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/device-plugins/kubelet_internal_checkpoint",
		kubelet->directory);
	return unlink(path);
}

#define DEVICES(uid, ids) "{\"PodUID\":\"" uid "\",\"ResourceName\":\"nvidia.com/gpu\"," ids "}"

/* From when on kubelet gave them, and up to the end; shared ones say so. */
static void test_gpus(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node;

	(void)state;
	start_one(&kubelet, "cat \"$PODS\"");
	node = kubelet.node;
	add_three(&kubelet);
	make_pod(node, &layouts[0], layouts[0].bob, 70);
	kubelet_answers(&kubelet);
	write_devices(&kubelet,
		DEVICES(UID_ADA, "\"DeviceIDs\":{\"0\":[\"GPU-a\",\"GPU-b\"]}") "," DEVICES(
			UID_BOB, "\"DeviceIDs\":[\"GPU-c::1\",\"GPU-c::2\"]"));
	fake_pass(node, 10 * SECOND);
	fake_put(kubelet.directory, "device-plugins/kubelet_internal_checkpoint", "{\"Da");
	fake_pass(node, 10 * SECOND); /* not understood: as before */
	write_devices(&kubelet, DEVICES(UID_BOB, "\"DeviceIDs\":[\"GPU-c::1\",\"GPU-c::2\"]"));
	remove_pod(node, layouts[0].ada);
	fake_pass(node, 4 * SECOND);
	fake_take_window(node);
	assert_int_equal(row_of(&kubelet, "Ada L")->gpu_reserved_msec, 48000);
	assert_false(row_of(&kubelet, "Ada L")->flags & HM_FLAG_ESTIMATED);
	assert_int_equal(row_of(&kubelet, "bob")->gpu_reserved_msec, 24000);
	assert_true(row_of(&kubelet, "bob")->flags & HM_FLAG_ESTIMATED);
	assert_int_equal(unlink_devices(&kubelet), 0);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(row_of(&kubelet, "bob")->gpu_reserved_msec, 24000);
	fake_node_free(node);
}

/* Kubelet is asked every ten minutes: what a pod reserves may change, and its tag, but not its
 * user. */
static void test_what_is_known_may_change(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node;

	(void)state;
	start_one(&kubelet, "cat \"$PODS\"");
	node = kubelet.node;
	add_three(&kubelet);
	kubelet_answers(&kubelet);
	kubelet.pods[0] = '\0';
	kubelet_add_pod(&kubelet, UID_ADA,
		"\"annotations\":{\"hub.jupyter.org/username\":\"eve\",\"hubmeter/tag\":\"lab\"}",
		"\"containers\":[{\"resources\":{\"requests\":{\"cpu\":\"1\"}}}]");
	kubelet_publish(&kubelet);
	fake_pass(node, 598 * SECOND);
	assert_false(asked_is_running());
	kubelet_answers(&kubelet);
	fake_take_window(node);
	assert_int_equal(
		row_of(&kubelet, "Ada L")->cpu_reserved_usec, (600 * SECOND) / 2 + 1 * SECOND);
	assert_string_equal(row_of(&kubelet, "Ada L")->tag, "lab");
	kubelet.pods[0] = '\0'; /* it ends: kubelet has forgotten it, its cgroup is still there */
	kubelet_publish(&kubelet);
	fake_pass(node, 599 * SECOND);
	kubelet_answers(&kubelet);
	fake_use_cpu(node, layouts[0].ada, 100000);
	fake_pass(node, 10 * SECOND);
	assert_false(asked_is_running());
	fake_take_window(node);
	assert_int_equal(row_of(&kubelet, "Ada L")->cpu_usec, 100000);
	fake_node_free(node);
}

/* What it reserves is never more than the node has. */
static void test_requests_have_a_limit(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node;

	(void)state;
	start_one(&kubelet, "cat \"$PODS\"");
	node = kubelet.node;
	kubelet_add_pod(&kubelet, UID_ADA, "\"annotations\":{\"hub.jupyter.org/username\":\"ada\"}",
		"\"containers\":[{\"resources\":{\"requests\":{\"cpu\":\"1E\",\"memory\":\"9Ei\"}}}]");
	kubelet_publish(&kubelet);
	kubelet_answers(&kubelet);
	fake_pass(node, 9 * SECOND);
	fake_take_window(node);
	assert_int_equal(row_of(&kubelet, "ada")->cpu_reserved_usec, 2 * 10 * SECOND);
	assert_int_equal(row_of(&kubelet, "ada")->memory_reserved_mib_sec, 8192 * 10);
	fake_node_free(node);
}

static void test_switched_off(void **state)
{
	struct fake_kubelet kubelet;
	struct source_context context = {0};
	static char empty[] = "", nowhere[] = "/nonexistent";
	void *source;

	(void)state;
	fake_kubelet_init(&kubelet, FAKE_UNIFIED, only_pods);
	context.config = &kubelet.node->config;
	kubelet.node->config.cgroup = nowhere;
	assert_int_equal(kubernetes_source_ops.init(&context, &source), -ENOENT);
	kubelet.node->config.cgroup = kubelet.node->root;
	kubelet.node->config.kubelet_url = empty;
	assert_int_equal(kubernetes_source_ops.init(&context, &source), -ENOENT);
	fake_node_free(kubelet.node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layouts),
		cmocka_unit_test(test_hybrid),
		cmocka_unit_test(test_a_container_is_started_again),
		cmocka_unit_test(test_claims_in_pods),
		cmocka_unit_test(test_static_pod),
		cmocka_unit_test(test_gpus),
		cmocka_unit_test(test_what_is_known_may_change),
		cmocka_unit_test(test_requests_have_a_limit),
		cmocka_unit_test(test_switched_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
