/*
 * The kernel's cgroups, real processes in them, and getrusage() to compare with. Cgroups are made
 * below a slice of the test's own, at the top of version 2's tree or of version 1's that counts
 * CPU; that needs root, and a machine that has such a tree to write to.
 *
 *	real_new(is_v1)				NULL: none can be made here
 *	server = real_start(real, user, nsec)	it uses so much CPU, and ends
 *	truth = real_finish(real, user, &server)	it is waited for, its cgroup removed
 *	real_pass_on_event(real)			what the loop does when it is told of that
 */
#ifndef TESTS_UNIT_COLLECTOR_SOURCE_GROUP_REAL_CGROUPS_H
#define TESTS_UNIT_COLLECTOR_SOURCE_GROUP_REAL_CGROUPS_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
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

#define TOLERANCE_USEC 5000 /* or half a percent */
#define END_USEC       1000 /* of a process */
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

static inline int64_t nsec_of(clockid_t clock)
{
	struct timespec now;

	assert_int_equal(clock_gettime(clock, &now), 0);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* ------------------------------------------------------------------------------ the machine */

static inline bool find_tree(struct real *real, bool is_v1)
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
static inline void link_root(struct real *real, bool is_v1)
{
	char path[128];

	snprintf(real->root, sizeof(real->root), "/tmp/hubmeter-cgroups-XXXXXX");
	assert_non_null(mkdtemp(real->root));
	snprintf(path, sizeof(path), "%s/%s", real->root, is_v1 ? "cpuacct" : "unified");
	assert_int_equal(symlink(real->tree, path), 0);
}

static inline struct real *real_new(bool is_v1)
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

static inline void remove_directory(const char *path)
{
	int64_t deadline = nsec_of(CLOCK_MONOTONIC) + DEADLINE_NSEC;

	while (rmdir(path) < 0) {
		assert_int_equal(errno, EBUSY); /* the last process is still being taken away */
		assert_true(nsec_of(CLOCK_MONOTONIC) < deadline);
		sched_yield();
	}
}

static inline void real_free(struct real *real, bool is_v1)
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

static inline uint64_t real_slice_usec(struct real *real)
{
	struct cgroup cgroup = CGROUP_INIT;
	uint64_t nsec;

	assert_int_equal(
		cgroup_read_cpu(&cgroup, &real->reading, strrchr(real->slice, '/') + 1, &nsec), 0);
	cgroup_close(&cgroup, &real->reading);
	return nsec / 1000;
}

static inline const char *real_unit_path(const struct real *real, const char *user, char path[400])
{
	snprintf(path, 400, "%s/hubmeter%d-%s.service", real->slice, (int)getpid(), user);
	return path;
}

static inline void real_make_unit(const struct real *real, const char *user, char path[400])
{
	assert_true(mkdir(real_unit_path(real, user, path), 0755) == 0 || errno == EEXIST);
}

/* -------------------------------------------------------------------------------- processes */

struct server {
	pid_t pid;
	int from;
	int64_t before_nsec; /* what it used before it was in its cgroup */
};

static inline void be_server(const char *path, int to, int64_t nsec)
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

static inline struct server real_start(const struct real *real, const char *user, int64_t nsec)
{
	struct server server;
	char path[400];
	int fds[2];

	real_make_unit(real, user, path);
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

/* Wait for its end. Microseconds that it used in its cgroup. */
static inline uint64_t real_reap(const struct server *server)
{
	struct rusage usage;
	int64_t usec;

	assert_int_equal(wait4(server->pid, NULL, 0, &usage), server->pid);
	close(server->from);
	usec = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 + usage.ru_utime.tv_usec +
	       usage.ru_stime.tv_usec - server->before_nsec / 1000;
	return usec > 0 ? (uint64_t)usec : 0;
}

/* Wait for its end, remove its cgroup. The same. */
static inline uint64_t real_finish(
	const struct real *real, const char *user, const struct server *server)
{
	uint64_t usec = real_reap(server);
	char path[400];

	remove_directory(real_unit_path(real, user, path));
	return usec;
}

static inline uint64_t real_stop(
	const struct real *real, const char *user, const struct server *server)
{
	assert_int_equal(kill(server->pid, SIGKILL), 0);
	return real_finish(real, user, server);
}

/* Until the meter is told of something that wants a pass; it must be, soon. */
static inline void real_await_event(struct real *real)
{
	struct pollfd event = {.fd = meter_event_fd(real->meter), .events = POLLIN};
	int64_t deadline = nsec_of(CLOCK_MONOTONIC) + DEADLINE_NSEC;

	do {
		assert_true(nsec_of(CLOCK_MONOTONIC) < deadline);
		assert_true(poll(&event, 1, 1000) >= 0);
	} while (!meter_on_event(real->meter));
}

/* What the loop does then. */
static inline void real_pass_on_event(struct real *real)
{
	real_await_event(real);
	assert_int_equal(meter_pass(real->meter), 0);
}

static inline void real_take_window(struct real *real)
{
	told_take_window(&real->told, real->meter, clock_realtime_usec(&clock_system));
}

static inline uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/*
 * What @n processes of @user used, as each of them was told: to that the kernel adds what ending it
 * took.
 */
static inline void real_check(struct real *real, const char *user, uint64_t truth_usec,
	unsigned int n, uint64_t *max_error)
{
	const struct told_row *row = told_user(&real->told, user);
	uint64_t tolerance = truth_usec / 200, error;

	assert_non_null(row);
	if (tolerance < TOLERANCE_USEC)
		tolerance = TOLERANCE_USEC;
	error = distance(row->cpu_usec, truth_usec);
	if (error > *max_error)
		*max_error = error;
	if (error > tolerance + (n - 1) * END_USEC)
		fail_msg("%s: %llu booked, %llu used", user, (unsigned long long)row->cpu_usec,
			(unsigned long long)truth_usec);
	assert_true(row->flags & HM_FLAG_FINAL);
}

/* How many are open below the slice, of what is gone too; others may have places of their own. */
static inline size_t open_descriptors(const struct real *real)
{
	const char *slice = strrchr(real->slice, '/');
	char path[64], target[600];
	size_t n = 0;

	for (int fd = 0; fd < 1024; fd++) {
		ssize_t size;

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		size = readlink(path, target, sizeof(target) - 1);
		target[size > 0 ? size : 0] = '\0';
		n += strstr(target, slice) != NULL;
	}
	return n;
}

/* Whether cgroups can be made in some tree; what needs the other one is skipped by itself. */
static inline bool real_can_run(void)
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

#endif
