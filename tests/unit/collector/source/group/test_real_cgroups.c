/*
 * The kernel's cgroups, real processes in them, and getrusage() to compare with. Cgroups are made
 * below a slice of this test's own, at the top of version 2's tree and of version 1's that counts
 * CPU; needs root, and a machine that has such a tree to write to, else it is skipped.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "collector/cgroup/cgroup.h"
#include "collector/config.h"
#include "collector/source/systemd/systemd_source.h"
#include "tests/unit/collector/told.h"

#define N_SHORT	       120
#define N_BUSY	       2
#define N_TOGETHER     5
#define TOLERANCE_USEC 5000 /* or half a percent */
#define DEADLINE_NSEC  20000000000LL

struct real {
	char root[64]; /* what the collector takes for /sys/fs/cgroup */
	char tree[128];
	char slice[192];
	char units[64];
	struct cgroup_tree reading; /* for a look of our own */
	struct config config;
	struct meter *meter;
	struct told told;
};

static const struct source_ops *const only_systemd[] = {&systemd_source_ops, NULL};

static int64_t nsec_of(clockid_t clock)
{
	struct timespec now;

	assert_int_equal(clock_gettime(clock, &now), 0);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* ------------------------------------------------------------------------------ the machine */

static bool find_tree(struct real *real, bool is_v1)
{
	static const char *const v2[] = {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"};
	char path[300];

	for (size_t i = 0; i < (is_v1 ? 1 : 2); i++) {
		snprintf(real->tree, sizeof(real->tree), "%s",
			is_v1 ? "/sys/fs/cgroup/cpuacct" : v2[i]);
		snprintf(path, sizeof(path), "%s/%s", real->tree,
			is_v1 ? "cpuacct.usage" : "cgroup.controllers");
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

/* A root that has this one tree only. */
static void link_root(struct real *real, bool is_v1)
{
	char path[128];

	snprintf(real->root, sizeof(real->root), "/tmp/hubmeter-cgroups-XXXXXX");
	assert_non_null(mkdtemp(real->root));
	snprintf(path, sizeof(path), "%s/%s", real->root, is_v1 ? "cpuacct" : "unified");
	assert_int_equal(symlink(real->tree, path), 0);
}

static struct real *real_new(bool is_v1)
{
	static char hub[] = "h", name[] = "n", class[] = "c", empty[] = "", proc[] = "/proc";
	struct real *real = calloc(1, sizeof(*real));

	assert_non_null(real);
	if (!find_tree(real, is_v1)) {
		free(real);
		return NULL;
	}
	snprintf(
		real->slice, sizeof(real->slice), "%s/hubmeter%d.slice", real->tree, (int)getpid());
	if (mkdir(real->slice, 0755) < 0) {
		free(real);
		return NULL;
	}
	link_root(real, is_v1);
	snprintf(real->units, sizeof(real->units), "hubmeter%d-{USERNAME}", (int)getpid());
	real->config = (struct config){.hub = hub,
		.node = name,
		.resource_class = class,
		.api_url = empty,
		.memory_interval = 60000000,
		.cgroup = real->root,
		.systemd_unit = real->units,
		.proc = proc};
	real->reading = (struct cgroup_tree)CGROUP_TREE_INIT;
	assert_int_equal(cgroup_tree_find(&real->reading, real->root, CGROUP_PREFER_V2), 0);
	assert_int_equal(real->reading.is_v1, is_v1);
	assert_int_equal(meter_new(&real->config, &clock_system, only_systemd, &real->meter), 0);
	return real;
}

static void remove_directory(const char *path)
{
	int64_t deadline = nsec_of(CLOCK_MONOTONIC) + DEADLINE_NSEC;

	while (rmdir(path) < 0) {
		assert_int_equal(errno, EBUSY); /* the last process is still being taken away */
		assert_true(nsec_of(CLOCK_MONOTONIC) < deadline);
		sched_yield();
	}
}

static void real_free(struct real *real, bool is_v1)
{
	char path[128];

	meter_free(real->meter);
	cgroup_tree_close(&real->reading);
	remove_directory(real->slice);
	snprintf(path, sizeof(path), "%s/%s", real->root, is_v1 ? "cpuacct" : "unified");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(real->root), 0);
	free(real);
}

static uint64_t slice_usec(struct real *real)
{
	struct cgroup cgroup = CGROUP_INIT;
	uint64_t nsec;

	assert_int_equal(
		cgroup_read_cpu(&cgroup, &real->reading, strrchr(real->slice, '/') + 1, &nsec), 0);
	cgroup_close(&cgroup, &real->reading);
	return nsec / 1000;
}

static const char *unit_path(const struct real *real, const char *user, char path[400])
{
	snprintf(path, 400, "%s/hubmeter%d-%s.service", real->slice, (int)getpid(), user);
	return path;
}

static void make_unit(const struct real *real, const char *user, char path[400])
{
	assert_true(mkdir(unit_path(real, user, path), 0755) == 0 || errno == EEXIST);
}

/* -------------------------------------------------------------------------------- processes */

struct server {
	pid_t pid;
	int from;
	int64_t before_nsec; /* what it used before it was in its cgroup */
};

static void be_server(const char *path, int to, int64_t nsec)
{
	char procs[500];
	int fd;
	int64_t before;

	snprintf(procs, sizeof(procs), "%s/cgroup.procs", path);
	fd = open(procs, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		_exit(1);
	before = nsec_of(CLOCK_PROCESS_CPUTIME_ID);
	if (write(to, &before, sizeof(before)) != sizeof(before))
		_exit(2);
	while (nsec_of(CLOCK_PROCESS_CPUTIME_ID) - before < nsec)
		;
	_exit(0);
}

static struct server start(const struct real *real, const char *user, int64_t nsec)
{
	struct server server;
	char path[400];
	int fds[2];

	make_unit(real, user, path);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	server.pid = fork();
	assert_true(server.pid >= 0);
	if (server.pid == 0)
		be_server(path, fds[1], nsec);
	close(fds[1]);
	server.from = fds[0];
	assert_int_equal(read(server.from, &server.before_nsec, sizeof(server.before_nsec)),
		sizeof(server.before_nsec));
	return server;
}

/* Wait for its end, remove its cgroup. Microseconds that it used in there. */
static uint64_t finish(const struct real *real, const char *user, struct server *server)
{
	struct rusage usage;
	char path[400];
	int64_t usec;

	assert_int_equal(wait4(server->pid, NULL, 0, &usage), server->pid);
	close(server->from);
	remove_directory(unit_path(real, user, path));
	usec = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 + usage.ru_utime.tv_usec +
	       usage.ru_stime.tv_usec - server->before_nsec / 1000;
	return usec > 0 ? (uint64_t)usec : 0;
}

static uint64_t stop(const struct real *real, const char *user, struct server *server)
{
	assert_int_equal(kill(server->pid, SIGKILL), 0);
	return finish(real, user, server);
}

/* What the loop does when the descriptor is readable; it must be, soon. */
static void pass_on_event(struct real *real)
{
	struct pollfd event = {.fd = meter_event_fd(real->meter), .events = POLLIN};
	int64_t deadline = nsec_of(CLOCK_MONOTONIC) + DEADLINE_NSEC;

	do {
		assert_true(nsec_of(CLOCK_MONOTONIC) < deadline);
		assert_true(poll(&event, 1, 1000) >= 0);
	} while (!meter_on_event(real->meter));
	assert_int_equal(meter_pass(real->meter), 0);
}

static void take_window(struct real *real)
{
	told_take_window(&real->told, real->meter, clock_realtime_usec(&clock_system));
}

/* ------------------------------------------------------------------------------------ tests */

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static void check(struct real *real, const char *user, uint64_t truth_usec, uint64_t *max_error)
{
	const struct told_row *row = told_user(&real->told, user);
	uint64_t tolerance = truth_usec / 200, error;

	assert_non_null(row);
	error = distance(row->cpu_usec, truth_usec);
	if (error > *max_error)
		*max_error = error;
	if (error > (tolerance > TOLERANCE_USEC ? tolerance : TOLERANCE_USEC))
		fail_msg("%s: %llu booked, %llu used", user, (unsigned long long)row->cpu_usec,
			(unsigned long long)truth_usec);
	assert_true(row->flags & HM_FLAG_FINAL);
}

static uint64_t told_sum(const struct told *told)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < told->n_rows; i++)
		sum += told->row[i].cpu_usec;
	return sum;
}

/*
 * Each lives and dies between two passes, never seen alive, beside two that are busy all the time;
 * then the busy ones end, and one more on an idle machine pays what may be owed.
 */
static void run_short_lives(bool is_v1)
{
	struct real *real = real_new(is_v1);
	struct server server, busy[N_BUSY];
	uint64_t truth[N_SHORT + 1], busy_truth, max_error = 0, before, gained;
	char user[32], path[400];

	if (!real)
		skip();
	for (int i = 0; i < N_BUSY; i++) {
		snprintf(user, sizeof(user), "busy%d", i);
		make_unit(real, user, path);
	}
	assert_int_equal(meter_pass(real->meter), 0);
	before = slice_usec(real);
	for (int i = 0; i < N_BUSY; i++) {
		snprintf(user, sizeof(user), "busy%d", i);
		busy[i] = start(real, user, INT64_MAX);
	}
	for (int i = 0; i < N_SHORT; i++) {
		snprintf(user, sizeof(user), "short%d", i);
		server = start(real, user, (i % 10) * 2000000LL);
		truth[i] = finish(real, user, &server);
		pass_on_event(real);
	}
	for (int i = 0; i < N_BUSY; i++) {
		snprintf(user, sizeof(user), "busy%d", i);
		busy_truth = stop(real, user, &busy[i]);
		pass_on_event(real);
		print_message("%s: %llu us in all\n", user, (unsigned long long)busy_truth);
	}
	server = start(real, "last", 30000000);
	truth[N_SHORT] = finish(real, "last", &server);
	pass_on_event(real);
	take_window(real);
	gained = slice_usec(real) - before;
	for (int i = 0; i < N_SHORT; i++) {
		snprintf(user, sizeof(user), "short%d", i);
		check(real, user, truth[i], &max_error);
	}
	check(real, "last", truth[N_SHORT], &max_error);
	print_message(
		"version %d: error at most %llu us; the slice gained %llu us, booked %llu us\n",
		is_v1 ? 1 : 2, (unsigned long long)max_error, (unsigned long long)gained,
		(unsigned long long)told_sum(&real->told));
	/* all that the slice gained, but for a part of a microsecond of each */
	assert_true(distance(gained, told_sum(&real->told)) <= real->told.n_rows);
	real_free(real, is_v1);
}

static void test_short_lives_version_2(void **state)
{
	(void)state;
	run_short_lives(false);
}

static void test_short_lives_version_1(void **state)
{
	(void)state;
	run_short_lives(true);
}

/* All of them between the same two passes: the sum is exact, and the split is said to be none. */
static void run_together(bool is_v1)
{
	struct real *real = real_new(is_v1);
	uint64_t truth = 0, before, sum;
	char user[32], path[400];

	if (!real)
		skip();
	make_unit(real, "first", path); /* from here on the slice is metered */
	assert_int_equal(meter_pass(real->meter), 0);
	before = slice_usec(real);
	for (int i = 0; i < N_TOGETHER; i++) {
		struct server another;

		snprintf(user, sizeof(user), "one%d", i);
		another = start(real, user, (i + 1) * 10000000LL);
		truth += finish(real, user, &another);
	}
	remove_directory(path);
	pass_on_event(real);
	take_window(real);
	sum = told_sum(&real->told);
	assert_int_equal(real->told.n_rows, N_TOGETHER + 1);
	for (size_t i = 0; i < real->told.n_rows; i++)
		assert_false(real->told.row[i].flags & HM_FLAG_RESIDUAL);
	assert_true(told_user(&real->told, "one4")->flags & HM_FLAG_RESIDUAL_SPLIT);
	assert_true(distance(sum, truth) <= TOLERANCE_USEC);
	/* of each a part of a microsecond */
	assert_true(distance(sum, slice_usec(real) - before) <= real->told.n_rows);
	real_free(real, is_v1);
}

static void test_together_version_2(void **state)
{
	(void)state;
	run_together(false);
}

static void test_together_version_1(void **state)
{
	(void)state;
	run_together(true);
}

/* No descriptor stays open of what is gone, and a directory that is removed while it is read does
 * not stop a pass. */
static size_t open_descriptors(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void test_no_descriptor_leaks(void **state)
{
	struct real *real = real_new(false);
	size_t before;
	char path[400], user[32];

	(void)state;
	if (!real)
		skip();
	assert_int_equal(mkdir(unit_path(real, "stays", path), 0755), 0);
	assert_int_equal(meter_pass(real->meter), 0);
	assert_int_equal(meter_pass(real->meter), 0);
	before = open_descriptors();
	for (int i = 0; i < 50; i++) {
		snprintf(user, sizeof(user), "u%d", i);
		assert_int_equal(mkdir(unit_path(real, user, path), 0755), 0);
		if (i % 2)
			assert_int_equal(meter_pass(real->meter), 0);
		assert_int_equal(rmdir(path), 0);
	}
	assert_int_equal(meter_pass(real->meter), 0);
	assert_int_equal(open_descriptors(), before);
	take_window(real);
	assert_int_equal(rmdir(unit_path(real, "stays", path)), 0);
	real_free(real, false);
}

/* Whether cgroups can be made in some tree; what needs the other one is skipped by itself. */
static bool can_run(void)
{
	bool any = false;

	for (int is_v1 = 0; is_v1 < 2; is_v1++) {
		struct real *real = real_new(is_v1);

		any |= real != NULL;
		if (real)
			real_free(real, is_v1);
	}
	return any;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short_lives_version_2),
		cmocka_unit_test(test_short_lives_version_1),
		cmocka_unit_test(test_together_version_2),
		cmocka_unit_test(test_together_version_1),
		cmocka_unit_test(test_no_descriptor_leaks),
	};

	if (!can_run()) {
		(void)fprintf(stderr, "skipped: no cgroups can be made here\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
