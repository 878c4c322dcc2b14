/* Whole nodes with units of systemd, in each layout of cgroups. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/source/systemd/systemd_source.h"
#include "tests/unit/collector/fake_cgroups.h"

#define SECOND 1000000
#define ADA    "system.slice/jupyter-ada-singleuser.service"
#define BOB    "system.slice/jupyter-bob.service"
#define SSH    "system.slice/ssh.service"
#define MIB    (1024u * 1024)

static const struct source_ops *const only_systemd[] = {&systemd_source_ops, NULL};

static struct fake_node *new_node(enum fake_layout layout)
{
	struct fake_node *node = fake_node_new(layout, only_systemd);

	fake_make_cgroup(node, "system.slice", 0);
	fake_make_cgroup(node, SSH, 40);
	return node;
}

static void for_each_layout(void (*run)(struct fake_node *node))
{
	for (int layout = FAKE_UNIFIED; layout <= FAKE_HYBRID; layout++) {
		struct fake_node *node = new_node((enum fake_layout)layout);

		run(node);
		fake_node_free(node);
	}
}

static void lives(struct fake_node *node)
{
	const struct told_row *row;

	fake_make_cgroup(node, ADA, 50);
	fake_set_memory(node, ADA, 300 * MIB, 100 * MIB);
	fake_use_cpu(node, ADA, 7000000); /* before anybody looked */
	fake_pass(node, 0);
	fake_use_cpu(node, ADA, 1000000);
	fake_use_cpu(node, SSH, 500000);
	fake_set_memory(node, ADA, 500 * MIB, 100 * MIB);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	row = fake_user(node, "ada");
	assert_non_null(row);
	assert_int_equal(row->kind, HM_WORKLOAD_KIND_CGROUP);
	assert_int_equal(row->cpu_usec, 1000000);
	assert_int_equal(row->memory_mib_sec, 3000); /* from 200 to 400 MiB in ten seconds */
	assert_int_equal(row->wall_msec, 10000);
	assert_int_equal(node->told.system_usec, 500000);
	assert_int_equal(node->told.n_rows, 1);
}

static void test_lives(void **state)
{
	(void)state;
	for_each_layout(lives);
}

/* Never seen alive; what it did stays in the slice. */
static void between_two_passes(struct fake_node *node)
{
	const struct told_row *row;

	fake_make_cgroup(node, BOB, 60);
	fake_pass(node, 0);
	fake_use_cpu(node, BOB, 300000);
	fake_make_cgroup(node, ADA, 50);
	fake_use_cpu(node, ADA, 1230000);
	fake_remove_cgroup(node, ADA);
	assert_true(fake_take_events(node)); /* it is to be separated from other ends */
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	row = fake_user(node, "ada");
	assert_non_null(row);
	assert_int_equal(row->cpu_usec, 1230000);
	assert_int_equal(row->flags, HM_FLAG_FINAL | HM_FLAG_RESIDUAL);
	assert_int_equal(fake_user(node, "bob")->cpu_usec, 300000);
	assert_int_equal(node->told.system_usec, 0);
}

static void test_between_two_passes(void **state)
{
	(void)state;
	for_each_layout(between_two_passes);
}

/* Known, then gone with more than was read; another service goes on beside it. */
static void ends(struct fake_node *node)
{
	const struct told_row *row;

	fake_make_cgroup(node, ADA, 50);
	fake_pass(node, 0);
	fake_use_cpu(node, ADA, 1000000);
	fake_use_cpu(node, SSH, 1000000);
	fake_pass(node, 10 * SECOND);
	fake_use_cpu(node, ADA, 20000);
	fake_use_cpu(node, SSH, 1000000);
	fake_remove_cgroup(node, ADA);
	fake_pass(node, 5 * SECOND);
	fake_take_window(node);
	row = fake_user(node, "ada");
	assert_int_equal(row->cpu_usec, 1020000);
	assert_int_equal(row->flags, HM_FLAG_FINAL | HM_FLAG_RESIDUAL);
	assert_int_equal(row->wall_msec, 15000);
	fake_use_cpu(node, SSH, 1000000);
	fake_pass(node, 5 * SECOND);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 1);
	assert_int_equal(node->told.system_usec, 3000000);
}

static void test_ends(void **state)
{
	(void)state;
	for_each_layout(ends);
}

static void several_end(struct fake_node *node)
{
	const struct told_row *ada, *bob;

	fake_make_cgroup(node, ADA, 50);
	fake_make_cgroup(node, BOB, 60);
	fake_pass(node, 0);
	fake_use_cpu(node, ADA, 3000000);
	fake_use_cpu(node, BOB, 1000000);
	fake_pass(node, 10 * SECOND);
	fake_use_cpu(node, ADA, 400000);
	fake_use_cpu(node, BOB, 400000);
	fake_remove_cgroup(node, ADA);
	fake_remove_cgroup(node, BOB);
	fake_pass(node, 1 * SECOND);
	fake_take_window(node);
	ada = fake_user(node, "ada");
	bob = fake_user(node, "bob");
	assert_int_equal(ada->cpu_usec + bob->cpu_usec + node->told.system_usec, 4800000);
	assert_true(node->told.system_usec <= 1); /* parts of a microsecond end with their rows */
	assert_true(ada->flags & bob->flags & HM_FLAG_RESIDUAL_SPLIT);
	assert_false((ada->flags | bob->flags) & HM_FLAG_RESIDUAL);
	assert_true(ada->cpu_usec > 3450000); /* it was three times as busy */
}

static void test_several_end(void **state)
{
	(void)state;
	for_each_layout(several_end);
}

/* A restart of the server: another cgroup at the same path, twice between two passes. */
static void same_path(struct fake_node *node)
{
	uint64_t sum = 0;

	fake_make_cgroup(node, ADA, 50);
	fake_pass(node, 0);
	fake_use_cpu(node, ADA, 5000000);
	fake_pass(node, 10 * SECOND);
	fake_use_cpu(node, ADA, 100000);
	fake_remove_cgroup(node, ADA);
	fake_make_cgroup(node, ADA, 51);
	fake_use_cpu(node, ADA, 200000);
	fake_remove_cgroup(node, ADA);
	fake_make_cgroup(node, ADA, 52);
	fake_use_cpu(node, ADA, 400000);
	fake_pass(node, 10 * SECOND);
	fake_use_cpu(node, ADA, 800000);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 3);
	for (size_t i = 0; i < node->told.n_rows; i++) {
		assert_string_equal(node->told.row[i].user, "ada");
		sum += node->told.row[i].cpu_usec;
	}
	assert_int_equal(sum, 6500000);
	assert_int_equal(node->told.system_usec, 0);
}

static void test_same_path(void **state)
{
	(void)state;
	for_each_layout(same_path);
}

/* The slice of a template's instance goes with its last unit. */
static void template_instance(struct fake_node *node)
{
	const struct told_row *row;
	static const char slice[] = "system.slice/system-jupyter\\x2da.slice";
	static const char unit[] =
		"system.slice/system-jupyter\\x2da.slice/jupyter-a@b.org.service";

	fake_make_cgroup(node, BOB, 60);
	fake_pass(node, 0);
	fake_make_cgroup(node, slice, 0);
	fake_make_cgroup(node, unit, 50);
	fake_use_cpu(node, unit, 400000);
	fake_pass(node, 10 * SECOND);
	fake_use_cpu(node, unit, 50000);
	fake_use_cpu(node, BOB, 300000);
	fake_remove_cgroup(node, unit);
	fake_remove_cgroup(node, slice);
	fake_pass(node, 1 * SECOND);
	fake_take_window(node);
	row = fake_user(node, "a@b.org");
	assert_non_null(row);
	assert_int_equal(row->cpu_usec, 450000);
	assert_int_equal(fake_user(node, "bob")->cpu_usec, 300000);
	assert_int_equal(node->told.system_usec, 0);
}

static void test_template_instance(void **state)
{
	(void)state;
	for_each_layout(template_instance);
}

/* Killed, and started again ten minutes later: what lives on is booked once, and flagged. */
static void restart(struct fake_node *node)
{
	const struct told_row *ada;

	fake_make_cgroup(node, ADA, 50);
	fake_make_cgroup(node, BOB, 60);
	fake_set_memory(node, ADA, 100 * MIB, 0);
	fake_pass(node, 0);
	fake_use_cpu(node, ADA, 1000000);
	fake_use_cpu(node, BOB, 1000000);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	fake_restart(node);
	fake_use_cpu(node, ADA, 2000000);
	fake_use_cpu(node, BOB, 4000000);
	fake_remove_cgroup(node, BOB);
	fake_make_cgroup(node, "system.slice/jupyter-eve.service", 70);
	fake_start(&node->machine, 70, 1, 1000, "JUPYTERHUB_USER=eve\nCPU_GUARANTEE=1");
	fake_use_cpu(node, "system.slice/jupyter-eve.service", 500000);
	fake_pass(node, 600 * SECOND);
	fake_take_window(node);
	ada = fake_user(node, "ada");
	assert_int_equal(ada->cpu_usec, 3000000);
	assert_true(ada->flags & HM_FLAG_GAP);
	assert_int_equal(ada->memory_mib_sec, 1000); /* none of the gap */
	assert_int_equal(fake_user(node, "bob")->cpu_usec, 1000000);
	assert_true(fake_user(node, "bob")->flags & HM_FLAG_FINAL);
	assert_int_equal(fake_user(node, "eve")->cpu_usec, 500000);
	assert_int_equal(fake_user(node, "eve")->cpu_reserved_usec, 0);
	assert_int_equal(node->told.system_usec, 4000000);
	fake_use_cpu(node, ADA, 1000000);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(ada->cpu_usec, 4000000);
	assert_int_equal(ada->memory_mib_sec, 2000);
	assert_int_equal(fake_user(node, "eve")->cpu_reserved_usec, 10000000);
}

static void test_restart(void **state)
{
	(void)state;
	for_each_layout(restart);
}

/* After all processes ended the kernel keeps their cache charged, which is nobody's. */
static void dead_cache(struct fake_node *node)
{
	const struct told_row *row;

	fake_make_cgroup(node, ADA, 50);
	fake_set_memory(node, ADA, 160 * MIB, 0);
	fake_pass(node, 0);
	fake_pass(node, 10 * SECOND);
	fake_populate(node, ADA, 0);
	fake_pass(node, 10 * SECOND);
	fake_pass(node, 100 * SECOND);
	fake_take_window(node);
	row = fake_user(node, "ada");
	assert_int_equal(row->memory_mib_sec, 1600 + 800);
}

static void test_dead_cache(void **state)
{
	(void)state;
	for_each_layout(dead_cache);
}

/* Without the memory controller CPU is metered all the same; it may come later. */
static void controller_appears(struct fake_node *node)
{
	char directory[600], path[700];
	const struct told_row *row;

	fake_make_cgroup(node, ADA, 50);
	fake_directory(node, ADA, true, directory);
	snprintf(path, sizeof(path), "%s/%s", directory,
		node->layout == FAKE_UNIFIED ? "memory.current" : "memory.usage_in_bytes");
	assert_int_equal(unlink(path), 0);
	fake_pass(node, 0);
	fake_use_cpu(node, ADA, 1000000);
	fake_pass(node, 10 * SECOND);
	fake_set_memory(node, ADA, 100 * MIB, 0);
	fake_pass(node, 10 * SECOND);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	row = fake_user(node, "ada");
	assert_int_equal(row->cpu_usec, 1000000);
	assert_int_equal(row->memory_mib_sec, 1000);
}

static void test_controller_appears(void **state)
{
	(void)state;
	for_each_layout(controller_appears);
}

static void environment(struct fake_node *node)
{
	const struct told_row *row;
	struct fake_process *first =
		fake_start(&node->machine, 50, 1, 1000, "PATH=/bin"); /* before it calls exec */

	fake_make_cgroup(node, ADA, 50);
	fake_pass(node, 0);
	fake_pass(node, 10 * SECOND);
	fake_remove(&node->machine, first);
	fake_start(&node->machine, 50, 1, 1000,
		"JUPYTERHUB_USER=other\nJUPYTERHUB_SERVER_NAME=big\nHUBMETER_TAG=course\n"
		"CPU_GUARANTEE=0.5\nMEM_GUARANTEE=1073741824\n");
	fake_pass(node, 10 * SECOND);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	row = fake_user(node, "ada"); /* as the unit says */
	assert_non_null(row);
	assert_string_equal(row->server, "big");
	assert_string_equal(row->tag, "course");
	assert_int_equal(row->cpu_reserved_usec, 10000000);
	assert_int_equal(row->memory_reserved_mib_sec, 20480);
}

static void test_environment(void **state)
{
	(void)state;
	for_each_layout(environment);
}

static void listen_to_pass(struct fake_node *node, char *said, size_t size)
{
	FILE *file = tmpfile();
	int old = dup(STDERR_FILENO);
	size_t n;

	assert_non_null(file);
	assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
	fake_pass(node, 10 * SECOND);
	assert_true(dup2(old, STDERR_FILENO) >= 0);
	close(old);
	rewind(file);
	n = fread(said, 1, size - 1, file);
	said[n] = '\0';
	fclose(file);
}

/* That is what its first process says, and so it is said who gets out of metering that way. */
static void test_another_hub_is_the_systems(void **state)
{
	static char url[] = "http://a";
	struct fake_node *node = new_node(FAKE_UNIFIED);
	char said[1024];

	(void)state;
	meter_free(node->meter);
	node->config.api_url = url;
	fake_open_meter(node);
	fake_start(&node->machine, 50, 1, 1000, "JUPYTERHUB_USER=ada\nJUPYTERHUB_API_URL=http://b");
	fake_start(&node->machine, 60, 1, 1000, "JUPYTERHUB_USER=bob\nJUPYTERHUB_API_URL=http://a");
	fake_make_cgroup(node, ADA, 50);
	fake_make_cgroup(node, BOB, 60);
	listen_to_pass(node, said, sizeof(said));
	assert_non_null(strstr(said,
		"event=unit_left unit=\"jupyter-ada-singleuser.service\" api_url=\"http://b\""));
	assert_null(strstr(said, "bob"));
	fake_use_cpu(node, ADA, 100000);
	fake_use_cpu(node, BOB, 200000);
	listen_to_pass(node, said, sizeof(said));
	assert_string_equal(said, ""); /* once */
	fake_take_window(node);
	assert_null(fake_user(node, "ada"));
	assert_int_equal(fake_user(node, "bob")->cpu_usec, 200000);
	assert_int_equal(node->told.system_usec, 100000);
	fake_node_free(node);
}

/* A user who is called bob-singleuser, on a hub whose units have no such ending. */
static void test_a_unit_that_fits_two_templates(void **state)
{
	struct fake_node *node = new_node(FAKE_UNIFIED);
	char said[1024];

	(void)state;
	fake_start(&node->machine, 50, 1, 1000, "JUPYTERHUB_USER=ada-singleuser\n");
	fake_start(&node->machine, 60, 1, 1001, "JUPYTERHUB_USER=bob\n");
	fake_make_cgroup(node, ADA, 50);
	fake_make_cgroup(node, BOB, 60);
	listen_to_pass(node, said, sizeof(said));
	assert_non_null(
		strstr(said, "event=unit_user_differs unit=\"jupyter-ada-singleuser.service\" "
			     "user=\"ada\" claims=\"ada-singleuser\""));
	assert_null(strstr(said, "bob"));
	listen_to_pass(node, said, sizeof(said));
	assert_string_equal(said, ""); /* once */
	fake_node_free(node);
}

/* Names that strangers chose are made fit to travel. */
static void test_hostile_name(void **state)
{
	static const char unit[] = "system.slice/jupyter-a\\x0ab\\xff.service";
	struct fake_node *node = new_node(FAKE_UNIFIED);

	(void)state;
	fake_make_cgroup(node, unit, 50);
	fake_pass(node, 0);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 1);
	assert_memory_equal(node->told.row[0].user,
		"a\xef\xbf\xbd"
		"b\xef\xbf\xbd~",
		9);
	fake_node_free(node);
}

/* The slice is made for the first server, at the top; nothing is lost of it. */
static void first_of_a_slice(struct fake_node *node)
{
	fake_pass(node, 0);
	fake_make_cgroup(node, "jupyter.slice", 0);
	fake_make_cgroup(node, "jupyter.slice/jupyter-ada.service", 50);
	fake_use_cpu(node, "jupyter.slice/jupyter-ada.service", 100000);
	fake_pass(node, 10 * SECOND);
	fake_use_cpu(node, "jupyter.slice/jupyter-ada.service", 30000);
	fake_remove_cgroup(node, "jupyter.slice/jupyter-ada.service");
	fake_pass(node, 1 * SECOND);
	fake_take_window(node);
	assert_int_equal(fake_user(node, "ada")->cpu_usec, 130000);
}

static void test_first_of_a_slice(void **state)
{
	(void)state;
	for_each_layout(first_of_a_slice);
}

/* What is told of a slice that is gone by the time we hear of it still counts. */
static void told_too_late(struct fake_node *node)
{
	static const char slice[] = "system.slice/system-jupyter\\x2da.slice";
	static const char known[] = "system.slice/system-jupyter\\x2da.slice/jupyter-a@b.service";
	static const char unseen[] = "system.slice/system-jupyter\\x2da.slice/jupyter-a@c.service";

	fake_make_cgroup(node, slice, 0);
	fake_make_cgroup(node, known, 50);
	fake_pass(node, 0);
	fake_remove_cgroup(node, known);
	fake_make_cgroup(node, unseen, 50);
	fake_use_cpu(node, unseen, 70000);
	fake_remove_cgroup(node, unseen);
	fake_remove_cgroup(node, slice);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_non_null(fake_user(node, "a@b"));
	assert_non_null(fake_user(node, "a@c"));
	assert_int_equal(
		fake_user(node, "a@b")->cpu_usec + fake_user(node, "a@c")->cpu_usec, 70000);
	assert_int_equal(node->told.system_usec, 0);
}

static void test_told_too_late(void **state)
{
	(void)state;
	for_each_layout(told_too_late);
}

/* A slice at the top goes with its last server: its counter is asked when that is told of. */
static void last_of_a_slice(struct fake_node *node)
{
	static const char unit[] = "jupyter.slice/jupyter-ada.service";

	fake_make_cgroup(node, "jupyter.slice", 0);
	fake_make_cgroup(node, unit, 50);
	fake_pass(node, 0);
	fake_use_cpu(node, unit, 100000);
	fake_pass(node, 10 * SECOND);
	fake_use_cpu(node, unit, 30000);
	fake_remove_cgroup(node, unit);
	assert_true(fake_take_events(node));
	fake_remove_cgroup(node, "jupyter.slice");
	fake_pass(node, 1 * SECOND);
	fake_take_window(node);
	assert_int_equal(fake_user(node, "ada")->cpu_usec, 130000);
	assert_int_equal(fake_user(node, "ada")->flags, HM_FLAG_FINAL | HM_FLAG_RESIDUAL);
}

static void test_last_of_a_slice(void **state)
{
	(void)state;
	for_each_layout(last_of_a_slice);
}

/* The cgroup file system is mounted after the collector started. */
static void test_tree_appears(void **state)
{
	struct fake_node *node = new_node(FAKE_UNIFIED);
	char path[200];

	(void)state;
	fake_make_cgroup(node, ADA, 50);
	meter_free(node->meter);
	snprintf(path, sizeof(path), "%s/cgroup.controllers", node->root);
	assert_int_equal(unlink(path), 0);
	fake_open_meter(node);
	fake_pass(node, 0);
	fake_use_cpu(node, ADA, 100000);
	fake_pass(node, 10 * SECOND);
	fake_put(node->root, "cgroup.controllers", "\n");
	fake_pass(node, 10 * SECOND);
	fake_use_cpu(node, ADA, 200000);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(fake_user(node, "ada")->cpu_usec, 200000); /* since it was seen */
	fake_node_free(node);
}

static void test_switched_off(void **state)
{
	static char empty[] = "";
	struct source_context context = {0};
	struct fake_node *node = new_node(FAKE_UNIFIED);
	void *source;

	(void)state;
	context.config = &node->config;
	node->config.systemd_unit = empty;
	assert_int_equal(systemd_source_ops.init(&context, &source), -ENOENT);
	fake_node_free(node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lives),
		cmocka_unit_test(test_between_two_passes),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_several_end),
		cmocka_unit_test(test_same_path),
		cmocka_unit_test(test_template_instance),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_dead_cache),
		cmocka_unit_test(test_controller_appears),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_another_hub_is_the_systems),
		cmocka_unit_test(test_a_unit_that_fits_two_templates),
		cmocka_unit_test(test_hostile_name),
		cmocka_unit_test(test_first_of_a_slice),
		cmocka_unit_test(test_told_too_late),
		cmocka_unit_test(test_last_of_a_slice),
		cmocka_unit_test(test_tree_appears),
		cmocka_unit_test(test_switched_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
