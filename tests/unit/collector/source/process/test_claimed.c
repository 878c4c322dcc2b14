/* Nodes where servers are units, and what people start beside these under the same accounts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/eventfd.h>

#include "collector/source/process/process_source.h"
#include "collector/source/systemd/systemd_source.h"
#include "tests/unit/collector/fake_cgroups.h"

#define SECOND 1000000
#define ADA    "system.slice/jupyter-ada.service"
#define BOB    "system.slice/jupyter-bob.service"
#define CRON   "system.slice/cron.service"

static struct source_ops process;
static const struct source_ops *const both[] = {&systemd_source_ops, &process, NULL};
static int readable_fd;

/* Of the process source, which something always happens to. */
static int always_readable(const void *self)
{
	(void)self;
	return readable_fd;
}

static int set_up(void **state)
{
	(void)state;
	process = process_source_ops;
	process.event_fd = always_readable;
	readable_fd = eventfd(1, EFD_CLOEXEC);
	return readable_fd < 0;
}

static int tear_down(void **state)
{
	(void)state;
	return close(readable_fd);
}

static void start(struct fake_node *node, int32_t pid, int32_t parent, uint32_t uid,
	const char *environ, const char *cgroup)
{
	char path[128];

	snprintf(path, sizeof(path), "/%s", cgroup);
	fake_start(&node->machine, pid, parent, uid, environ);
	fake_write_cgroup(&node->machine, pid, path);
}

static void use(struct fake_node *node, int32_t pid, const char *cgroup, uint64_t ticks)
{
	fake_find(&node->machine, pid)->self_ticks += ticks;
	fake_use_cpu(node, cgroup, ticks * FAKE_TICK_USEC);
}

/* As the Littlest JupyterHub does it: the account jupyter-ada has a unit jupyter-ada. */
static struct fake_node *new_node(void)
{
	struct fake_node *node = fake_node_new(FAKE_UNIFIED, both);

	fake_make_cgroup(node, "system.slice", 0);
	fake_make_cgroup(node, CRON, 40);
	start(node, 1, 0, 0, "", "init.scope");
	fake_write_passwd(&node->machine, "jupyter-ada:x:1001:1001:\njupyter-bob:x:1002:1002:\n");
	start(node, 40, 1, 0, "", CRON);
	fake_pass(node, 0);
	fake_make_cgroup(node, ADA, 50);
	start(node, 50, 1, 1001, "JUPYTERHUB_USER=ada\n", ADA);
	fake_pass(node, 10 * SECOND);
	return node;
}

/* Cron takes the environment from ada's table, and is root's. */
static void start_job(struct fake_node *node)
{
	start(node, 41, 40, 0, "", CRON);
	start(node, 42, 41, 1001, "JUPYTERHUB_USER=bob\nCPU_GUARANTEE=1\n", CRON);
	use(node, 42, CRON, 300);
	fake_pass(node, 10 * SECOND);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
}

static void test_a_job_of_cron_beside_a_unit(void **state)
{
	struct fake_node *node = new_node();
	const struct told_row *nobody;

	(void)state;
	use(node, 50, ADA, 100);
	start_job(node);
	assert_null(fake_user(node, "bob"));
	assert_int_equal(fake_user(node, "ada")->cpu_usec, 100 * FAKE_TICK_USEC);
	nobody = fake_user(node, "");
	assert_non_null(nobody);
	assert_int_equal(nobody->cpu_usec, 300 * FAKE_TICK_USEC);
	assert_true(nobody->flags & HM_FLAG_UNPROVEN);
	fake_node_free(node);
}

/* Her server ended, and the collector was started again: her account is what it was. */
static void test_a_job_of_cron_after_a_unit(void **state)
{
	struct fake_node *node = new_node();

	(void)state;
	fake_end(&node->machine, fake_find(&node->machine, 50), true);
	fake_remove_cgroup(node, ADA);
	fake_pass(node, 10 * SECOND);
	fake_restart(node);
	start_job(node);
	assert_null(fake_user(node, "bob"));
	assert_int_equal(fake_user(node, "")->cpu_usec, 300 * FAKE_TICK_USEC);
	fake_node_free(node);
}

/* What is in the unit is the unit's, and none of it is told twice or as unproven. */
static void test_a_unit_is_told_once(void **state)
{
	struct fake_node *node = new_node();

	(void)state;
	start(node, 51, 50, 1001, "JUPYTERHUB_USER=ada\n", ADA);
	use(node, 51, ADA, 100);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 1);
	assert_int_equal(fake_user(node, "ada")->cpu_usec, 100 * FAKE_TICK_USEC);
	fake_node_free(node);
}

/* Whoever reads the journal is to look at what is nobody's, and not at every unit. */
static void test_what_is_claimed_is_not_called_unproven(void **state)
{
	FILE *file = tmpfile();
	int old = dup(STDERR_FILENO);
	char said[4096] = "";
	struct fake_node *node;

	(void)state;
	assert_non_null(file);
	assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
	node = new_node();
	start_job(node);
	assert_true(dup2(old, STDERR_FILENO) >= 0);
	close(old);
	rewind(file);
	assert_true(fread(said, 1, sizeof(said) - 1, file) > 0);
	fclose(file);
	assert_null(strstr(said, "pid=50"));
	assert_non_null(
		strstr(said, "event=server_unproven pid=42 uid=1001 claims=\"bob\" so_far=1"));
	fake_node_free(node);
}

/* Something ended while a unit was there that no pass saw: its CPU is its cgroup's all the same. */
static void test_a_unit_between_two_passes(void **state)
{
	struct fake_node *node = new_node();

	(void)state;
	fake_make_cgroup(node, BOB, 70);
	start(node, 70, 1, 1002, "JUPYTERHUB_USER=bob\n", BOB);
	use(node, 70, BOB, 100);
	node->machine.boottime_usec += SECOND;
	fake_publish(&node->machine);
	(void)fake_take_events(node); /* that something ended; a new unit asks for no pass */
	fake_end(&node->machine, fake_find(&node->machine, 70), true);
	fake_remove_cgroup(node, BOB);
	node->machine.boottime_usec += SECOND;
	fake_publish(&node->machine);
	assert_true(fake_take_events(node)); /* that the unit did */
	fake_pass(node, SECOND);
	fake_take_window(node);
	assert_null(fake_user(node, ""));
	assert_int_equal(fake_user(node, "bob")->cpu_usec, 100 * FAKE_TICK_USEC);
	fake_node_free(node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_job_of_cron_beside_a_unit),
		cmocka_unit_test(test_a_job_of_cron_after_a_unit),
		cmocka_unit_test(test_a_unit_is_told_once),
		cmocka_unit_test(test_what_is_claimed_is_not_called_unproven),
		cmocka_unit_test(test_a_unit_between_two_passes),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
