/* posix_spawn() and not fork(): the collector's memory is not to be copied for a script. */
#include "collector/source/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hubmeter/cleanup.h"

#define PIPE_SIZE (1 << 20) /* the largest without privileges: a taker is called seldom */

int run_watch(struct run *run, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(run->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

int run_init(struct run *run)
{
	int r;

	*run = (struct run){
		.exit_fd = -1, .out_fd = -1, .err_fd = -1, .output = BUFFER_INIT(RUN_OUTPUT_MAX)};
	run->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	run->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	r = run->epoll_fd < 0 || run->timer_fd < 0 ? -errno : run_watch(run, run->timer_fd);
	if (r < 0)
		run_release(run);
	return r;
}

static void close_fd(int *fd)
{
	hm_closep(fd); /* which takes it out of the epoll descriptor */
	*fd = -1;
}

/* Kill what is left of the group. The group's number is the child's until that is reaped. */
static void reap(struct run *run, int *ret_status)
{
	(void)kill(-run->pid, SIGKILL); /* fails where nobody is left */
	(void)kill(run->pid, SIGKILL);
	while (waitpid(run->pid, ret_status, 0) < 0 && errno == EINTR)
		;
	run->pid = 0;
	close_fd(&run->exit_fd);
	close_fd(&run->out_fd);
	close_fd(&run->err_fd);
	(void)timerfd_settime(run->timer_fd, 0, &(struct itimerspec){0}, NULL);
}

void run_release(struct run *run)
{
	int status;

	if (run->pid > 0)
		reap(run, &status);
	close_fd(&run->timer_fd);
	close_fd(&run->epoll_fd);
	buffer_release(&run->output);
}

/* @copy is cut up; the words point into it. */
static int split_words(char *copy, char *words[RUN_WORDS_MAX + 1])
{
	char *rest = NULL;
	size_t n = 0;

	for (char *word = strtok_r(copy, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest)) {
		if (n == RUN_WORDS_MAX)
			return -E2BIG;
		words[n++] = word;
	}
	words[n] = NULL;
	return n > 0 ? 0 : -EINVAL;
}

/* A group of its own, and the signals that we ignore as they are for everybody. */
static int set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, all;
	int r;

	(void)sigemptyset(&none); /* these two can't fail */
	(void)sigfillset(&all);
	r = posix_spawnattr_setflags(
		attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	if (r == 0)
		r = posix_spawnattr_setsigdefault(attributes, &all);
	if (r == 0)
		r = posix_spawnattr_setsigmask(attributes, &none);
	return -r;
}

static int spawn(struct run *run, char *const words[], int out, int err)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int r = -posix_spawn_file_actions_init(&files);

	if (r < 0)
		return r;
	r = -posix_spawnattr_init(&attributes);
	if (r == 0) {
		r = set_attributes(&attributes);
		if (r == 0)
			r = -posix_spawn_file_actions_addopen(
				&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
		if (r == 0)
			r = -posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
		if (r == 0)
			r = -posix_spawn_file_actions_adddup2(&files, err, STDERR_FILENO);
		if (r == 0)
			r = -posix_spawnp(&run->pid, words[0], &files, &attributes, words, environ);
		(void)posix_spawnattr_destroy(&attributes);
	}
	(void)posix_spawn_file_actions_destroy(&files);
	if (r < 0)
		run->pid = 0;
	return r;
}

static int make_pipe(int *ret_read, int *ret_write)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	(void)fcntl(fds[0], F_SETFL, O_NONBLOCK); /* can't fail for a pipe's end */
	*ret_read = fds[0];
	*ret_write = fds[1];
	return 0;
}

static int arm(struct run *run, int64_t timeout_usec)
{
	const struct itimerspec when = {.it_value = {.tv_sec = timeout_usec / 1000000,
						.tv_nsec = timeout_usec % 1000000 * 1000}};

	if (timerfd_settime(run->timer_fd, 0, &when, NULL) < 0)
		return -errno;
	run->exit_fd = (int)syscall(SYS_pidfd_open, run->pid, 0); /* close-on-exec by itself */
	return run->exit_fd < 0 ? -errno : run_watch(run, run->exit_fd);
}

static int start(struct run *run, char *const words[], int64_t timeout_usec)
{
	hm_cleanup(hm_closep) int out = -1;
	hm_cleanup(hm_closep) int err = -1;
	int r = make_pipe(&run->out_fd, &out);

	if (r == 0)
		r = make_pipe(&run->err_fd, &err);
	if (r == 0 && run->take)
		(void)fcntl(out, F_SETPIPE_SZ, PIPE_SIZE); /* a smaller one works as well */
	if (r == 0)
		r = run_watch(run, run->out_fd);
	if (r == 0)
		r = run_watch(run, run->err_fd);
	if (r == 0)
		r = spawn(run, words, out, err);
	return r == 0 ? arm(run, timeout_usec) : r;
}

static void begin(struct run *run)
{
	buffer_clear(&run->output);
	run->stderr_size = 0;
	run->stderr_line_is_whole = false;
	run->error[0] = '\0';
}

static int end_failed(struct run *run, int r)
{
	int status;

	(void)snprintf(run->error, sizeof(run->error), "can't be started: %s", strerror(-r));
	if (run->pid > 0)
		reap(run, &status);
	close_fd(&run->out_fd);
	close_fd(&run->err_fd);
	return r;
}

int run_start_words(struct run *run, char *const words[], int64_t timeout_usec)
{
	int r;

	begin(run);
	r = start(run, words, timeout_usec);
	return r < 0 ? end_failed(run, r) : 0;
}

int run_start(struct run *run, const char *command, int64_t timeout_usec)
{
	hm_cleanup(hm_freep) char *copy = strdup(command);
	char *words[RUN_WORDS_MAX + 1];
	int r = copy ? split_words(copy, words) : -ENOMEM;

	begin(run);
	return r < 0 ? end_failed(run, r) : run_start_words(run, words, timeout_usec);
}

static void take_stderr(struct run *run, const char *data, size_t size)
{
	for (size_t i = 0; i < size && !run->stderr_line_is_whole; i++) {
		if (data[i] == '\n' || run->stderr_size == sizeof(run->stderr_line) - 1)
			run->stderr_line_is_whole = run->stderr_size > 0;
		else
			run->stderr_line[run->stderr_size++] = data[i];
	}
}

static int take_output(struct run *run, const void *data, size_t size)
{
	if (run->take)
		return run->take(run->take_context, data, size);
	return buffer_append(&run->output, data, size);
}

/*
 * Everything that is there, or as much as a taker is given at a time. False: it is more than may
 * be, or the taker will have no more.
 */
static bool drain(struct run *run, int *fd, bool is_output)
{
	char data[65536];
	size_t total = 0;

	while (*fd >= 0 && (!is_output || !run->take || total < PIPE_SIZE)) {
		ssize_t n = read(*fd, data, sizeof(data));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n <= 0)
			close_fd(fd);
		else if (!is_output)
			take_stderr(run, data, (size_t)n);
		else if (take_output(run, data, (size_t)n) < 0)
			return false;
		total += n > 0 ? (size_t)n : 0;
	}
	return true;
}

static bool is_readable(int fd)
{
	uint64_t count;

	return read(fd, &count, sizeof(count)) == sizeof(count);
}

static bool has_exited(const struct run *run)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)run->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == run->pid;
}

static void explain_exit(struct run *run, int status)
{
	const char *hint = run->stderr_size > 0 ? run->stderr_line : "nothing on standard error";

	run->stderr_line[run->stderr_size] = '\0';
	if (WIFSIGNALED(status))
		(void)snprintf(run->error, sizeof(run->error), "ended by signal %d (%s): %s",
			WTERMSIG(status), strsignal(WTERMSIG(status)), hint);
	else if (WEXITSTATUS(status) != 0)
		(void)snprintf(run->error, sizeof(run->error), "exit status %d: %s",
			WEXITSTATUS(status), hint);
}

bool run_work(struct run *run)
{
	bool is_over, fits;
	int status = 0;

	if (run->pid == 0)
		return false;
	is_over = has_exited(run); /* before the pipes are read: then they hold all it wrote */
	fits = drain(run, &run->out_fd, true);
	(void)drain(run, &run->err_fd, false); /* always fits: the rest is dropped */
	if (!fits && run->take)
		(void)snprintf(run->error, sizeof(run->error), "its output is not understood");
	else if (!fits)
		(void)snprintf(run->error, sizeof(run->error),
			"more than %zu MiB of output: report less at a time", RUN_OUTPUT_MAX >> 20);
	else if (!is_over && is_readable(run->timer_fd))
		(void)snprintf(
			run->error, sizeof(run->error), "still running when its time was up");
	else if (!is_over)
		return false;
	reap(run, &status);
	if (!run->error[0])
		explain_exit(run, status);
	return true;
}
