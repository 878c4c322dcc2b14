/*
 * The meter against real processes. This program executes itself as a server of a hub that exists
 * only here (its own JUPYTERHUB_API_URL), tells it what to do over a pipe and compares what the
 * meter says with getrusage() of the processes themselves.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "collector/config.h"
#include "collector/meter/meter.h"
#include "proto/validate.h"

#define SELF_TOLERANCE_USEC   5000  /* the process goes on to answer after its own look */
#define REAPER_TOLERANCE_USEC 25000 /* two ticks of 10 ms, and that */

#define HELD_MIB ((size_t)64)

static char api_url[128];
static char *held;

/* ------------------------------------------------------------------ the server's side */

static uint64_t usec_of(const struct rusage *usage)
{
	return (uint64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000 +
	       (uint64_t)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
}

static uint64_t usage_usec(int who)
{
	struct rusage usage;

	getrusage(who, &usage);
	return usec_of(&usage);
}

static void burn(uint64_t usec)
{
	uint64_t end = usage_usec(RUSAGE_SELF) + usec;

	while (usage_usec(RUSAGE_SELF) < end) {
		for (volatile int i = 0; i < 20000; i++)
			;
	}
}

static void answer(uint64_t value)
{
	if (write(STDOUT_FILENO, &value, sizeof(value)) != sizeof(value))
		_exit(3);
}

/* A child that burns, waited for: its CPU is ours. */
static void work_in_child(uint64_t usec)
{
	pid_t child = fork();

	if (child == 0) {
		burn(usec);
		_exit(0);
	}
	(void)waitpid(child, NULL, 0);
}

/* A grandchild in a session of its own, which burns and then lives until its input ends. */
static void leave_orphan(uint64_t usec)
{
	pid_t child = fork();

	if (child == 0) {
		if (fork() == 0) {
			char byte;

			setsid();
			burn(usec);
			answer(usage_usec(RUSAGE_SELF));
			while (read(STDIN_FILENO, &byte, 1) > 0)
				;
			_exit(0);
		}
		_exit(0);
	}
	(void)waitpid(child, NULL, 0);
}

/* So much that what the program itself needs, with or without sanitizers, is of no account. */
static void hold_memory(void)
{
	char *memory = malloc(HELD_MIB << 20);

	if (!memory)
		_exit(4);
	for (size_t i = 0; i < HELD_MIB << 20; i += 4096)
		((volatile char *)memory)[i] = 1;
	held = memory;
}

/* Commands: a letter and milliseconds. */
static int serve(void)
{
	struct {
		char letter;
		uint32_t msec;
	} command;

	answer(usage_usec(RUSAGE_SELF));
	while (read(STDIN_FILENO, &command, sizeof(command)) == sizeof(command)) {
		uint64_t usec = command.msec * 1000ull;

		if (command.letter == 'b')
			burn(usec);
		if (command.letter == 'c')
			work_in_child(usec);
		if (command.letter == 'm')
			hold_memory();
		if (command.letter == 'o') {
			leave_orphan(usec);
			return 0;
		}
		if (command.letter == 'x') { /* burn and die */
			burn(usec);
			answer(usage_usec(RUSAGE_SELF) + usage_usec(RUSAGE_CHILDREN));
			return 0;
		}
		answer(usage_usec(RUSAGE_SELF) + usage_usec(RUSAGE_CHILDREN));
	}
	return 0;
}

/* ------------------------------------------------------------------ the test's side */

struct server {
	pid_t pid;
	int to;
	int from;
	uint64_t said_usec; /* getrusage at its last answer */
};

static void tell(struct server *server, char letter, uint32_t msec)
{
	struct {
		char letter;
		uint32_t msec;
	} command;

	memset(&command, 0, sizeof(command));
	command.letter = letter;
	command.msec = msec;
	assert_int_equal(write(server->to, &command, sizeof(command)), sizeof(command));
}

static void hear(struct server *server)
{
	struct pollfd pfd = {.fd = server->from, .events = POLLIN};

	assert_int_equal(poll(&pfd, 1, 30000), 1);
	assert_int_equal(
		read(server->from, &server->said_usec, sizeof(uint64_t)), sizeof(uint64_t));
}

static struct server start_server(const char *user, const char *name)
{
	struct server server = {0};
	int to[2], from[2];
	char user_variable[128], name_variable[128], url_variable[192];
	char *environment[] = {user_variable, name_variable, url_variable,
		(char[]){"HUBMETER_TAG=course-1"}, (char[]){"CPU_GUARANTEE=0.5"},
		(char[]){"MEM_GUARANTEE=1048576"}, (char[]){"ASAN_OPTIONS=detect_leaks=0"}, NULL};
	char *arguments[] = {(char[]){"test_meter_process"}, (char[]){"--serve"}, NULL};

	snprintf(user_variable, sizeof(user_variable), "JUPYTERHUB_USER=%s", user);
	snprintf(name_variable, sizeof(name_variable), "JUPYTERHUB_SERVER_NAME=%s", name);
	snprintf(url_variable, sizeof(url_variable), "JUPYTERHUB_API_URL=%s", api_url);
	assert_int_equal(pipe2(to, O_CLOEXEC), 0);
	assert_int_equal(pipe2(from, O_CLOEXEC), 0);
	server.pid = fork();
	assert_true(server.pid >= 0);
	if (server.pid == 0) {
		dup2(to[0], STDIN_FILENO);
		dup2(from[1], STDOUT_FILENO);
		execve("/proc/self/exe", arguments, environment);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	server.to = to[1];
	server.from = from[0];
	hear(&server);
	return server;
}

/* What it used by the kernel's account, its last work included: counters of coverage, say. */
static uint64_t stop_server(struct server *server)
{
	struct rusage usage = {.ru_utime = {0}};

	close(server->to);
	(void)wait4(server->pid, NULL, 0, &usage);
	close(server->from);
	return usec_of(&usage);
}

static char hub[] = "test", node[] = "node", resource_class[] = "standard", proc[] = "/proc",
	    none[] = "";

static const struct config config = {
	.hub = hub,
	.node = node,
	.resource_class = resource_class,
	.api_url = api_url,
	.proc = proc,
	.memory_interval = 60000000,
	.command = none,
	.slurm_accounts = none,
	.sacct_command = none,
	.sacct_file = none,
	.storage_root = none,
	.command_file = none,
	.cgroup = none,
	.systemd_unit = none,
	.docker_root = none,
	.kubelet_url = none,
};

static struct meter *new_meter(void)
{
	struct meter *meter;

	assert_int_equal(meter_new(&config, &clock_system, sources_all, &meter), 0);
	return meter;
}

/* What the committed windows say of one user. */
struct told {
	uint64_t cpu_usec, billable_usec, wall_msec, memory_mib_sec;
	uint32_t flags;
	size_t n_rows;
};

static void add_rows(const struct hm_batch *batch, const char *user, struct told *told)
{
	for (size_t i = 0; i < batch->n_rows; i++) {
		if (strcmp(batch->strings[batch->user[i]], user) != 0)
			continue;
		told->cpu_usec += batch->quantity[HM_QUANTITY_CPU_USED_USEC][i];
		told->billable_usec += batch->quantity[HM_QUANTITY_CPU_BILLABLE_USEC][i];
		told->memory_mib_sec += batch->quantity[HM_QUANTITY_MEMORY_USED_MIB_SEC][i];
		told->wall_msec += batch->quantity[HM_QUANTITY_WALL_MSEC][i];
		told->flags |= batch->flags[i];
		told->n_rows++;
	}
}

/* Pass, close, check that a reader would take it, commit. */
static void take_window(struct meter *meter, const char *user, struct told *told)
{
	struct hm_wire_limits limits = {.now_usec = clock_realtime_usec(&clock_system),
		.max_age_usec = 3600000000,
		.max_future_usec = 60000000};
	struct hm_batch batch;

	assert_int_equal(meter_pass(meter), 0);
	assert_int_equal(meter_close_window(meter, &batch), 0);
	batch.sequence = 1;
	assert_string_equal(hm_reject_name(hm_batch_validate(&batch, &limits)), "none");
	add_rows(&batch, user, told);
	meter_commit_window(meter);
}

static void assert_near(uint64_t value, uint64_t expected, uint64_t tolerance)
{
	uint64_t distance = value > expected ? value - expected : expected - value;

	if (distance > tolerance)
		fail_msg("%llu is not within %llu of %llu", (unsigned long long)value,
			(unsigned long long)tolerance, (unsigned long long)expected);
}

static void test_live_server_is_exact(void **state)
{
	struct meter *meter = new_meter();
	struct told told = {0};
	struct server server;

	(void)state;
	assert_int_equal(meter_pass(meter), 0);
	server = start_server("ada", "");
	tell(&server, 'b', 300);
	hear(&server);
	take_window(meter, "ada", &told);
	assert_near(told.cpu_usec, server.said_usec, SELF_TOLERANCE_USEC);
	tell(&server, 'b', 100);
	hear(&server);
	take_window(meter, "ada", &told);
	assert_near(told.cpu_usec, server.said_usec, SELF_TOLERANCE_USEC);
	assert_int_equal(told.n_rows, 2);
	assert_int_equal(told.flags & ~(uint32_t)HM_FLAG_ESTIMATED, 0);
	assert_true(told.billable_usec >= told.cpu_usec);
	assert_true(told.wall_msec >= 400);
	stop_server(&server);
	take_window(meter, "ada", &told);
	assert_true(told.flags & HM_FLAG_FINAL);
	take_window(meter, "ada", &told);
	assert_int_equal(told.n_rows, 3);
	meter_free(meter);
}

static void test_first_sight_of_a_new_meter_is_a_baseline(void **state)
{
	struct server server = start_server("bob", "");
	struct meter *meter = new_meter();
	struct told told = {0};

	(void)state;
	tell(&server, 'b', 100);
	hear(&server);
	assert_int_equal(meter_pass(meter), 0);
	take_window(meter, "bob", &told);
	assert_near(told.cpu_usec, 0, SELF_TOLERANCE_USEC);
	stop_server(&server);
	meter_free(meter);
}

static void test_reaped_children_are_counted_once(void **state)
{
	struct meter *meter = new_meter();
	struct told told = {0};
	struct server server;

	(void)state;
	assert_int_equal(meter_pass(meter), 0);
	server = start_server("eve", "lab");
	for (int i = 0; i < 5; i++) {
		tell(&server, 'c', 60);
		if (i % 2) /* sometimes seen while it works, sometimes not */
			take_window(meter, "eve", &told);
		hear(&server);
		take_window(meter, "eve", &told);
		assert_near(told.cpu_usec, server.said_usec, REAPER_TOLERANCE_USEC);
	}
	stop_server(&server);
	take_window(meter, "eve", &told);
	assert_near(told.cpu_usec, server.said_usec, REAPER_TOLERANCE_USEC);
	meter_free(meter);
}

static void test_tail_of_a_dead_server_is_recovered(void **state)
{
	struct meter *meter = new_meter();
	struct told told = {0};
	struct server server;
	uint64_t used_usec;

	(void)state;
	assert_int_equal(meter_pass(meter), 0);
	server = start_server("zoë", "");
	take_window(meter, "zoë", &told);
	tell(&server, 'x', 300);
	hear(&server);
	used_usec = stop_server(&server);
	take_window(meter, "zoë", &told);
	assert_near(told.cpu_usec, used_usec, REAPER_TOLERANCE_USEC);
	assert_true(told.flags & HM_FLAG_FINAL);
	assert_true(told.flags & HM_FLAG_RESIDUAL);
	meter_free(meter);
}

/* Each by the rate at which it was seen to work, so they have to have worked before. */
static void test_tails_of_several_are_shared(void **state)
{
	struct meter *meter = new_meter();
	struct told told = {0};
	struct server server[2];
	uint64_t used_usec = 0;

	(void)state;
	assert_int_equal(meter_pass(meter), 0);
	server[0] = start_server("two", "a");
	server[1] = start_server("two", "b");
	for (int i = 0; i < 2; i++)
		tell(&server[i], 'b', 120);
	for (int i = 0; i < 2; i++)
		hear(&server[i]);
	take_window(meter, "two", &told);
	for (int i = 0; i < 2; i++)
		tell(&server[i], 'x', 120);
	for (int i = 0; i < 2; i++)
		hear(&server[i]);
	for (int i = 0; i < 2; i++)
		used_usec += stop_server(&server[i]);
	take_window(meter, "two", &told);
	assert_near(told.cpu_usec, used_usec, REAPER_TOLERANCE_USEC);
	assert_true(told.flags & HM_FLAG_RESIDUAL_SPLIT);
	meter_free(meter);
}

static void test_end_wakes(void **state)
{
	struct meter *meter = new_meter();
	struct told told = {0};
	struct server server;
	uint64_t used_usec;
	struct pollfd pfd = {.fd = meter_event_fd(meter), .events = POLLIN};

	(void)state;
	assert_true(pfd.fd >= 0);
	assert_int_equal(meter_pass(meter), 0);
	server = start_server("kim", "");
	take_window(meter, "kim", &told);
	assert_int_equal(poll(&pfd, 1, 0), 0);
	tell(&server, 'x', 50);
	hear(&server);
	assert_int_equal(poll(&pfd, 1, 30000), 1);
	assert_false(meter_on_event(meter)); /* settled: no pass is wanted for it */
	assert_true(meter_has_ended_workloads(meter));
	used_usec = stop_server(&server);
	take_window(meter, "kim", &told); /* it was a zombie still: exact */
	assert_near(told.cpu_usec, used_usec, 1000);
	assert_true(told.flags & HM_FLAG_FINAL);
	assert_int_equal(poll(&pfd, 1, 0), 0);
	meter_free(meter);
}

static void test_orphan_stays_with_its_server(void **state)
{
	struct meter *meter = new_meter();
	struct told told = {0};
	struct server server;

	(void)state;
	assert_int_equal(meter_pass(meter), 0);
	server = start_server("orphan", "");
	take_window(meter, "orphan", &told);
	tell(&server, 'o', 150);
	hear(&server); /* the orphan's own account */
	take_window(meter, "orphan", &told);
	assert_true(told.cpu_usec >= server.said_usec);
	assert_true(told.flags & HM_FLAG_ORPHAN);
	assert_false(told.flags & HM_FLAG_FINAL);
	stop_server(&server);
	for (int i = 0; i < 1000 && !(told.flags & HM_FLAG_FINAL); i++)
		take_window(meter, "orphan", &told);
	assert_true(told.flags & HM_FLAG_FINAL);
	meter_free(meter);
}

/* The collector was down. What a living one did is in its own counters; what one did that died is
 * in its reaper's, with whatever else happened there meanwhile: the system's. */
static void test_restart_books_what_the_living_did(void **state)
{
	struct meter *meter = new_meter();
	struct buffer saved = BUFFER_INIT(1 << 24);
	struct told told = {0};
	struct server stays, dies;

	(void)state;
	assert_int_equal(meter_pass(meter), 0);
	stays = start_server("down", "stays");
	dies = start_server("down", "dies");
	take_window(meter, "down", &told);
	assert_int_equal(meter_save(meter, &saved), 0);
	meter_free(meter);
	tell(&stays, 'b', 100);
	hear(&stays);
	tell(&dies, 'x', 200);
	hear(&dies);
	stop_server(&dies);
	meter = new_meter();
	assert_int_equal(meter_restore(meter, saved.data, saved.size), 0);
	take_window(meter, "down", &told);
	assert_near(told.cpu_usec, stays.said_usec, REAPER_TOLERANCE_USEC + SELF_TOLERANCE_USEC);
	assert_true(told.flags & HM_FLAG_GAP);
	assert_true(told.flags & HM_FLAG_FINAL);
	stop_server(&stays);
	meter_free(meter);
	buffer_release(&saved);
}

static void test_memory_has_a_level(void **state)
{
	struct meter *meter = new_meter();
	struct told told = {0};
	struct server server;

	(void)state;
	assert_int_equal(meter_pass(meter), 0);
	server = start_server("mem", "");
	tell(&server, 'm', 0);
	hear(&server);
	take_window(meter, "mem", &told);
	tell(&server, 'b', 1000);
	hear(&server);
	take_window(meter, "mem", &told);
	assert_true(told.memory_mib_sec >= HELD_MIB);
	assert_true(told.memory_mib_sec < 4096);
	stop_server(&server);
	meter_free(meter);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_live_server_is_exact),
		cmocka_unit_test(test_first_sight_of_a_new_meter_is_a_baseline),
		cmocka_unit_test(test_reaped_children_are_counted_once),
		cmocka_unit_test(test_tail_of_a_dead_server_is_recovered),
		cmocka_unit_test(test_tails_of_several_are_shared),
		cmocka_unit_test(test_end_wakes),
		cmocka_unit_test(test_orphan_stays_with_its_server),
		cmocka_unit_test(test_restart_books_what_the_living_did),
		cmocka_unit_test(test_memory_has_a_level),
	};

	if (argc == 2 && strcmp(argv[1], "--serve") == 0)
		return serve();
	signal(SIGPIPE, SIG_IGN);
	snprintf(api_url, sizeof(api_url), "http://test-%d-%lld.invalid/hub/api", (int)getpid(),
		(long long)clock_boottime_usec(&clock_system));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
