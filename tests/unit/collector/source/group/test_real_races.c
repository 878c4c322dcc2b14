/*
 * What the kernel does between two looks at its cgroups: a notice that comes late or not at all, a
 * directory that goes before it is read, one that stands still, a storm of forks, and what is seen
 * from inside of a namespace. Where no cgroups can be made it is skipped.
 */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/proc/proc_read.h"
#include "tests/unit/collector/source/group/real_cgroups.h"

#define N_SHORT	     20
#define N_ENDS	     25
#define N_FORKS	     400
#define N_FORKERS    4
#define FORKS_A_PASS 50

/* The loop is not woken for ever; others may make cgroups here, too. */
static void assert_quiet(const struct real *real)
{
	struct pollfd event = {.fd = meter_event_fd(real->meter), .events = POLLIN};
	int64_t deadline = nsec_of(CLOCK_MONOTONIC) + DEADLINE_NSEC;

	while (poll(&event, 1, 0) != 0) {
		assert_true(nsec_of(CLOCK_MONOTONIC) < deadline);
		assert_false(meter_on_event(real->meter)); /* nothing of ours */
	}
}

/* Of each row's end a part of a microsecond, and what a reading's skew left to be paid. */
static void assert_booked(struct real *real, uint64_t gained_usec)
{
	uint64_t missing = distance(told_sum(&real->told), gained_usec);

	if (missing > real->told.n_rows + END_USEC)
		fail_msg("%llu of %llu are missing, or too many", (unsigned long long)missing,
			(unsigned long long)gained_usec);
}

static void make_and_pass(struct real *real, const char *user)
{
	char path[400];

	real_make_unit(real, user, path);
	assert_int_equal(meter_pass(real->meter), 0);
}

static void remove_and_pass(struct real *real, const char *user)
{
	char path[400];

	remove_directory(real_unit_path(real, user, path));
	real_pass_on_event(real);
}

/*
 * Case: that there are processes in it is told late, or never, as two notices become one. Each
 * process comes and goes between two passes; some passes follow its end at once, when the kernel
 * may still call the cgroup populated.
 */
static void run_populated_is_never_seen(bool is_v1)
{
	struct real *real = real_new(is_v1);
	uint64_t truth = 0, before, max_error = 0;
	struct server server;

	if (!real)
		skip();
	make_and_pass(real, "ada");
	before = real_slice_usec(real);
	for (int i = 0; i < N_SHORT; i++) {
		server = real_start(real, "ada", 2000000);
		truth += real_reap(&server);
		if (i % 3)
			assert_int_equal(meter_pass(real->meter), 0);
	}
	real_take_window(real);
	assert_int_equal(real->told.n_rows, 1);
	assert_false(real->told.row[0].flags & HM_FLAG_FINAL); /* empty, but there */
	remove_and_pass(real, "ada");
	real_take_window(real);
	assert_int_equal(real->told.n_rows, 1);
	assert_booked(real, real_slice_usec(real) - before);
	real_check(real, "ada", truth, N_SHORT, &max_error);
	assert_quiet(real);
	real_free(real, is_v1);
}

static void test_populated_is_never_seen_version_2(void **state)
{
	(void)state;
	run_populated_is_never_seen(false);
}

static void test_populated_is_never_seen_version_1(void **state)
{
	(void)state;
	run_populated_is_never_seen(true);
}

/* Of a cgroup that is read again and again; the kernel tells of it, but not always at once. */
static void await_populated(
	struct cgroup *cgroup, struct cgroup_tree *tree, const char *path, bool wanted)
{
	int64_t deadline = nsec_of(CLOCK_MONOTONIC) + DEADLINE_NSEC;
	bool is_populated = !wanted;

	while (is_populated != wanted) {
		assert_true(nsec_of(CLOCK_MONOTONIC) < deadline);
		assert_int_equal(cgroup_read_populated(cgroup, tree, path, &is_populated), 0);
	}
	for (int i = 0; i < 3; i++) {
		assert_int_equal(cgroup_read_populated(cgroup, tree, path, &is_populated), 0);
		assert_int_equal(is_populated, wanted);
	}
}

/* Case: who comes and goes is seen in the end, also where nothing is read without a notice. */
static void test_populated_is_seen_in_the_end(void **state)
{
	struct real *real = real_new(false);
	struct cgroup cgroup = CGROUP_INIT;
	struct server server;
	char path[400];
	const char *below;

	(void)state;
	if (!real)
		skip();
	real_make_unit(real, "ada", path);
	below = path + strlen(real->tree) + 1;
	assert_int_equal(cgroup_open(&cgroup, &real->reading, below), 0);
	await_populated(&cgroup, &real->reading, below, false);
	for (int i = 0; i < N_ENDS; i++) {
		server = real_start(real, "ada", INT64_MAX);
		await_populated(&cgroup, &real->reading, below, true);
		assert_int_equal(kill(server.pid, SIGKILL), 0);
		(void)real_reap(&server);
		await_populated(&cgroup, &real->reading, below, false);
	}
	assert_true(cgroup.events >= 0);
	remove_directory(path);
	assert_int_equal(
		cgroup_read_populated(&cgroup, &real->reading, below, &(bool){false}), -ENOENT);
	cgroup_close(&cgroup, &real->reading);
	real_free(real, false);
}

/*
 * Case: a directory is removed between the notice and the reading. One end is told of; before the
 * pass that it asks for another one ends, whose kept descriptor says ENODEV from then on.
 */
static void run_removed_before_it_is_read(bool is_v1)
{
	struct real *real = real_new(is_v1);
	uint64_t truth = 0, slice;
	struct server told, untold;
	size_t before;
	char user[2][32];

	if (!real)
		skip();
	make_and_pass(real, "stays");
	assert_int_equal(meter_pass(real->meter), 0);
	slice = real_slice_usec(real);
	before = open_descriptors(real);
	for (int i = 0; i < N_ENDS; i++) {
		snprintf(user[0], sizeof(user[0]), "told%d", i);
		snprintf(user[1], sizeof(user[1]), "untold%d", i);
		told = real_start(real, user[0], 1000000);
		untold = real_start(real, user[1], 1000000);
		assert_int_equal(meter_pass(real->meter), 0); /* both are known and open */
		truth += real_finish(real, user[0], &told);
		real_await_event(real);
		truth += real_finish(real, user[1], &untold);
		assert_int_equal(meter_pass(real->meter), 0);
		assert_quiet(real);
	}
	assert_true(before > 0);
	assert_int_equal(open_descriptors(real), before);
	real_take_window(real);
	assert_int_equal(real->told.n_rows, 2 * N_ENDS + 1);
	assert_booked(real, real_slice_usec(real) - slice);
	assert_true(
		distance(told_sum(&real->told), truth) <= TOLERANCE_USEC + 2 * N_ENDS * END_USEC);
	for (int i = 0; i < N_ENDS; i++) {
		snprintf(user[1], sizeof(user[1]), "untold%d", i);
		assert_true(told_user(&real->told, user[1])->flags & HM_FLAG_FINAL);
	}
	remove_and_pass(real, "stays");
	real_free(real, is_v1);
}

static void test_removed_before_it_is_read_version_2(void **state)
{
	(void)state;
	run_removed_before_it_is_read(false);
}

static void test_removed_before_it_is_read_version_1(void **state)
{
	(void)state;
	run_removed_before_it_is_read(true);
}

static void freeze(const struct real *real, const char *user, const char *value)
{
	char path[400], file[500], text[128] = "";
	const char *wanted = *value == '1' ? "frozen 1" : "frozen 0";
	int64_t deadline = nsec_of(CLOCK_MONOTONIC) + DEADLINE_NSEC;
	int fd;

	snprintf(file, sizeof(file), "%s/cgroup.freeze", real_unit_path(real, user, path));
	fd = open(file, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, value, 1), 1);
	close(fd);
	snprintf(file, sizeof(file), "%s/cgroup.events", path);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	while (!strstr(text, wanted)) {
		assert_true(nsec_of(CLOCK_MONOTONIC) < deadline);
		assert_true(pread(fd, text, sizeof(text) - 1, 0) > 0);
		sched_yield();
	}
	close(fd);
}

/* Case: a frozen cgroup stands still and is there all the same; then it goes on. */
static void test_frozen(void **state)
{
	struct real *real = real_new(false);
	struct server ada, bob;
	uint64_t frozen_usec, wall_msec, max_error = 0;

	(void)state;
	if (!real)
		skip();
	make_and_pass(real, "ada");
	ada = real_start(real, "ada", INT64_MAX);
	freeze(real, "ada", "1");
	assert_int_equal(meter_pass(real->meter), 0);
	real_take_window(real);
	frozen_usec = told_user(&real->told, "ada")->cpu_usec;
	wall_msec = told_user(&real->told, "ada")->wall_msec;
	bob = real_start(real, "bob", 30000000); /* time passes */
	(void)real_finish(real, "bob", &bob);
	real_pass_on_event(real);
	real_take_window(real);
	assert_in_range(told_user(&real->told, "ada")->cpu_usec, frozen_usec,
		frozen_usec + END_USEC); /* the way off its CPU may take a moment */
	assert_true(told_user(&real->told, "ada")->wall_msec > wall_msec);
	freeze(real, "ada", "0");
	frozen_usec = real_stop(real, "ada", &ada);
	real_pass_on_event(real);
	real_take_window(real);
	real_check(real, "ada", frozen_usec, 1, &max_error);
	real_free(real, false);
}

/*
 * Case: a storm of forks, some in servers that go on, some each in a cgroup of its own that comes
 * and goes with it. Nothing is lost of the sum, and nothing of those that go on.
 */
static void run_storm_of_forks(bool is_v1)
{
	struct real *real = real_new(is_v1);
	uint64_t truth[N_FORKERS] = {0}, before, max_error = 0;
	struct server server;
	char user[32];

	if (!real)
		skip();
	make_and_pass(real, "forker0");
	before = real_slice_usec(real);
	for (int i = 0; i < N_FORKS; i++) {
		bool is_alone = i % 2;

		snprintf(user, sizeof(user), is_alone ? "alone%d" : "forker%d",
			is_alone ? i : i / 2 % N_FORKERS);
		server = real_start(real, user, 200000);
		if (is_alone)
			(void)real_finish(real, user, &server);
		else
			truth[i / 2 % N_FORKERS] += real_reap(&server);
		if (i % FORKS_A_PASS == 0)
			assert_int_equal(meter_pass(real->meter), 0);
	}
	for (int i = 0; i < N_FORKERS; i++) {
		snprintf(user, sizeof(user), "forker%d", i);
		remove_and_pass(real, user);
	}
	real_take_window(real);
	assert_int_equal(real->told.n_rows, N_FORKERS + N_FORKS / 2);
	for (int i = 0; i < N_FORKERS; i++) {
		snprintf(user, sizeof(user), "forker%d", i);
		real_check(real, user, truth[i], N_FORKS / 2 / N_FORKERS, &max_error);
	}
	assert_booked(real, real_slice_usec(real) - before);
	assert_quiet(real);
	real_free(real, is_v1);
}

static void test_storm_of_forks_version_2(void **state)
{
	(void)state;
	run_storm_of_forks(false);
}

static void test_storm_of_forks_version_1(void **state)
{
	(void)state;
	run_storm_of_forks(true);
}

static pid_t start_in(const char *path)
{
	int64_t before_nsec;
	int fds[2];
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		be_server(path, fds[1], INT64_MAX);
	close(fds[1]);
	assert_int_equal(read(fds[0], &before_nsec, sizeof(before_nsec)), sizeof(before_nsec));
	close(fds[0]);
	return pid;
}

/* What a collector sees of @pid from inside of a cgroup namespace that begins at @path. */
static void look_from_inside(const struct real *real, const char *path, pid_t pid)
{
	struct proc_cgroup cgroup = {0};
	struct proc_dir proc;
	char procs[500];
	int fd, r;

	snprintf(procs, sizeof(procs), "%s/cgroup.procs", path);
	fd = open(procs, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1 || unshare(CLONE_NEWCGROUP) < 0)
		_exit(77);
	r = proc_dir_open("/proc", &proc);
	if (r == 0)
		r = proc_read_cgroup(&proc, pid, real->root, &cgroup);
	_exit(r == 0 && cgroup.v2 == PROC_CGROUP_FOREIGN_POD ? 0 : 1);
}

/*
 * Case: a private cgroup namespace. The path of a pod beside it leads out of it
 * ("/../kubepods..."), and is still known to be a pod's, so that no other source says whose it is.
 */
static void test_private_namespace(void **state)
{
	static const char *const names[] = {"inside", "kubepods-pod0b2d4f6a_1111_4222.slice"};
	struct real *real = real_new(false);
	char path[2][400];
	pid_t pod, inside;
	int status;

	(void)state;
	if (!real)
		skip();
	for (int i = 0; i < 2; i++) {
		snprintf(path[i], sizeof(path[i]), "%s/%s", real->slice, names[i]);
		assert_int_equal(mkdir(path[i], 0755), 0);
	}
	pod = start_in(path[1]);
	inside = fork();
	if (inside == 0)
		look_from_inside(real, path[0], pod);
	assert_int_equal(waitpid(inside, &status, 0), inside);
	assert_int_equal(kill(pod, SIGKILL), 0);
	assert_int_equal(waitpid(pod, NULL, 0), pod);
	for (int i = 0; i < 2; i++)
		remove_directory(path[i]);
	real_free(real, false);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_populated_is_never_seen_version_2),
		cmocka_unit_test(test_populated_is_never_seen_version_1),
		cmocka_unit_test(test_populated_is_seen_in_the_end),
		cmocka_unit_test(test_removed_before_it_is_read_version_2),
		cmocka_unit_test(test_removed_before_it_is_read_version_1),
		cmocka_unit_test(test_frozen),
		cmocka_unit_test(test_storm_of_forks_version_2),
		cmocka_unit_test(test_storm_of_forks_version_1),
		cmocka_unit_test(test_private_namespace),
	};

	if (!real_can_run()) {
		(void)fprintf(stderr, "skipped: no cgroups can be made here\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
