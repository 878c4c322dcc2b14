/*
 * Single cases of who reaped whom, in which a known process's CPU was once taken for that of
 * somebody who ended beside it: found by the laws of test_reap. Everything happens between two
 * passes, and pids are such that a search in their order goes wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "tests/unit/collector/source/process/simulated_kernel.h"

#include "collector/config.h"
#include "collector/meter/meter.h"

#define HUB	       50
#define LAST	       200 /* that a pass reads */
#define OWNERS	       3
#define MSEC	       1000000ull
#define TOLERANCE_USEC 20000 /* two ticks, of each process that reaped */

struct bench {
	struct kernel kernel;
	struct meter *meter;
	uint64_t booked_usec[OWNERS];
};

static struct kernel_process *fork_as(
	struct bench *bench, int32_t parent, int32_t pid, enum wait_habit habit)
{
	struct kernel_process *process = kernel_fork_as(&bench->kernel, parent, pid);

	process->habit = habit;
	return process;
}

/* The server of user u@owner. */
static struct kernel_process *start_server(
	struct bench *bench, int owner, int32_t pid, enum wait_habit habit)
{
	struct kernel_process *server = fork_as(bench, HUB, pid, habit);

	server->owner = owner;
	server->uid = KERNEL_UID_BASE + (uint32_t)owner;
	snprintf(server->environ, sizeof(server->environ),
		"JUPYTERHUB_USER=u%d\nJUPYTERHUB_API_URL=http://h\n", owner);
	return server;
}

static void burn(struct bench *bench, int32_t pid, uint64_t nsec)
{
	kernel_burn(&bench->kernel, kernel_find(&bench->kernel, pid), nsec);
}

static void end(struct bench *bench, int32_t pid)
{
	kernel_exit(&bench->kernel, pid);
}

static void pass_and_take(struct bench *bench)
{
	struct hm_batch batch;

	kernel_advance(&bench->kernel, 5000000);
	assert_int_equal(meter_pass(bench->meter), 0);
	if (meter_close_window(bench->meter, &batch) < 0)
		return; /* the first one */
	for (size_t row = 0; row < batch.n_rows; row++) {
		unsigned long owner = strtoul(batch.strings[batch.user[row]] + 1, NULL, 10);

		assert_true(owner > 0 && owner < OWNERS);
		bench->booked_usec[owner] += batch.quantity[HM_QUANTITY_CPU_USED_USEC][row];
	}
	meter_commit_window(bench->meter);
}

static int set_up(void **state)
{
	static const struct source_ops *const sources[] = {&process_source_ops, NULL};
	struct bench *bench = calloc(1, sizeof(*bench));

	kernel_init(&bench->kernel, 1);
	(void)fork_as(bench, INIT, HUB, WAITS);
	assert_int_equal(
		meter_new(&kernel_config, &bench->kernel.clock, sources, &bench->meter), 0);
	pass_and_take(bench);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	meter_free(bench->meter);
	free(bench);
	return 0;
}

static void assert_not_more(const struct bench *bench, int owner, unsigned int reapers)
{
	uint64_t truth = bench->kernel.truth_nsec[owner] / 1000;

	if (bench->booked_usec[owner] > truth + reapers * TOLERANCE_USEC)
		fail_msg("u%d: truth %llu, booked %llu", owner, (unsigned long long)truth,
			(unsigned long long)bench->booked_usec[owner]);
}

/*
 * A server that ignores SIGCHLD, with a child of just under two ticks: that is taken to be in its
 * counter, and so the server's own total is too much by it, while the hub's counter reads two ticks
 * too little. It has room all the same, so that the other one, who slept, gets nothing of it.
 */
static void test_room_of_several_readings(void **state)
{
	struct bench *bench = *state;

	(void)start_server(bench, 1, 100, IGNORES);
	(void)fork_as(bench, 100, 101, WAITS);
	(void)start_server(bench, 2, 102, WAITS);
	burn(bench, 100, 2019 * MSEC + 900000);
	burn(bench, 101, 19 * MSEC + 900000);
	pass_and_take(bench);
	end(bench, 101);
	pass_and_take(bench);
	end(bench, 100);
	end(bench, 102);
	pass_and_take(bench);
	assert_true(bench->kernel.truth_nsec[2] < 1000); /* a nanosecond for each act */
	assert_not_more(bench, 1, 2);
	assert_int_equal(bench->booked_usec[2], 0);
}

/*
 * One that ended had reaped a busy child; an idler one was left to init, but has the smaller pid.
 * Only the busy one does not fit anywhere else.
 */
static void test_the_largest_has_the_choice(void **state)
{
	struct bench *bench = *state;

	(void)start_server(bench, 1, 100, WAITS);
	(void)fork_as(bench, 100, 130, WAITS);
	(void)fork_as(bench, 130, 110, WAITS);
	(void)fork_as(bench, 130, 120, WAITS);
	burn(bench, 110, 4000 * MSEC);
	burn(bench, 120, 23000 * MSEC);
	pass_and_take(bench);
	end(bench, 120);
	end(bench, 130);
	end(bench, 110);
	pass_and_take(bench);
	assert_not_more(bench, 1, 3);
	assert_in_range(bench->booked_usec[1], 27000000 - 3 * TOLERANCE_USEC, UINT64_MAX);
}

/* The same below a server that is a zombie: its children may be init's, too. */
static void test_children_of_a_zombie(void **state)
{
	struct bench *bench = *state;

	kernel_find(&bench->kernel, HUB)->habit = WAITS_LATE;
	(void)start_server(bench, 1, 100, WAITS);
	(void)fork_as(bench, 100, 110, WAITS);
	(void)fork_as(bench, 100, 120, WAITS);
	burn(bench, 110, 1000 * MSEC);
	burn(bench, 120, 2000 * MSEC);
	pass_and_take(bench);
	end(bench, 120);
	end(bench, 100);
	end(bench, 110);
	assert_true(kernel_find(&bench->kernel, 100)->is_zombie);
	pass_and_take(bench);
	assert_not_more(bench, 1, 2);
	assert_in_range(bench->booked_usec[1], 3000000 - 2 * TOLERANCE_USEC, UINT64_MAX);
}

/*
 * A server that is a subreaper adopts and reaps the grandchild of a child that lives on, and ends:
 * the child is init's by then, and nothing says through whom its grandchild went. What the hub got
 * of it was booked while it lived, and is not the server's last word.
 */
static void test_an_adopter_that_ended(void **state)
{
	struct bench *bench = *state;

	start_server(bench, 1, 100, WAITS)->is_subreaper = true;
	(void)fork_as(bench, 100, 110, WAITS);
	(void)fork_as(bench, 110, 120, WAITS);
	(void)fork_as(bench, 120, 130, WAITS);
	burn(bench, 130, 900 * MSEC);
	pass_and_take(bench);
	end(bench, 120);
	end(bench, 130);
	end(bench, 100);
	assert_int_equal(kernel_find(&bench->kernel, 110)->parent, INIT);
	pass_and_take(bench);
	assert_not_more(bench, 1, 3);
	assert_in_range(bench->booked_usec[1], 900000 - TOLERANCE_USEC, UINT64_MAX);
}

static void end_server_behind_its_reading(struct kernel *kernel, int32_t pid, const char *what)
{
	(void)what;
	if (pid == LAST && kernel_find(kernel, 100))
		kernel_exit(kernel, 100);
}

/*
 * A server ends in a pass that read what its child had added to its counter. The child is known;
 * it is not to be expected of the server once more, where another one's last second is shared.
 */
static void test_expected_once(void **state)
{
	struct bench *bench = *state;

	(void)start_server(bench, 1, 100, WAITS);
	(void)fork_as(bench, 100, 110, WAITS);
	(void)start_server(bench, 2, 102, WAITS);
	(void)fork_as(bench, INIT, LAST, WAITS);
	burn(bench, 110, 412 * MSEC);
	pass_and_take(bench);
	burn(bench, 102, 4000 * MSEC);
	end(bench, 102);
	end(bench, 110);
	bench->kernel.before_read = end_server_behind_its_reading;
	pass_and_take(bench);
	bench->kernel.before_read = NULL;
	assert_null(kernel_find(&bench->kernel, 100));
	pass_and_take(bench);
	assert_in_range(bench->booked_usec[1], 412000, 3 * 412000 + 3 * TOLERANCE_USEC);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_room_of_several_readings),
		TEST(test_the_largest_has_the_choice),
		TEST(test_children_of_a_zombie),
		TEST(test_an_adopter_that_ended),
		TEST(test_expected_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
