/* Whole nodes of Kubernetes, in each layout of cgroups that kubelet makes, with identity that comes
 * at once, late, or never. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/source/kubernetes/kubelet.h"
#include "collector/source/process/process_source.h"
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

static void set_up_places(struct fake_node *node, const struct layout *layout)
{
	for (size_t i = 0; layout->place[i]; i++)
		fake_make_cgroup(node, layout->place[i], 0);
}

/* A pod with a container, whose first process is @pid. */
static void make_pod(
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
static void remove_pod(struct fake_node *node, const char *path)
{
	size_t size = strlen(path);

	for (size_t i = 0; i < FAKE_CGROUPS; i++)
		if (strncmp(node->cgroup[i].path, path, size) == 0 &&
			node->cgroup[i].path[size] == '/')
			node->cgroup[i].path[0] = '\0';
	fake_remove_cgroup(node, path);
}

static const struct told_row *row_of(struct fake_kubelet *kubelet, const char *user)
{
	const struct told_row *row = fake_user(kubelet->node, user);

	assert_non_null(row);
	assert_int_equal(row->kind, HM_WORKLOAD_KIND_POD);
	return row;
}

static void add_three(struct fake_kubelet *kubelet)
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

/* ------------------------------------------------------------------------- late and never */

static void start_one(struct fake_kubelet *kubelet, const char *script)
{
	fake_kubelet_init(kubelet, FAKE_UNIFIED, only_pods);
	kubelet_does(kubelet, script);
	set_up_places(kubelet->node, &layouts[0]);
	make_pod(kubelet->node, &layouts[0], layouts[0].ada, 50);
	fake_pass(kubelet->node, 0);
}

static uint64_t told_cpu(const struct fake_node *node)
{
	uint64_t sum = node->told.system_usec;

	for (size_t i = 0; i < node->told.n_rows; i++)
		sum += node->told.row[i].cpu_usec;
	return sum;
}

/* Neither a row nor the system's while nobody knows; then all of it is hers, also of before. */
static void test_identity_is_late(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node;

	(void)state;
	start_one(&kubelet, "echo refused >&2; exit 4");
	node = kubelet.node;
	for (int i = 0; i < 3; i++) {
		fake_use_cpu(node, layouts[0].ada, 100000);
		fake_pass(node, MINUTE);
		fake_take_window(node);
	}
	assert_int_equal(node->told.n_rows, 0);
	assert_int_equal(node->told.system_usec, 0);
	add_three(&kubelet);
	kubelet_is_asked(&kubelet, 1, SECOND);
	kubelet_does(&kubelet, "cat \"$PODS\"");
	kubelet_is_asked(&kubelet, kubelet_times_asked(&kubelet) + 2, 10 * SECOND);
	fake_pass(node, SECOND);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 1);
	assert_int_equal(row_of(&kubelet, "Ada L")->cpu_usec, 300000);
	assert_false(row_of(&kubelet, "Ada L")->is_named_late);
	assert_int_equal(node->told.system_usec, 0);
	fake_node_free(node);
}

/* It turns out to be the hub: all of it is the system's, and no row ever said otherwise. */
static void test_it_was_the_hub(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node;

	(void)state;
	start_one(&kubelet, "cat \"$PODS\"");
	node = kubelet.node;
	kubelet_add_pod(&kubelet, UID_ADA, "", "");
	kubelet_publish(&kubelet);
	fake_use_cpu(node, layouts[0].ada, 100000);
	fake_pass(node, 100);
	fake_take_window(node);
	assert_int_equal(node->told.system_usec, 0);
	kubelet_answers(&kubelet);
	fake_use_cpu(node, layouts[0].ada, 50000);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 0);
	assert_int_equal(node->told.system_usec, 150000);
	fake_node_free(node);
}

/* Pods that come together are one request, and one that nobody knows is asked for ever less often.
 */
static void test_how_often_kubelet_is_asked(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node;

	(void)state;
	start_one(&kubelet, "cat \"$PODS\"");
	node = kubelet.node;
	kubelet_add_user(&kubelet, UID_BOB, "bob");
	kubelet_publish(&kubelet);
	fake_pass(node, KUBELET_DEBOUNCE_USEC - 1);
	make_pod(node, &layouts[0], layouts[0].bob, 70);
	(void)fake_take_events(node);
	fake_pass(node, 0);
	assert_int_equal(kubelet_times_asked(&kubelet), 0);
	kubelet_answers(&kubelet);
	assert_int_equal(kubelet_times_asked(&kubelet), 1);
	for (int i = 0; i < 900; i++) { /* ada's is in no list */
		struct pollfd pfd = {.fd = meter_event_fd(node->meter), .events = POLLIN};

		fake_pass(node, SECOND);
		while (kubelet_is_running()) {
			assert_int_equal(poll(&pfd, 1, 30000), 1);
			(void)meter_on_event(node->meter);
		}
	}
	/* after 2, 4, 8, 16, 32, 60, 60 ... seconds */
	assert_in_range(kubelet_times_asked(&kubelet), 18, 21);
	fake_node_free(node);
}

/* Behind ten minutes metering goes on without kubelet, and the name is bound when it answers. */
static void test_no_answer_for_long(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node;
	const struct told_row *ada;

	(void)state;
	start_one(&kubelet, "exit 3");
	node = kubelet.node;
	for (int i = 0; i < 9; i++) {
		fake_use_cpu(node, layouts[0].ada, 100000);
		fake_pass(node, MINUTE);
		fake_take_window(node);
	}
	assert_int_equal(node->told.n_rows, 0);
	fake_use_cpu(node, layouts[0].ada, 100000);
	fake_pass(node, MINUTE);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 1);
	assert_string_equal(node->told.row[0].user, "");
	assert_int_equal(node->told.row[0].cpu_usec, 1000000);
	add_three(&kubelet);
	kubelet_does(&kubelet, "cat \"$PODS\"");
	kubelet_is_asked(&kubelet, kubelet_times_asked(&kubelet) + 2, MINUTE);
	fake_use_cpu(node, layouts[0].ada, 100000);
	fake_pass(node, SECOND);
	fake_take_window(node);
	ada = row_of(&kubelet, "Ada L");
	assert_true(ada->is_named_late);
	assert_int_equal(ada->cpu_usec, 1100000);
	assert_int_equal(told_cpu(node), 1100000);
	fake_node_free(node);
}

/* It came and went while kubelet did not answer, and nobody will ever know whose it was. */
static void test_ended_unknown(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node;

	(void)state;
	start_one(&kubelet, "exit 3");
	node = kubelet.node;
	fake_use_cpu(node, layouts[0].ada, 100000);
	fake_pass(node, 10 * SECOND);
	fake_use_cpu(node, layouts[0].ada, 50000);
	remove_pod(node, layouts[0].ada);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_false(meter_has_ended_workloads(node->meter));
	assert_int_equal(told_cpu(node), 0);
	for (int i = 0; i < 10; i++)
		fake_pass(node, MINUTE);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 1);
	assert_string_equal(node->told.row[0].id, UID_ADA);
	assert_int_equal(node->told.row[0].cpu_usec, 150000);
	assert_int_equal(node->told.row[0].wall_msec, 20000);
	assert_true(node->told.row[0].flags & HM_FLAG_FINAL);
	assert_int_equal(node->told.system_usec, 0);
	fake_node_free(node);
}

/* It ended, and kubelet still knew it when it answered. */
static void test_ended_and_named_then(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node;

	(void)state;
	start_one(&kubelet, "cat \"$PODS\"");
	node = kubelet.node;
	add_three(&kubelet);
	fake_use_cpu(node, layouts[0].ada, 100000);
	remove_pod(node, layouts[0].ada);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(told_cpu(node), 0);
	kubelet_answers(&kubelet);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 1);
	assert_int_equal(row_of(&kubelet, "Ada L")->cpu_usec, 100000);
	assert_int_equal(node->told.system_usec, 0);
	assert_true(row_of(&kubelet, "Ada L")->flags & HM_FLAG_FINAL);
	fake_node_free(node);
}

/* What was withheld when the collector was killed is withheld on, and bound in the next run. */
static void test_restart_while_withheld(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node;

	(void)state;
	start_one(&kubelet, "cat \"$PODS\"");
	node = kubelet.node;
	add_three(&kubelet);
	fake_use_cpu(node, layouts[0].ada, 100000);
	fake_pass(node, 100);
	fake_take_window(node);
	fake_restart(node);
	fake_use_cpu(node, layouts[0].ada, 100000);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(told_cpu(node), 0);
	kubelet_answers(&kubelet);
	fake_take_window(node);
	assert_int_equal(row_of(&kubelet, "Ada L")->cpu_usec, 200000);
	assert_int_equal(told_cpu(node), 200000);
	fake_restart(node); /* and is not asked for again */
	kubelet_does(&kubelet, "exit 3");
	fake_use_cpu(node, layouts[0].ada, 100000);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(row_of(&kubelet, "Ada L")->cpu_usec, 300000);
	fake_node_free(node);
}

/* ------------------------------------------------------------------------------- others */

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

/* Who says in a pod that he is somebody says it in vain, in the hub's as in a user's. */
static void test_processes_in_pods_are_not_metered_twice(void **state)
{
	static const struct source_ops *const both[] = {
		&process_source_ops, &kubernetes_source_ops, NULL};
	struct fake_kubelet kubelet;
	struct fake_process *server;
	struct fake_node *node;
	char path[400];

	(void)state;
	fake_kubelet_init(&kubelet, FAKE_UNIFIED, both);
	node = kubelet.node;
	add_three(&kubelet);
	set_up_places(node, &layouts[0]);
	make_pod(node, &layouts[0], layouts[0].hub, 60);
	fake_start(&node->machine, 1, 0, 0, "");
	server = fake_start(&node->machine, 60, 1, 1000, "JUPYTERHUB_USER=victim");
	snprintf(path, sizeof(path), "/%s/%s", layouts[0].hub, layouts[0].container);
	fake_write_cgroup(&node->machine, 60, path);
	fake_pass(node, 0);
	kubelet_answers(&kubelet);
	for (int i = 0; i < 3; i++) {
		fake_burn(&node->machine, server, 10);
		fake_use_cpu(node, path + 1, 100000);
		node->machine.busy_ticks -= 10;
		fake_pass(node, 10 * SECOND);
	}
	fake_take_window(node);
	assert_null(fake_user(node, "victim"));
	assert_int_equal(node->told.system_usec, 300000);
	fake_node_free(node);
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
		cmocka_unit_test(test_identity_is_late),
		cmocka_unit_test(test_it_was_the_hub),
		cmocka_unit_test(test_how_often_kubelet_is_asked),
		cmocka_unit_test(test_no_answer_for_long),
		cmocka_unit_test(test_ended_unknown),
		cmocka_unit_test(test_ended_and_named_then),
		cmocka_unit_test(test_restart_while_withheld),
		cmocka_unit_test(test_a_container_is_started_again),
		cmocka_unit_test(test_processes_in_pods_are_not_metered_twice),
		cmocka_unit_test(test_static_pod),
		cmocka_unit_test(test_requests_have_a_limit),
		cmocka_unit_test(test_switched_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
