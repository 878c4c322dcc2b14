/*
 * What pods receive and send, on whole nodes: a process of each pod has a directory net in the
 * stand-in for /proc, which leads to that of a network namespace.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/meter/state_codec.h"
#include "collector/source/group/group.h"
#include "tests/support/random.h"
#include "tests/unit/collector/source/kubernetes/fake_pods.h"

#define ADA (layouts[0].ada)
#define BOB (layouts[0].bob)

/* What the interface eth0 of the namespace @name says; it is made if it is not there. */
static void count(
	const struct fake_node *node, const char *name, uint64_t rx_bytes, uint64_t tx_bytes)
{
	char path[192], text[256];

	snprintf(path, sizeof(path), "%s/netns-%s", node->machine.path, name);
	assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
	snprintf(text, sizeof(text),
		"Inter-|   Receive\n face |bytes\n lo: 5 0 0 0 0 0 0 0 5 0\n"
		"eth0: %" PRIu64 " 0 0 0 0 0 0 0 %" PRIu64 " 0\n",
		rx_bytes, tx_bytes);
	fake_put(path, "dev", text);
}

/* A process in the namespace @name. */
static void enter(const struct fake_node *node, int32_t pid, const char *name)
{
	char path[192], target[64];

	snprintf(path, sizeof(path), "%s/%d", node->machine.path, (int)pid);
	assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
	snprintf(path, sizeof(path), "%s/%d/net", node->machine.path, (int)pid);
	snprintf(target, sizeof(target), "../netns-%s", name);
	(void)unlink(path);
	assert_int_equal(symlink(target, path), 0);
}

static void leave(const struct fake_node *node, int32_t pid)
{
	char path[192];

	snprintf(path, sizeof(path), "%s/%d/net", node->machine.path, (int)pid);
	assert_int_equal(unlink(path), 0);
}

/* The machine's first process is there, kubelet knows ada and bob, no pod is there yet. */
static struct fake_node *set_up(struct fake_kubelet *kubelet)
{
	fake_kubelet_init(kubelet, FAKE_UNIFIED, only_pods);
	kubelet->node->config.kubernetes_network = true;
	add_three(kubelet);
	set_up_places(kubelet->node, &layouts[0]);
	count(kubelet->node, "machine", 1000000, 1000000);
	enter(kubelet->node, 1, "machine");
	return kubelet->node;
}

/* Ada's pod was there before the collector; @pid 50 is the first one in it. */
static struct fake_node *set_up_ada(struct fake_kubelet *kubelet)
{
	struct fake_node *node = set_up(kubelet);

	count(node, "ada", 700, 300);
	enter(node, 50, "ada");
	make_pod(node, &layouts[0], ADA, 50);
	fake_pass(node, 0);
	kubelet_answers(kubelet);
	return node;
}

/* All that was told of @user so far. */
static void assert_moved(
	struct fake_kubelet *kubelet, const char *user, uint64_t rx_bytes, uint64_t tx_bytes)
{
	fake_take_window(kubelet->node);
	assert_int_equal(row_of(kubelet, user)->net_rx_bytes, rx_bytes);
	assert_int_equal(row_of(kubelet, user)->net_tx_bytes, tx_bytes);
}

/* Of one that was there before only what is moved from then on; of one born later all of it. */
static void test_baseline_and_birth(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node = set_up_ada(&kubelet);

	(void)state;
	count(node, "ada", 1000, 350);
	count(node, "bob", 0, 0);
	make_pod(node, &layouts[0], BOB, 0); /* nobody is in it yet */
	fake_pass(node, 10 * SECOND);
	enter(node, 70, "bob");
	fake_populate(node, BOB, 70);
	count(node, "bob", 11, 22);
	fake_pass(node, 10 * SECOND);
	count(node, "bob", 111, 23);
	fake_pass(node, 10 * SECOND);
	assert_moved(&kubelet, "Ada L", 300, 50);
	assert_int_equal(row_of(&kubelet, "bob")->net_rx_bytes, 111);
	assert_int_equal(row_of(&kubelet, "bob")->net_tx_bytes, 23);
	fake_node_free(node);
}

/* Its first process may be seen before it went into its own namespace. */
static void test_the_machines_network_is_nobodys(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node = set_up_ada(&kubelet);

	(void)state;
	enter(node, 70, "machine");
	make_pod(node, &layouts[0], BOB, 70);
	fake_pass(node, 10 * SECOND);
	count(node, "machine", 3000000, 3000000);
	fake_pass(node, 10 * SECOND);
	assert_moved(&kubelet, "bob", 0, 0);
	count(node, "bob", 4, 5);
	enter(node, 70, "bob");
	fake_pass(node, 10 * SECOND);
	assert_moved(&kubelet, "bob", 4, 5);
	fake_node_free(node);
}

/* Who was asked ends, and another one of the same pod is asked; a stranger with its number is not.
 */
static void test_the_process_is_gone(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node = set_up_ada(&kubelet);

	(void)state;
	leave(node, 50);
	enter(node, 51, "ada");
	fake_populate(node, ADA, 51);
	count(node, "ada", 710, 300);
	fake_pass(node, 10 * SECOND);
	assert_moved(&kubelet, "Ada L", 10, 0);
	count(node, "stranger", 99999, 99999);
	enter(node, 51, "stranger");
	enter(node, 52, "ada");
	fake_populate(node, ADA, 52);
	count(node, "ada", 710, 301);
	fake_pass(node, 10 * SECOND);
	count(node, "stranger", 999999, 999999);
	count(node, "ada", 712, 301);
	fake_pass(node, 10 * SECOND);
	assert_moved(&kubelet, "Ada L", 12, 1);
	fake_node_free(node);
}

/* Kubelet makes its sandbox anew: another namespace, of which the first look is the baseline. */
static void test_another_sandbox(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node = set_up_ada(&kubelet);

	(void)state;
	leave(node, 50);
	count(node, "anew", 40, 50);
	enter(node, 51, "anew");
	fake_populate(node, ADA, 51);
	fake_pass(node, 10 * SECOND);
	assert_moved(&kubelet, "Ada L", 0, 0);
	count(node, "anew", 41, 52);
	fake_pass(node, 10 * SECOND);
	assert_moved(&kubelet, "Ada L", 1, 2);
	fake_node_free(node);
}

/* Two containers are in one namespace, which counts once. */
static void test_two_containers(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node = set_up_ada(&kubelet);
	char path[400];

	(void)state;
	snprintf(path, sizeof(path), "%s/cri-containerd-other.scope", ADA);
	fake_make_cgroup(node, path, 51);
	enter(node, 51, "ada");
	count(node, "ada", 800, 400);
	fake_pass(node, 10 * SECOND);
	assert_moved(&kubelet, "Ada L", 100, 100);
	fake_node_free(node);
}

/* What came while nobody looked is told once, also of a pod that was born meanwhile. */
static void test_restart(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node = set_up_ada(&kubelet);

	(void)state;
	count(node, "ada", 701, 302);
	fake_pass(node, 10 * SECOND);
	fake_restart(node); /* what it knew is not sent yet */
	count(node, "ada", 1701, 2302);
	count(node, "bob", 77, 88);
	enter(node, 70, "bob");
	make_pod(node, &layouts[0], BOB, 70);
	fake_pass(node, 100 * SECOND);
	fake_restart(node);
	fake_pass(node, 10 * SECOND);
	kubelet_answers(&kubelet);
	assert_moved(&kubelet, "Ada L", 1001, 2002);
	assert_int_equal(row_of(&kubelet, "bob")->net_rx_bytes, 77);
	assert_int_equal(row_of(&kubelet, "bob")->net_tx_bytes, 88);
	fake_node_free(node);
}

/* Without a proc file system of the node there is none, and all else is metered. */
static void test_unreadable(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node = set_up_ada(&kubelet);

	(void)state;
	count(node, "bob", 1, 1);
	make_pod(node, &layouts[0], BOB, 70); /* which nobody sees */
	for (int i = 0; i < 5; i++) {
		fake_use_cpu(node, BOB, 100000);
		fake_pass(node, 10 * SECOND);
	}
	assert_moved(&kubelet, "bob", 0, 0);
	assert_int_equal(row_of(&kubelet, "bob")->cpu_usec, 500000);
	enter(node, 70, "bob");
	count(node, "bob", 3, 4);
	fake_pass(node, 10 * SECOND);
	assert_moved(&kubelet, "bob", 3, 4);
	fake_node_free(node);
}

/* Without the machine's namespace nobody knows which pods have their own. */
static void test_the_machines_network_is_not_known(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node = set_up(&kubelet);

	(void)state;
	leave(node, 1);
	count(node, "ada", 700, 300);
	enter(node, 50, "ada");
	make_pod(node, &layouts[0], ADA, 50);
	fake_pass(node, 0);
	kubelet_answers(&kubelet);
	count(node, "ada", 800, 400);
	fake_pass(node, 10 * SECOND);
	assert_moved(&kubelet, "Ada L", 0, 0);
	fake_node_free(node);
}

/* It may be switched off, and on again: what was moved in between is not asked. */
static void test_switched_off(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node = set_up_ada(&kubelet);

	(void)state;
	node->config.kubernetes_network = false;
	count(node, "ada", 800, 400);
	fake_pass(node, 10 * SECOND);
	node->config.kubernetes_network = true;
	count(node, "ada", 900, 500);
	fake_pass(node, 10 * SECOND);
	count(node, "ada", 901, 502);
	fake_pass(node, 10 * SECOND);
	assert_moved(&kubelet, "Ada L", 1, 2);
	fake_node_free(node);
}

struct traffic {
	const char *name, *path;
	int32_t pid;
	uint64_t rx_bytes, tx_bytes;
};

/* Bytes move, and at times its first process ends and another one is the first. */
static void live(struct fake_node *node, struct random_source *random, struct traffic *traffic)
{
	traffic->rx_bytes += random_below(random, 5000);
	traffic->tx_bytes += random_below(random, 50);
	count(node, traffic->name, traffic->rx_bytes, traffic->tx_bytes);
	if (random_below(random, 8) > 0)
		return;
	leave(node, traffic->pid);
	traffic->pid += 2;
	enter(node, traffic->pid, traffic->name);
	fake_populate(node, traffic->path, traffic->pid);
}

static void run_law(uint64_t seed)
{
	struct random_source random = {.state = seed};
	struct traffic ada = {"ada", ADA, 50, 700, 300}, bob = {"bob", BOB, 51, 0, 0};
	struct fake_kubelet kubelet;
	struct fake_node *node = set_up_ada(&kubelet);

	count(node, "bob", 0, 0);
	enter(node, bob.pid, "bob");
	make_pod(node, &layouts[0], BOB, bob.pid);
	fake_pass(node, 10 * SECOND);
	for (int round = 0; round < 100; round++) {
		for (uint64_t n = random_below(&random, 4); n > 0; n--)
			live(node, &random, random_below(&random, 2) ? &ada : &bob);
		if (random_below(&random, 5) == 0)
			fake_restart(node);
		if (random_below(&random, 4) > 0)
			fake_pass(node, 10 * SECOND);
		if (random_below(&random, 6) == 0) {
			fake_pass(node, SECOND);
			fake_take_window(node);
		}
	}
	fake_pass(node, 10 * SECOND);
	assert_moved(&kubelet, "Ada L", ada.rx_bytes - 700, ada.tx_bytes - 300);
	assert_int_equal(row_of(&kubelet, "bob")->net_rx_bytes, bob.rx_bytes);
	assert_int_equal(row_of(&kubelet, "bob")->net_tx_bytes, bob.tx_bytes);
	fake_node_free(node);
}

/* Whatever the order of moves, ends, passes, windows and restarts: all of it, and once. */
static void test_law(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++)
		run_law(seed);
}

static void put_node(
	struct state_writer *writer, uint32_t depth, const char *name, enum group_role role)
{
	state_put_u32(writer, depth);
	state_put_text(writer, name);
	state_put_u32(writer, role);
	state_put_u32(writer, 0);
	for (int i = 0; i < 4; i++)
		state_put_u64(writer, 7);
	if (role != GROUP_ROLE_WORKLOAD)
		return;
	state_put_u64(writer, 0);
	for (int i = 0; i < 3; i++)
		state_put_text(writer, "ada");
	state_put_u64(writer, 1);
	state_put_u64(writer, 2);
}

/* A section of the version before this one: nothing is known of the network of what is in it. */
static void test_older_section(void **state)
{
	static const uint8_t boot_id[HM_BOOT_ID_SIZE] = {1};
	struct buffer old = BUFFER_INIT(1 << 20), saved = BUFFER_INIT(1 << 20);
	struct state_writer writer = {.buffer = &old};
	struct fake_kubelet kubelet;
	struct source_context context = {.boot_id = boot_id};
	struct window window = {0};
	void *source;

	(void)state;
	context.config = &set_up(&kubelet)->config;
	context.clock = &kubelet.node->machine.clock;
	state_put_u32(&writer, 0);
	state_put_u32(&writer, 3);
	put_node(&writer, 0, "", GROUP_ROLE_PLACE);
	put_node(&writer, 1, "kubepods.slice", GROUP_ROLE_PLACE);
	put_node(&writer, 2, "kubepods-pod" U_BOB ".slice", GROUP_ROLE_WORKLOAD);
	assert_int_equal(kubernetes_source_ops.init(&context, &source), 0);
	assert_int_equal(
		kubernetes_source_ops.restore(source, &window, 2, old.data, old.size), -EBADMSG);
	assert_int_equal(kubernetes_source_ops.restore(source, &window, 1, old.data, old.size), 0);
	assert_int_equal(window.n_workloads, 1);
	assert_int_equal(kubernetes_source_ops.save(source, &saved), 0);
	assert_int_equal(saved.size, old.size + sizeof(uint32_t));
	assert_int_equal(kubernetes_source_ops.restore(source, &window, 1, saved.data, saved.size),
		-EBADMSG);
	kubernetes_source_ops.free(source);
	buffer_release(&old);
	buffer_release(&saved);
	window_release(&window);
	fake_node_free(kubelet.node);
}

/* Whatever a section says, it is refused or taken. */
static void test_broken_sections(void **state)
{
	static const uint8_t boot_id[HM_BOOT_ID_SIZE] = {1};
	struct random_source random = {.state = 1};
	struct buffer section = BUFFER_INIT(1 << 20);
	struct fake_kubelet kubelet;
	struct fake_node *node = set_up(&kubelet);
	struct source_context context = {
		.config = &node->config, .clock = &node->machine.clock, .boot_id = boot_id};
	struct source_pass pass = {.previous_usec = -1,
		.now_usec = SECOND,
		.clock = &node->machine.clock,
		.node = {.cores = 1, .memory_total_bytes = 1 << 30}};
	struct window window = {0};
	void *source;

	(void)state;
	count(node, "ada", 700, 300);
	enter(node, 50, "ada");
	make_pod(node, &layouts[0], ADA, 50);
	assert_int_equal(kubernetes_source_ops.init(&context, &source), 0);
	assert_int_equal(kubernetes_source_ops.observe(source, &pass), 0);
	assert_int_equal(kubernetes_source_ops.save(source, &section), 0);
	assert_non_null(memmem(section.data, section.size, "eth0", 4));
	for (size_t size = 0; size < section.size; size++)
		assert_int_equal(
			kubernetes_source_ops.restore(source, &window, 2, section.data, size),
			-EBADMSG);
	for (size_t i = 0; i < 8 * section.size; i++) {
		size_t at = i / 8;
		unsigned char byte = section.data[at];
		int r;

		section.data[at] = (unsigned char)random_u64(&random);
		r = kubernetes_source_ops.restore(source, &window, 2, section.data, section.size);
		assert_true(r == 0 || r == -EBADMSG);
		pass.previous_usec = pass.now_usec;
		pass.now_usec += SECOND;
		if (r == 0)
			assert_int_equal(kubernetes_source_ops.observe(source, &pass), 0);
		section.data[at] = byte;
	}
	kubernetes_source_ops.free(source);
	buffer_release(&section);
	window_release(&window);
	fake_node_free(node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_baseline_and_birth),
		cmocka_unit_test(test_the_machines_network_is_nobodys),
		cmocka_unit_test(test_the_process_is_gone),
		cmocka_unit_test(test_another_sandbox),
		cmocka_unit_test(test_two_containers),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_the_machines_network_is_not_known),
		cmocka_unit_test(test_switched_off),
		cmocka_unit_test(test_law),
		cmocka_unit_test(test_older_section),
		cmocka_unit_test(test_broken_sections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
