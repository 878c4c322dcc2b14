/* posix_spawn() and a pipe; the caller waits for all of it. */
#include "cli/program/program.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hubmeter/cleanup.h"

const char *program_find(const char *name, char ret[PATH_MAX])
{
	const ssize_t size = readlink("/proc/self/exe", ret, PATH_MAX - 1);
	char *slash;

	if (size > 0) {
		ret[size] = '\0';
		slash = strrchr(ret, '/');
		if (slash && (size_t)(slash - ret) + strlen(name) + 2 <= PATH_MAX) {
			memcpy(slash + 1, name, strlen(name) + 1);
			if (access(ret, X_OK) == 0)
				return ret;
		}
	}
	(void)snprintf(ret, PATH_MAX, "%s", name); /* ours are short */
	return ret;
}

static int spawn(const char *path, char *const *argument, int out, pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	int r = posix_spawn_file_actions_init(&actions);

	if (r != 0)
		return -r;
	r = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (r == 0)
		r = posix_spawnp(ret, path, &actions, NULL, argument, environ);
	(void)posix_spawn_file_actions_destroy(&actions); /* frees memory */
	return -r;
}

static void read_lines(int fd, program_line_fn *line, void *context)
{
	FILE *file = fdopen(fd, "r");
	hm_cleanup(hm_freep) char *text = NULL;
	size_t capacity = 0;

	if (!file) {
		(void)close(fd); /* whoever writes to it is ended by that */
		return;
	}
	while (getline(&text, &capacity, file) >= 0) {
		text[strcspn(text, "\n")] = '\0';
		if (line)
			line(context, text);
	}
	(void)fclose(file); /* was only read */
}

static int await(pid_t pid, int *ret_status)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return 0;
}

int program_run(const char *path, char *const *argument, program_line_fn *line, void *context,
	int *ret_status)
{
	int ends[2];
	pid_t pid;
	int r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	r = spawn(path, argument, ends[1], &pid);
	(void)close(ends[1]); /* the program's now, or nobody's */
	if (r < 0) {
		(void)close(ends[0]); /* nothing comes */
		return r;
	}
	read_lines(ends[0], line, context);
	return await(pid, ret_status);
}
