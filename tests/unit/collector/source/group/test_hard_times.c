/*
 * What happens to a whole node while its cgroups are metered: it sleeps for an hour, its collector
 * is late or may open nothing, a cgroup is frozen, there are a thousand of them.
 */
#define FAKE_CGROUPS 1100
#define TOLD_ROWS    1100

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include "collector/source/systemd/systemd_source.h"
#include "tests/unit/collector/fake_cgroups.h"

#define SECOND 1000000LL
#define HOUR   (3600 * SECOND)
#define MIB    (1024u * 1024)
#define ADA    "system.slice/jupyter-ada.service"
#define BOB    "system.slice/jupyter-bob.service"
#define MANY   1000

static const struct source_ops *const only_systemd[] = {&systemd_source_ops, NULL};

static void for_each_layout(void (*run)(struct fake_node *node))
{
	for (int layout = FAKE_UNIFIED; layout <= FAKE_HYBRID; layout++) {
		struct fake_node *node = fake_node_new((enum fake_layout)layout, only_systemd);

		fake_make_cgroup(node, "system.slice", 0);
		run(node);
		fake_node_free(node);
	}
}

/* Ada's server, which reserved one core and 200 MiB and uses 100 MiB. */
static void make_ada(struct fake_node *node)
{
	fake_make_cgroup(node, ADA, 50);
	fake_start(&node->machine, 50, 1, 1000,
		"JUPYTERHUB_USER=ada\nCPU_GUARANTEE=1\nMEM_GUARANTEE=209715200\n");
	fake_set_memory(node, ADA, 100 * MIB, 0);
}

/*
 * Case: the machine is suspended, or its virtual one paused, for an hour. What is reserved and held
 * is that of the seconds in which it ran; CPU is what the counters say; a server that starts or
 * ends just behind it is no exception.
 */
static void is_suspended(struct fake_node *node)
{
	const struct told_row *ada, *bob, *eve;

	make_ada(node);
	fake_make_cgroup(node, BOB, 60);
	fake_pass(node, 0);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	ada = fake_user(node, "ada");
	bob = fake_user(node, "bob");
	assert_int_equal(ada->cpu_reserved_usec, 10 * SECOND);
	assert_false(ada->flags & HM_FLAG_SUSPEND);
	fake_use_cpu(node, ADA, 2 * SECOND);
	fake_use_cpu(node, BOB, 300000);
	node->machine.suspended_usec += HOUR;
	node->machine.boottime_usec += HOUR;
	fake_make_cgroup(node, "system.slice/jupyter-eve.service", 70);
	fake_use_cpu(node, "system.slice/jupyter-eve.service", 70000);
	fake_remove_cgroup(node, BOB);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(ada->cpu_usec, 2 * SECOND);
	assert_int_equal(ada->cpu_reserved_usec, 20 * SECOND);
	assert_int_equal(ada->memory_mib_sec, 2000);
	assert_int_equal(ada->memory_reserved_mib_sec, 4000);
	assert_int_equal(ada->wall_msec, 20000);
	assert_true(ada->flags & HM_FLAG_SUSPEND);
	assert_int_equal(bob->cpu_usec, 300000);
	assert_true(bob->flags & HM_FLAG_FINAL);
	assert_true(bob->wall_msec <= 20000);
	eve = fake_user(node, "eve");
	assert_int_equal(eve->cpu_usec, 70000);
	assert_true(eve->wall_msec <= 10000);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(ada->cpu_reserved_usec, 30 * SECOND); /* it goes on as before */
	assert_int_equal(node->told.system_usec, 0);
}

static void test_suspended_for_an_hour(void **state)
{
	(void)state;
	for_each_layout(is_suspended);
}

/*
 * Case: the clock is set, two hours back and one ahead, in the middle of an interval. How long
 * anything took is what the machine's own clock says.
 */
static void has_its_clock_set(struct fake_node *node)
{
	static const int64_t steps[] = {0, -2 * HOUR, 0, HOUR, HOUR};
	const struct told_row *ada;

	make_ada(node);
	fake_pass(node, 0);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		fake_use_cpu(node, ADA, 100000);
		node->machine.boottime_usec += 4 * SECOND;
		node->machine.step_usec += steps[i];
		fake_pass(node, 6 * SECOND);
		fake_take_window(node);
		ada = fake_user(node, "ada");
		assert_int_equal(ada->wall_msec, 10000 * (i + 1));
		assert_int_equal(ada->cpu_reserved_usec, 10 * SECOND * (int64_t)(i + 1));
		assert_int_equal(ada->memory_mib_sec, 1000 * (i + 1));
		assert_int_equal(ada->cpu_usec, 100000 * (i + 1));
		assert_int_equal(ada->flags, i == 0 ? 0 : HM_FLAG_CLOCK_STEP);
	}
}

static void test_the_clock_is_set(void **state)
{
	(void)state;
	for_each_layout(has_its_clock_set);
}

/* Case: a frozen cgroup uses no CPU; it is there, holds its memory and what it reserved. */
static void is_frozen(struct fake_node *node)
{
	const struct told_row *ada;
	char directory[600];

	make_ada(node);
	fake_use_cpu(node, ADA, 500000);
	fake_pass(node, 0);
	fake_directory(node, ADA, false, directory);
	if (node->layout != FAKE_LEGACY) /* where the freezer is another hierarchy */
		fake_put(directory, "cgroup.events", "populated 1\nfrozen 1\n");
	for (int i = 0; i < 3; i++)
		fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	ada = fake_user(node, "ada");
	assert_int_equal(ada->cpu_usec, 0);
	assert_int_equal(ada->memory_mib_sec, 3000);
	assert_int_equal(ada->cpu_reserved_usec, 30 * SECOND);
	assert_int_equal(ada->flags, 0);
	fake_populate(node, ADA, 50);
	fake_use_cpu(node, ADA, 400000);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(ada->cpu_usec, 400000);
}

static void test_frozen(void **state)
{
	(void)state;
	for_each_layout(is_frozen);
}

/*
 * Case: a collector that gets no CPU itself: one sample is three seconds late. The next one is in
 * time; both together say what two in time would have said.
 */
static void is_late(struct fake_node *node)
{
	const struct told_row *ada;

	make_ada(node);
	fake_pass(node, 0);
	fake_use_cpu(node, ADA, 1300000);
	fake_pass(node, 13 * SECOND);
	fake_use_cpu(node, ADA, 700000);
	fake_pass(node, 7 * SECOND);
	fake_take_window(node);
	ada = fake_user(node, "ada");
	assert_int_equal(ada->cpu_usec, 2 * SECOND);
	assert_int_equal(ada->cpu_reserved_usec, 20 * SECOND);
	assert_int_equal(ada->memory_mib_sec, 2000);
	assert_int_equal(ada->wall_msec, 20000);
	assert_int_equal(ada->flags, 0);
}

static void test_late(void **state)
{
	(void)state;
	for_each_layout(is_late);
}

static const char *many_path(int i, char path[64])
{
	snprintf(path, 64, "system.slice/jupyter-u%d.service", i);
	return path;
}

/* Server @i does (@i % 7 + 1) times as much as the first one. */
static void all_use(struct fake_node *node, int step)
{
	char path[64];

	for (int i = 0; i < MANY; i += step)
		fake_use_cpu(node, many_path(i, path), 1000 * (uint64_t)(i % 7 + 1));
}

/*
 * Case: a thousand servers on one node, and so few descriptors that nearly none stays open; one
 * sample is late, then every other server ends at once.
 */
static void test_a_thousand(void **state)
{
	struct rlimit before, few;
	struct fake_node *node;
	uint64_t truth = 0;
	char path[64];

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){64, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	node = fake_node_new(FAKE_UNIFIED, only_systemd);
	fake_make_cgroup(node, "system.slice", 0);
	for (int i = 0; i < MANY; i++)
		fake_make_cgroup(node, many_path(i, path), 1000 + i);
	fake_pass(node, 0);
	all_use(node, 1);
	fake_pass(node, 13 * SECOND);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, MANY);
	for (int i = 0; i < MANY; i++) {
		char user[16];

		snprintf(user, sizeof(user), "u%d", i);
		assert_int_equal(fake_user(node, user)->cpu_usec, 1000 * (i % 7 + 1));
		assert_int_equal(fake_user(node, user)->wall_msec, 13000);
		truth += 1000 * (uint64_t)(i % 7 + 1) * (i % 2 ? 1 : 2);
	}
	all_use(node, 2);
	for (int i = 0; i < MANY; i += 2)
		fake_remove_cgroup(node, many_path(i, path));
	fake_pass(node, 7 * SECOND);
	fake_take_window(node);
	/* of each row's end a part of a microsecond */
	assert_in_range(told_sum(&node->told) + MANY, truth, truth + MANY);
	assert_int_equal(node->told.n_rows, MANY);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	fake_node_free(node);
}

static size_t take_all_descriptors(int fd[256])
{
	size_t n = 0;

	while (n < 256 && (fd[n] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		n++;
	assert_true(n < 256);
	return n;
}

/*
 * Case: no descriptor is left to open anything with. Such a pass books nothing, ends nobody, and
 * what it missed is in the next one.
 */
static void has_no_descriptor(struct fake_node *node)
{
	struct rlimit before, few;
	int fd[256];
	size_t n;

	make_ada(node);
	fake_pass(node, 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){128, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	for (int i = 0; i < 3; i++) {
		fake_use_cpu(node, ADA, 100000);
		fake_publish(&node->machine);
		node->machine.boottime_usec += 10 * SECOND;
		n = take_all_descriptors(fd);
		(void)meter_pass(node->meter); /* it may say so, or find all it needs open */
		while (n > 0)
			close(fd[--n]);
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	fake_make_cgroup(node, BOB, 60);
	fake_use_cpu(node, BOB, 70000);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 2);
	assert_int_equal(fake_user(node, "ada")->cpu_usec, 300000);
	assert_int_equal(fake_user(node, "ada")->wall_msec, 40000);
	assert_false(fake_user(node, "ada")->flags & (HM_FLAG_FINAL | HM_FLAG_RESET));
	assert_int_equal(fake_user(node, "bob")->cpu_usec, 70000);
}

static void test_no_descriptor_is_left(void **state)
{
	(void)state;
	for_each_layout(has_no_descriptor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_suspended_for_an_hour),
		cmocka_unit_test(test_the_clock_is_set),
		cmocka_unit_test(test_frozen),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_a_thousand),
		cmocka_unit_test(test_no_descriptor_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
