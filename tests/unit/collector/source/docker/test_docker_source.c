/* Whole nodes with containers, in each layout of cgroups and by each driver of Docker's. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/source/docker/docker_source.h"
#include "tests/unit/collector/fake_cgroups.h"

#define SECOND 1000000
#define ID_A   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ID_B   "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static const struct source_ops *const only_docker[] = {&docker_source_ops, NULL};

static struct fake_node *new_node(enum fake_layout layout)
{
	struct fake_node *node = fake_node_new(layout, only_docker);
	char path[200];

	assert_int_equal(mkdir(node->docker_root, 0700), 0);
	snprintf(path, sizeof(path), "%s/containers", node->docker_root);
	assert_int_equal(mkdir(path, 0700), 0);
	return node;
}

/* @env: members of .Config.Env */
static void write_container(const struct fake_node *node, const char *id, const char *env)
{
	char path[300], text[1000];

	snprintf(path, sizeof(path), "%s/containers/%s", node->docker_root, id);
	(void)mkdir(path, 0700); /* written again */
	snprintf(text, sizeof(text), "{\"State\":{\"Running\":true},\"Config\":{\"Env\":[%s]}}",
		env);
	fake_put(path, "config.v2.json", text);
}

static void for_each_layout(void (*run)(struct fake_node *node, const char *a, const char *b))
{
	for (int layout = FAKE_UNIFIED; layout <= FAKE_HYBRID; layout++) {
		struct fake_node *node = new_node((enum fake_layout)layout);

		fake_make_cgroup(node, "system.slice", 0);
		run(node, "system.slice/docker-" ID_A ".scope",
			"system.slice/docker-" ID_B ".scope");
		fake_node_free(node);
		node = new_node((enum fake_layout)layout);
		fake_make_cgroup(node, "docker", 0);
		run(node, "docker/" ID_A, "docker/" ID_B);
		fake_node_free(node);
	}
}

static void lives_and_ends(struct fake_node *node, const char *a, const char *b)
{
	const struct told_row *ada;

	write_container(node, ID_A,
		"\"PATH=/bin\",\"JUPYTERHUB_USER=ada\",\"JUPYTERHUB_SERVER_NAME=big\","
		"\"HUBMETER_TAG=course\",\"CPU_GUARANTEE=0.5\",\"MEM_GUARANTEE=1073741824\"");
	fake_make_cgroup(node, a, 50);
	fake_pass(node, 0);
	fake_use_cpu(node, a, 1000000);
	fake_pass(node, 10 * SECOND);
	write_container(node, ID_B, "\"JUPYTERHUB_USER=bob\"");
	fake_make_cgroup(node, b, 60);
	fake_use_cpu(node, b, 500000);
	fake_remove_cgroup(node, b); /* never seen alive */
	fake_pass(node, 10 * SECOND);
	fake_use_cpu(node, a, 30000);
	fake_remove_cgroup(node, a);
	fake_pass(node, 1 * SECOND);
	fake_take_window(node);
	ada = fake_user(node, "ada");
	assert_non_null(ada);
	assert_int_equal(ada->cpu_usec, 1030000);
	assert_int_equal(ada->flags, HM_FLAG_FINAL | HM_FLAG_RESIDUAL);
	assert_string_equal(ada->server, "big");
	assert_string_equal(ada->tag, "course");
	assert_int_equal(ada->cpu_reserved_usec, 10500000);
	assert_int_equal(ada->memory_reserved_mib_sec, 21504);
	assert_int_equal(fake_user(node, "bob")->cpu_usec, 500000);
	assert_int_equal(node->told.system_usec, 0);
	assert_int_equal(node->told.n_rows, 2);
}

static void test_lives_and_ends(void **state)
{
	(void)state;
	for_each_layout(lives_and_ends);
}

/* Of no user until the file is there; then bound by a later row. */
static void is_named_late(struct fake_node *node, const char *a, const char *b)
{
	(void)b;
	fake_make_cgroup(node, a, 50);
	fake_pass(node, 0);
	fake_use_cpu(node, a, 100000);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 1);
	assert_string_equal(node->told.row[0].user, "");
	write_container(node, ID_A, "\"JUPYTERHUB_US"); /* half of it */
	fake_use_cpu(node, a, 100000);
	fake_pass(node, 10 * SECOND);
	write_container(node, ID_A, "\"JUPYTERHUB_USER=ada\"");
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 1);
	assert_string_equal(node->told.row[0].user, "ada");
	assert_true(node->told.row[0].is_named_late);
	assert_int_equal(node->told.row[0].cpu_usec, 200000);
}

static void test_is_named_late(void **state)
{
	(void)state;
	for_each_layout(is_named_late);
}

/* A database beside the servers, and the hub itself. */
static void is_no_server(struct fake_node *node, const char *a, const char *b)
{
	write_container(node, ID_A, "\"POSTGRES_USER=x\"");
	write_container(node, ID_B, "\"JUPYTERHUB_USER=bob\"");
	fake_make_cgroup(node, a, 50);
	fake_make_cgroup(node, b, 60);
	fake_pass(node, 0);
	fake_use_cpu(node, a, 100000);
	fake_use_cpu(node, b, 200000);
	fake_pass(node, 10 * SECOND);
	fake_use_cpu(node, a, 100000);
	fake_remove_cgroup(node, a);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 1);
	assert_int_equal(fake_user(node, "bob")->cpu_usec, 200000);
	assert_int_equal(node->told.system_usec, 200000);
}

static void test_is_no_server(void **state)
{
	(void)state;
	for_each_layout(is_no_server);
}

/* Podman: no such file, so the first process says it, once it has become the server. */
static void test_podman(void **state)
{
	struct fake_node *node = new_node(FAKE_UNIFIED);
	static const char a[] = "machine.slice/libpod-" ID_A ".scope";
	struct fake_process *first = fake_start(&node->machine, 50, 1, 0, "PATH=/bin");

	(void)state;
	fake_make_cgroup(node, "machine.slice", 0);
	fake_make_cgroup(node, a, 50);
	fake_pass(node, 0);
	fake_use_cpu(node, a, 100000);
	fake_pass(node, 10 * SECOND);
	fake_remove(&node->machine, first);
	fake_start(&node->machine, 50, 1, 0, "JUPYTERHUB_USER=ada");
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(fake_user(node, "ada")->cpu_usec, 100000);
	fake_node_free(node);
}

/* Its first process never becomes one: no server after all. What was booked by then stays. */
static void test_podman_without_a_server(void **state)
{
	struct fake_node *node = new_node(FAKE_UNIFIED);
	static const char a[] = "machine.slice/libpod-" ID_A ".scope";

	(void)state;
	fake_start(&node->machine, 50, 1, 0, "PATH=/bin");
	fake_make_cgroup(node, "machine.slice", 0);
	fake_make_cgroup(node, a, 50);
	fake_pass(node, 0);
	for (int i = 0; i < 10; i++) {
		fake_use_cpu(node, a, 100000);
		fake_pass(node, 10 * SECOND);
	}
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 1);
	assert_true(node->told.row[0].flags & HM_FLAG_FINAL);
	assert_int_equal(node->told.row[0].cpu_usec + node->told.system_usec, 1000000);
	assert_true(node->told.system_usec >= 300000);
	fake_node_free(node);
}

static void test_switched_off(void **state)
{
	struct source_context context = {0};
	struct fake_node *node = new_node(FAKE_UNIFIED);
	char path[200];
	void *source;

	(void)state;
	context.config = &node->config;
	node->docker_root[0] = '\0';
	assert_int_equal(docker_source_ops.init(&context, &source), -ENOENT);
	snprintf(path, sizeof(path), "%s/nothing", node->machine.path);
	node->config.docker_root = node->config.cgroup = path;
	assert_int_equal(docker_source_ops.init(&context, &source), -ENOENT);
	fake_node_free(node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lives_and_ends),
		cmocka_unit_test(test_is_named_late),
		cmocka_unit_test(test_is_no_server),
		cmocka_unit_test(test_podman),
		cmocka_unit_test(test_podman_without_a_server),
		cmocka_unit_test(test_switched_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
