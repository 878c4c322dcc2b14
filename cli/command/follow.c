#include "cli/command/follow.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cli/command/command.h"
#include "cli/command/rate.h"

#define ROUND_SEC    10 /* a round takes at least: what comes meanwhile is rated together */
#define LOOK_SEC     20 /* more without an announcement */
#define RETRY_FAILED "10 minutes"

static volatile sig_atomic_t is_ending;
static sigset_t waiting_mask; /* with which we wait */

static void end(int signal)
{
	(void)signal;
	is_ending = 1;
}

/* Signals are let in where we wait, and nowhere else. */
void follow_begin(void)
{
	const struct sigaction action = {.sa_handler = end};
	sigset_t ours;

	(void)sigemptyset(&ours);
	(void)sigaddset(&ours, SIGTERM);
	(void)sigaddset(&ours, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &ours, &waiting_mask);
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGINT, &action, NULL);
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
}

bool follow_is_ending(void)
{
	sigset_t waiting;

	if (is_ending)
		return true;
	return sigpending(&waiting) == 0 &&
	       (sigismember(&waiting, SIGTERM) == 1 || sigismember(&waiting, SIGINT) == 1);
}

void follow_pause(int fd, time_t seconds)
{
	const struct timespec timeout = {.tv_sec = seconds};
	struct pollfd poll = {.fd = fd, .events = POLLIN};

	if (!is_ending)
		(void)ppoll(&poll, 1, &timeout, &waiting_mask);
}

/* A while in any case, then until there is news. */
static int wait_for_news(struct store *store)
{
	int r;

	follow_pause(-1, ROUND_SEC);
	r = store_news_read(store);
	if (r == 0 && !is_ending) {
		follow_pause(store_news_socket(store), LOOK_SEC);
		r = store_news_read(store);
	}
	return r;
}

int follow(struct store *store)
{
	int r;

	follow_begin();
	r = store_rate_listen(store);
	while (r >= 0 && !follow_is_ending()) {
		r = rate_waiting(store, RETRY_FAILED);
		if (r >= 0 && !follow_is_ending())
			r = wait_for_news(store);
	}
	return r < 0 ? command_failed("rate", store_error(store)) : EXIT_SUCCESS;
}
