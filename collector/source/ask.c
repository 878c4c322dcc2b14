/* A wish, a timer and a program. */
#include "collector/source/ask.h"

#include <errno.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "hubmeter/cleanup.h"

#define TIMEOUT_USEC 35000000 /* the program itself gives up after 30 s */
#define WORDS_MAX    12

int ask_init(struct ask *ask, const struct ask_pace *pace,
	int (*take)(void *context, const void *data, size_t size), void *context)
{
	int r;

	*ask = (struct ask){.pace = pace,
		.timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK),
		.asked_usec = -1,
		.spacing_usec = pace->spacing_usec};
	if (ask->timer_fd < 0)
		return -errno;
	r = run_init(&ask->run);
	if (r < 0) {
		hm_closep(&ask->timer_fd);
		return r;
	}
	ask->run.take = take;
	ask->run.take_context = context;
	r = run_watch(&ask->run, ask->timer_fd);
	if (r < 0)
		ask_release(ask);
	return r;
}

void ask_release(struct ask *ask)
{
	run_release(&ask->run);
	hm_closep(&ask->timer_fd);
	ask->timer_fd = -1;
}

/* -------------------------------------------------------------------------------------- when */

static void wake_in(const struct ask *ask, int64_t usec)
{
	struct itimerspec when = {.it_value = {.tv_sec = usec / 1000000,
					  .tv_nsec = usec % 1000000 * 1000 + 1}}; /* 0: never */

	(void)timerfd_settime(ask->timer_fd, 0, &when, NULL); /* else the next pass asks */
}

void ask_want(struct ask *ask, bool is_new, int64_t now_usec)
{
	int64_t due = now_usec + ask->pace->debounce_usec;

	if (ask->is_wanted && ask->is_wanted_new >= is_new)
		return;
	ask->is_wanted = true;
	ask->is_wanted_new |= is_new;
	if (is_new && !ask->is_failing)
		ask->spacing_usec = ask->pace->spacing_usec;
	if (ask->asked_usec >= 0 && due < ask->asked_usec + ask->spacing_usec)
		due = ask->asked_usec + ask->spacing_usec;
	ask->due_usec = due;
	wake_in(ask, due - now_usec);
}

static bool is_resync_due(const struct ask *ask, int64_t now_usec)
{
	return ask->pace->resync_usec > 0 && ask->asked_usec >= 0 &&
	       now_usec - ask->asked_usec >= ask->pace->resync_usec;
}

bool ask_is_due(struct ask *ask, int64_t now_usec)
{
	if (ask->run.pid > 0)
		return false;
	if (!is_resync_due(ask, now_usec) && (!ask->is_wanted || ask->due_usec > now_usec))
		return false;
	ask->asked_usec = now_usec;
	ask->is_asking_new = ask->is_wanted_new;
	ask->is_wanted = ask->is_wanted_new = false;
	return true;
}

/* ------------------------------------------------------------------------------- the request */

int ask_start(struct ask *ask, const struct ask_request *request)
{
	static char token_file[] = "--token-file", ca_file[] = "--ca-file", accept[] = "--accept";
	static char insecure[] = "--insecure", no_links[] = "--no-links";
	char *words[WORDS_MAX];
	size_t n = 0;

	words[n++] = request->program;
	if (*request->token_file) {
		words[n++] = token_file;
		words[n++] = request->token_file;
		if (request->is_plain_file)
			words[n++] = no_links;
	}
	if (request->is_insecure) {
		words[n++] = insecure;
	} else if (*request->ca_file) {
		words[n++] = ca_file;
		words[n++] = request->ca_file;
	}
	if (request->accept) {
		words[n++] = accept;
		words[n++] = request->accept;
	}
	words[n++] = request->url;
	words[n] = NULL;
	return run_start_words(&ask->run, words, TIMEOUT_USEC);
}

const char *ask_reason(const struct ask *ask, int error)
{
	return ask->run.error[0] ? ask->run.error : strerror(-error);
}

bool ask_work(struct ask *ask)
{
	uint64_t count;

	(void)!read(ask->timer_fd, &count, sizeof(count)); /* not readable any more */
	return ask->run.pid > 0 && run_work(&ask->run);
}

/* -------------------------------------------------------------------------------- the answer */

static void slow_down(struct ask *ask)
{
	ask->spacing_usec = ask->spacing_usec < ask->pace->backoff_usec / 2
				    ? 2 * ask->spacing_usec
				    : ask->pace->backoff_usec;
}

bool ask_failed(struct ask *ask)
{
	bool is_news = !ask->is_failing;

	slow_down(ask);
	ask->is_failing = true;
	return is_news;
}

bool ask_answered(struct ask *ask, bool was_of_use)
{
	bool is_news = ask->is_failing;

	if (was_of_use || ask->is_failing)
		ask->spacing_usec = ask->pace->spacing_usec;
	else
		slow_down(ask);
	ask->is_failing = false;
	return is_news;
}
