/*
 * Case: a pid that is another process's by the next sample. What was known of the old one, whose it
 * was and in which cgroup, says nothing of the new one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/source/process/process_source.h"
#include "collector/source/systemd/systemd_source.h"
#include "tests/unit/collector/fake_cgroups.h"

#define SECOND 1000000LL
#define HUB    10
#define PID    20
#define UNIT   "system.slice/jupyter-eve.service"

static const struct source_ops *const both[] = {&process_source_ops, &systemd_source_ops, NULL};

static int set_up(void **state)
{
	struct fake_node *node = fake_node_new(FAKE_UNIFIED, both);

	fake_start(&node->machine, 1, 0, 0, "");
	fake_start(&node->machine, HUB, 1, 0, "");
	fake_make_cgroup(node, "system.slice", 0);
	fake_pass(node, 0);
	*state = node;
	return 0;
}

static int tear_down(void **state)
{
	fake_node_free(*state);
	return 0;
}

static struct fake_process *start_server(struct fake_node *node, uint32_t uid, const char *user)
{
	char environ[64];

	snprintf(environ, sizeof(environ), "JUPYTERHUB_USER=%s\n", user);
	return fake_start(&node->machine, PID, HUB, uid, environ);
}

/* Some time later, with a tail that only its reaper shows. */
static void end_later(struct fake_node *node, struct fake_process *process, uint64_t ticks)
{
	node->machine.boottime_usec += 5 * SECOND;
	fake_burn(&node->machine, process, ticks);
	fake_end(&node->machine, process, true);
}

/* Both with less than the counters of the one before said: no difference of theirs is taken. */
static void test_the_next_server(void **state)
{
	struct fake_node *node = *state;
	struct fake_process *process = start_server(node, 1000, "ada");
	const struct told_row *ada, *bob;

	fake_burn(&node->machine, process, 500);
	fake_pass(node, 10 * SECOND);
	end_later(node, process, 30);
	process = start_server(node, 1001, "bob");
	fake_burn(&node->machine, process, 20);
	fake_pass(node, 5 * SECOND);
	fake_burn(&node->machine, process, 700);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	ada = fake_user(node, "ada");
	bob = fake_user(node, "bob");
	assert_int_equal(ada->cpu_usec, 530 * FAKE_TICK_USEC);
	assert_int_equal(ada->flags, HM_FLAG_FINAL | HM_FLAG_RESIDUAL);
	assert_int_equal(bob->cpu_usec, 720 * FAKE_TICK_USEC);
	assert_int_equal(bob->flags, 0);
	assert_int_equal(node->told.system_usec, 0);
}

/* The new one is nobody's, and so is what it starts, though that is called the child of the pid. */
static void test_a_process_of_the_system(void **state)
{
	struct fake_node *node = *state;
	struct fake_process *process = start_server(node, 1000, "ada");

	fake_burn(&node->machine, process, 500);
	fake_start(&node->machine, 21, PID, 1000, ""); /* adopted by init soon, and still ada's */
	fake_pass(node, 10 * SECOND);
	end_later(node, process, 0);
	process = fake_start(&node->machine, PID, 1, 0, "");
	fake_burn(&node->machine, process, 40);
	fake_burn(&node->machine, fake_start(&node->machine, 15, PID, 0, ""), 50);
	fake_burn(&node->machine, fake_find(&node->machine, 21), 60);
	fake_pass(node, 5 * SECOND);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 1);
	assert_int_equal(fake_user(node, "ada")->cpu_usec, 560 * FAKE_TICK_USEC);
	assert_int_equal(node->told.system_usec, 90 * FAKE_TICK_USEC);
}

static struct fake_process *start_in_unit(struct fake_node *node)
{
	struct fake_process *process = start_server(node, 1002, "eve");

	fake_make_cgroup(node, UNIT, PID);
	fake_write_cgroup(&node->machine, PID, "/" UNIT);
	return process;
}

static void burn_in_unit(struct fake_node *node, struct fake_process *process, uint64_t ticks)
{
	process->self_ticks += ticks;
	fake_use_cpu(node, UNIT, ticks * FAKE_TICK_USEC);
}

/* The old one was in a unit, which meters it; the new one is in none. */
static void test_it_was_in_a_unit(void **state)
{
	struct fake_node *node = *state;
	struct fake_process *process = start_in_unit(node);

	burn_in_unit(node, process, 100);
	fake_pass(node, 10 * SECOND);
	node->machine.boottime_usec += 5 * SECOND;
	fake_end(&node->machine, process, false);
	fake_remove_cgroup(node, UNIT);
	process = start_server(node, 1001, "bob");
	fake_write_cgroup(&node->machine, PID, "/system.slice");
	fake_burn(&node->machine, process, 30);
	fake_pass(node, 5 * SECOND);
	fake_burn(&node->machine, process, 10);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 2);
	assert_int_equal(fake_user(node, "eve")->cpu_usec, 100 * FAKE_TICK_USEC);
	assert_int_equal(fake_user(node, "bob")->cpu_usec, 40 * FAKE_TICK_USEC);
	assert_int_equal(fake_user(node, "bob")->kind, HM_WORKLOAD_KIND_PROCESS);
	assert_int_equal(node->told.system_usec, 0);
}

/* The old one was in none; the new one is in a unit, and nothing of it counts twice. */
static void test_it_is_in_a_unit_now(void **state)
{
	struct fake_node *node = *state;
	struct fake_process *process = start_server(node, 1001, "bob");

	fake_write_cgroup(&node->machine, PID, "/system.slice");
	fake_burn(&node->machine, process, 30);
	fake_pass(node, 10 * SECOND);
	end_later(node, process, 0);
	process = start_in_unit(node);
	burn_in_unit(node, process, 100);
	fake_pass(node, 5 * SECOND);
	burn_in_unit(node, process, 50);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 2);
	assert_int_equal(fake_user(node, "bob")->cpu_usec, 30 * FAKE_TICK_USEC);
	assert_true(fake_user(node, "bob")->flags & HM_FLAG_FINAL);
	assert_int_equal(fake_user(node, "eve")->cpu_usec, 150 * FAKE_TICK_USEC);
	assert_int_equal(fake_user(node, "eve")->kind, HM_WORKLOAD_KIND_CGROUP);
	assert_int_equal(node->told.system_usec, 0);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_the_next_server),
		TEST(test_a_process_of_the_system),
		TEST(test_it_was_in_a_unit),
		TEST(test_it_is_in_a_unit_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
