/* Real programs, the well-behaved and the others. */
#include <errno.h>
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
#include <unistd.h>

#include <cmocka.h>

#include "collector/source/run.h"

#define TIMEOUT_USEC 30000000

static char script[64];

static void write_script(const char *text)
{
	FILE *file = fopen(script, "we");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(script, 0700), 0);
}

static void wait_until_over(struct run *run)
{
	struct pollfd pfd = {.fd = run_fd(run), .events = POLLIN};

	do
		assert_int_equal(poll(&pfd, 1, 30000), 1);
	while (!run_work(run));
	assert_int_equal(poll(&pfd, 1, 0), 0);
}

/* Run the script with @arguments and compare what was said of it. */
static void run_script(struct run *run, const char *arguments, int64_t timeout_usec)
{
	char command[256];

	snprintf(command, sizeof(command), "%s %s", script, arguments);
	assert_int_equal(run_start(run, command, timeout_usec), 0);
	wait_until_over(run);
}

static int set_up(void **state)
{
	struct run *run = calloc(1, sizeof(*run));
	int fd;

	strcpy(script, "/tmp/hubmeter-run-XXXXXX");
	fd = mkstemp(script);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(run_init(run), 0);
	*state = run;
	return 0;
}

static int tear_down(void **state)
{
	run_release(*state);
	free(*state);
	return unlink(script);
}

static void assert_output(const struct run *run, const char *expected)
{
	assert_string_equal(run->error, "");
	assert_int_equal(run->output.size, strlen(expected));
	assert_memory_equal(run->output.data, expected, strlen(expected));
}

static void test_output(void **state)
{
	struct run *run = *state;

	write_script("#!/bin/sh\necho \"$#:$1:$2\"; echo noise >&2; cat\n");
	run_script(run, "a  $HOME;x", TIMEOUT_USEC); /* no shell: nothing is expanded */
	assert_output(run, "2:a:$HOME;x\n");
	run_script(run, "b", TIMEOUT_USEC);
	assert_output(run, "1:b:\n");
}

static void test_failures(void **state)
{
	struct run *run = *state;

	write_script("#!/bin/sh\necho partial; echo >&2; echo 'no such cluster' >&2; echo x >&2\n"
		     "exit 3\n");
	run_script(run, "", TIMEOUT_USEC);
	assert_string_equal(run->error, "exit status 3: no such cluster");
	write_script("#!/bin/sh\nkill -SEGV $$\n");
	run_script(run, "", TIMEOUT_USEC);
	assert_non_null(strstr(run->error, "ended by signal 11"));
	assert_true(run_start(run, "/nonexistent/program", TIMEOUT_USEC) < 0);
	assert_non_null(strstr(run->error, "can't be started: No such file"));
	assert_int_equal(run_start(run, "  ", TIMEOUT_USEC), -EINVAL);
}

/* Not gone and no zombie, which it stays where init reaps late. */
static bool is_alive(int pid)
{
	char path[64], state = 'X';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 'X';
	fclose(file);
	return state != 'Z' && state != 'X';
}

/* It hangs, and so does what it started, with the pipe's end in its hand. */
static void test_who_hangs_is_killed_with_all_it_started(void **state)
{
	struct run *run = *state;
	char command[256];
	int pid;

	write_script("#!/bin/sh\ntail -f /dev/null &\necho $!\ntail -f /dev/null\n");
	snprintf(command, sizeof(command), "%s", script);
	assert_int_equal(run_start(run, command, 300000), 0);
	wait_until_over(run);
	assert_string_equal(run->error, "still running when its time was up");
	buffer_append(&run->output, "", 1);
	pid = atoi((const char *)run->output.data);
	assert_true(pid > 1);
	for (int i = 0; i < 10000 && is_alive(pid); i++)
		(void)poll(NULL, 0, 1);
	assert_false(is_alive(pid));
}

/* It ended, but left one behind that keeps its output open. */
static void test_what_is_left_behind_is_killed(void **state)
{
	struct run *run = *state;

	write_script("#!/bin/sh\ntail -f /dev/null &\necho done\n");
	run_script(run, "", TIMEOUT_USEC);
	assert_output(run, "done\n");
}

static void test_output_has_a_limit(void **state)
{
	struct run *run = *state;

	write_script("#!/bin/sh\nexec yes\n");
	run_script(run, "", TIMEOUT_USEC);
	assert_string_equal(run->error, "more than 8 MiB of output: report less at a time");
	write_script("#!/bin/sh\nhead -c 8388608 /dev/zero\n");
	run_script(run, "", TIMEOUT_USEC);
	assert_string_equal(run->error, "");
	assert_int_equal(run->output.size, RUN_OUTPUT_MAX);
}

struct taker {
	size_t size, most; /* refuses what comes behind that */
};

static int take(void *context, const void *data, size_t size)
{
	struct taker *taker = context;

	(void)data;
	taker->size += size;
	return taker->size > taker->most ? -EBADMSG : 0;
}

/* More than is ever kept, as it comes; a taker that has enough ends it. */
static void test_output_is_taken_as_it_comes(void **state)
{
	struct run *run = *state;
	struct taker taker = {.most = SIZE_MAX};

	run->take = take;
	run->take_context = &taker;
	write_script("#!/bin/sh\nhead -c 20000000 /dev/zero\necho end\n");
	run_script(run, "", TIMEOUT_USEC);
	assert_string_equal(run->error, "");
	assert_int_equal(taker.size, 20000004);
	assert_int_equal(run->output.size, 0);
	taker = (struct taker){.most = 100000};
	write_script("#!/bin/sh\nexec yes\n");
	run_script(run, "", TIMEOUT_USEC);
	assert_string_equal(run->error, "its output is not understood");
}

/* Words as they are, blanks included; and a descriptor beside its own. */
static void test_words(void **state)
{
	struct run *run = *state;
	char argument[] = "a  b", *words[] = {script, argument, NULL};
	struct pollfd pfd = {.fd = run_fd(run), .events = POLLIN};
	int fds[2];

	write_script("#!/bin/sh\necho \"$#:$1\"\n");
	assert_int_equal(run_start_words(run, words, TIMEOUT_USEC), 0);
	wait_until_over(run);
	assert_output(run, "1:a  b\n");
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(run_watch(run, fds[0]), 0);
	assert_int_equal(poll(&pfd, 1, 0), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(poll(&pfd, 1, 0), 1);
	assert_false(run_work(run));
	close(fds[0]);
	close(fds[1]);
}

static void test_release_in_the_middle(void **state)
{
	struct run *run = *state;

	write_script("#!/bin/sh\ntail -f /dev/null\n");
	assert_int_equal(run_start(run, script, TIMEOUT_USEC), 0);
	/* torn down while it runs */
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_output),
		TEST(test_failures),
		TEST(test_who_hangs_is_killed_with_all_it_started),
		TEST(test_what_is_left_behind_is_killed),
		TEST(test_output_has_a_limit),
		TEST(test_output_is_taken_as_it_comes),
		TEST(test_words),
		TEST(test_release_in_the_middle),
	};

	signal(SIGPIPE, SIG_IGN); /* as the collector does: a script must not inherit it */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
