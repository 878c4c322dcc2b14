/*
 * One run of a program, somebody's or ours: its output up to a limit, or as it comes, within a
 * time, and why it failed. For every source that has something done by another process.
 *
 * Invariants
 *  - No shell: the words of the command are the arguments.
 *  - It runs in a process group of its own with nothing to read on standard input. When it is over
 *    by itself, by time or by size, whatever of the group is left is killed.
 *  - Nothing here blocks but for the reaping of a process that was just killed.
 *
 * Life cycle: run_init() -> (run_start() -> run_work() whenever run_fd() is readable, until it says
 * that it is over)* -> run_release().
 */
#ifndef COLLECTOR_SOURCE_RUN_H
#define COLLECTOR_SOURCE_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/buffer.h"

#define RUN_OUTPUT_MAX ((size_t)8 << 20)
#define RUN_WORDS_MAX  64
#define RUN_ERROR_SIZE 200

struct run {
	int epoll_fd;
	int timer_fd;
	int exit_fd; /* pidfd */
	int out_fd;
	int err_fd;
	pid_t pid; /* 0: none is running */
	struct buffer output;

	/*
	 * Set between two runs: takes the output piece by piece instead of @output, which stays
	 * empty. What it returns below 0 ends the run. It is called for one pipe full at most.
	 */
	int (*take)(void *context, const void *data, size_t size);
	void *take_context;
	char stderr_line[RUN_ERROR_SIZE]; /* the first */
	size_t stderr_size;
	bool stderr_line_is_whole;
	char error[2 * RUN_ERROR_SIZE]; /* why it failed; "": it did not */
};

int run_init(struct run *run);
void run_release(struct run *run);

/* Readable when run_work() has something to do; the same one for all runs. */
static inline int run_fd(const struct run *run)
{
	return run->epoll_fd;
}

/* Words are divided by blanks. An error is also told in run->error. */
int run_start(struct run *run, const char *command, int64_t timeout_usec);

/* The same with the words as they are, NULL at the end, of which the first is looked for on PATH.
 */
int run_start_words(struct run *run, char *const words[], int64_t timeout_usec);

/* Make run_fd() readable also when @fd is, which is the caller's: run_work() does not look at it.
 */
int run_watch(struct run *run, int fd);

/* True: it is over, run->error says how, and run->output is what it wrote. */
bool run_work(struct run *run);

#endif
