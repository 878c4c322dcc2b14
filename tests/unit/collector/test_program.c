/*
 * The program as a whole, without a broker: what it says and how it ends when something is taken
 * away from it. Nothing waits but on a line of its log or on a file, each with a deadline.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "hubmeter/cleanup.h"

#define PROGRAM	      TEST_BUILD_DIR "/collector/hubmeter-collector"
#define DEADLINE_MSEC 30000
#define STEP_MSEC     10
#define LOG_SIZE      65536

struct run {
	char path[64];
	char spool[80];
	char config[80];
	pid_t pid; /* 0: it is not running */
	int fd;	   /* its standard error */
	char log[LOG_SIZE];
	size_t log_size;
};

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_tree(const char *path)
{
	(void)nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS); /* it may not be there */
}

static void write_text(const char *path, const char *text)
{
	hm_cleanup(hm_fclosep) FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
}

static int set_up(void **state)
{
	struct run *run = calloc(1, sizeof(*run));

	strcpy(run->path,
		access("/dev/shm", W_OK) == 0 ? "/dev/shm/program-XXXXXX" : "/tmp/program-XXXXXX");
	assert_non_null(mkdtemp(run->path));
	snprintf(run->spool, sizeof(run->spool), "%s/spool", run->path);
	snprintf(run->config, sizeof(run->config), "%s/conf", run->path);
	run->fd = -1;
	*state = run;
	return 0;
}

static int tear_down(void **state)
{
	struct run *run = *state;

	if (run->pid > 0) {
		(void)kill(run->pid, SIGKILL);
		(void)waitpid(run->pid, NULL, 0);
	}
	hm_closep(&run->fd);
	remove_tree(run->path);
	free(run);
	return 0;
}

/* Start with @out as standard output; @argument ends with NULL. */
static void start(struct run *run, const char *out, char *const *argument)
{
	int pipes[2];

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	run->pid = fork();
	assert_true(run->pid >= 0);
	if (run->pid == 0) {
		int fd = open(out, O_WRONLY | O_CLOEXEC);

		if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(pipes[1], STDERR_FILENO) < 0)
			_exit(99);
		execv(PROGRAM, argument);
		_exit(98);
	}
	close(pipes[1]);
	run->fd = pipes[0];
}

static void write_config(const struct run *run, const char *text)
{
	char config[1024];

	snprintf(config, sizeof(config),
		"hub = h\nnode = n\nspool = %s\napi_url = http://nobody.invalid\n"
		"shutdown_timeout = 0s\nkafka.bootstrap.servers = 127.0.0.1:1\n%s",
		run->spool, text);
	write_text(run->config, config);
}

/* A collector that nobody answers, with lines of @text in its configuration. */
static void start_metering(struct run *run, const char *text)
{
	char file[128];
	char *argument[] = {(char[]){PROGRAM}, file, NULL};

	write_config(run, text);
	snprintf(file, sizeof(file), "--config=%s", run->config);
	start(run, "/dev/null", argument);
}

/* More of the log. False: it has ended, or the deadline has come. */
static bool read_log(struct run *run)
{
	struct pollfd poll_fd = {.fd = run->fd, .events = POLLIN};
	ssize_t n;

	if (poll(&poll_fd, 1, DEADLINE_MSEC) <= 0)
		return false;
	n = read(run->fd, run->log + run->log_size, LOG_SIZE - 1 - run->log_size);
	if (n <= 0)
		return false;
	run->log_size += (size_t)n;
	return true;
}

static void wait_for(struct run *run, const char *text)
{
	while (!strstr(run->log, text))
		if (!read_log(run))
			fail_msg("\"%s\" not in: %s", text, run->log);
}

static int wait_for_end(struct run *run)
{
	int status;

	while (read_log(run))
		;
	assert_int_equal(waitpid(run->pid, &status, 0), run->pid);
	run->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int end(struct run *run)
{
	assert_int_equal(kill(run->pid, SIGTERM), 0);
	return wait_for_end(run);
}

static void wait_for_segment(const struct run *run)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%020d.seg", run->spool, 1);
	for (int i = 0; i < DEADLINE_MSEC / STEP_MSEC; i++) {
		struct stat st;

		if (stat(path, &st) == 0 && st.st_size > 0)
			return;
		(void)poll(NULL, 0, STEP_MSEC);
	}
	fail_msg("no segment in %s, log: %s", run->spool, run->log);
}

#define OFTEN "sample_interval = 100ms\npublish_interval = 100ms\n"

static void test_a_spool_that_was_deleted_is_made_anew(void **state)
{
	struct run *run = *state;

	start_metering(run, OFTEN);
	wait_for_segment(run);
	remove_tree(run->spool);
	wait_for(run, "<3>event=spool_renewed directory=");
	wait_for_segment(run);
	assert_int_equal(end(run), 0);
	assert_non_null(strstr(run->log, " missing=0\n"));
	assert_null(strstr(run->log, "windows_not_written"));
}

static void test_no_good_end_with_a_window_that_is_written_nowhere(void **state)
{
	struct run *run = *state;

	start_metering(run, OFTEN);
	wait_for_segment(run);
	remove_tree(run->spool);
	write_text(run->spool, "in the way");
	wait_for(run, "event=spool_write_failed ");
	assert_int_equal(end(run), 1);
	assert_non_null(strstr(run->log, "<3>event=windows_not_written start=20"));
}

#define SELDOM "sample_interval = 1h\npublish_interval = 1h\n"

/* Start, and wait until the loop runs: it is what looks after signals. */
static void start_and_wait(struct run *run, const char *text)
{
	start_metering(run, text);
	wait_for(run, "event=broker_away");
}

static void reload(struct run *run, const char *text)
{
	write_config(run, text);
	assert_int_equal(kill(run->pid, SIGHUP), 0);
}

static void test_reload_takes_new_intervals(void **state)
{
	struct run *run = *state;

	start_and_wait(run, SELDOM);
	reload(run, OFTEN);
	wait_for(run, "<5>event=reloaded changed=sample_interval,publish_interval "
		      "needs_restart=none\n");
	wait_for_segment(run);
	assert_int_equal(end(run), 0);
}

static void test_reload_refuses_what_a_start_would(void **state)
{
	struct run *run = *state;

	start_and_wait(run, OFTEN);
	reload(run, "sample_interval = 1s\npublish_interval = 500ms\n");
	wait_for(run, "<3>event=reload_refused reason=\"hubmeter-collector: option "
		      "\\\"publish_interval\\\": shorter than sample_interval\"");
	reload(run, "smaple_interval = 1s\n");
	wait_for(run, ":7: unknown option \\\"smaple_interval\\\"\"");
	wait_for_segment(run);
	assert_null(strstr(run->log, "event=reloaded"));
	assert_int_equal(end(run), 0);
}

static void test_reload_names_what_needs_a_restart(void **state)
{
	struct run *run = *state;

	start_and_wait(run, "");
	reload(run, "node = m\nverbose = yes\nkafka.linger.ms = 3\n");
	wait_for(run, "<4>event=reloaded changed=verbose needs_restart=node,kafka\n");
	assert_int_equal(end(run), 0);
}

static int dump(struct run *run, const char *out)
{
	char directory[128];
	char *argument[] = {(char[]){PROGRAM}, directory, NULL};

	snprintf(directory, sizeof(directory), "--dump-spool=%s", run->spool);
	start(run, out, argument);
	return wait_for_end(run);
}

static void test_a_listing_that_finds_no_room_blames_the_disk(void **state)
{
	struct run *run = *state;

	start_metering(run, OFTEN);
	wait_for_segment(run);
	assert_int_equal(end(run), 0);
	run->log_size = 0;
	assert_int_equal(dump(run, "/dev/full"), 1);
	run->log[run->log_size] = '\0';
	assert_string_equal(run->log, "hubmeter-collector: can't write the listing of spool: "
				      "No space left on device\n");
}

static void test_a_link_in_the_spool_is_refused(void **state)
{
	struct run *run = *state;
	char path[128];

	assert_int_equal(mkdir(run->spool, 0700), 0);
	snprintf(path, sizeof(path), "%s/acked", run->spool);
	assert_int_equal(symlink("/dev/null", path), 0);
	start_metering(run, OFTEN);
	assert_int_equal(wait_for_end(run), 1);
	assert_non_null(strstr(run->log, "can't open spool \""));
	assert_non_null(strstr(run->log, "symbolic link"));
	assert_int_equal(dump(run, "/dev/null"), 1);
	assert_non_null(strstr(run->log, "can't read spool \""));
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_a_spool_that_was_deleted_is_made_anew),
		TEST(test_no_good_end_with_a_window_that_is_written_nowhere),
		TEST(test_a_listing_that_finds_no_room_blames_the_disk),
		TEST(test_a_link_in_the_spool_is_refused),
		TEST(test_reload_takes_new_intervals),
		TEST(test_reload_refuses_what_a_start_would),
		TEST(test_reload_names_what_needs_a_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
