/* One request at a time. The timer only wakes; whether one is due, the collector's clock says. */
#include "collector/source/kubernetes/kubelet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "common/log.h"
#include "hubmeter/cleanup.h"

#define TIMEOUT_USEC 35000000 /* the program itself gives up after 30 s */

static int take_piece(void *context, const void *data, size_t size)
{
	struct kubelet *kubelet = context;

	kubelet->parse_error = pod_json_add(kubelet->json, data, size);
	return kubelet->parse_error;
}

int kubelet_init(struct kubelet *kubelet, const struct config *config)
{
	int r;

	*kubelet = (struct kubelet){.config = config,
		.timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK),
		.asked_usec = -1,
		.spacing_usec = KUBELET_SPACING_USEC};
	if (kubelet->timer_fd < 0)
		return -errno;
	r = run_init(&kubelet->run);
	if (r < 0) {
		hm_closep(&kubelet->timer_fd);
		return r;
	}
	kubelet->run.take = take_piece;
	kubelet->run.take_context = kubelet;
	r = run_watch(&kubelet->run, kubelet->timer_fd);
	if (r < 0)
		kubelet_release(kubelet);
	return r;
}

static void forget_answer(struct kubelet *kubelet)
{
	pod_json_free(kubelet->json);
	kubelet->json = NULL;
	pod_list_release(&kubelet->next);
}

void kubelet_release(struct kubelet *kubelet)
{
	run_release(&kubelet->run);
	forget_answer(kubelet);
	pod_list_release(&kubelet->list);
	hm_closep(&kubelet->timer_fd);
	kubelet->timer_fd = -1;
}

/* -------------------------------------------------------------------------------------- when */

static void wake_in(const struct kubelet *kubelet, int64_t usec)
{
	struct itimerspec when = {.it_value = {.tv_sec = usec / 1000000,
					  .tv_nsec = usec % 1000000 * 1000 + 1}}; /* 0: never */

	(void)timerfd_settime(kubelet->timer_fd, 0, &when, NULL); /* else the next pass asks */
}

void kubelet_want(struct kubelet *kubelet, bool is_new, int64_t now_usec)
{
	int64_t due = now_usec + KUBELET_DEBOUNCE_USEC;

	if (kubelet->is_wanted && kubelet->is_wanted_new >= is_new)
		return;
	kubelet->is_wanted = true;
	kubelet->is_wanted_new |= is_new;
	if (is_new && !kubelet->is_failing)
		kubelet->spacing_usec = KUBELET_SPACING_USEC;
	if (kubelet->asked_usec >= 0 && due < kubelet->asked_usec + kubelet->spacing_usec)
		due = kubelet->asked_usec + kubelet->spacing_usec;
	kubelet->due_usec = due;
	wake_in(kubelet, due - now_usec);
}

static bool is_resync_due(const struct kubelet *kubelet, int64_t now_usec)
{
	return kubelet->asked_usec >= 0 && now_usec - kubelet->asked_usec >= KUBELET_RESYNC_USEC;
}

/* ------------------------------------------------------------------------------- the request */

static int start(struct kubelet *kubelet)
{
	static char token_file[] = "--token-file", ca_file[] = "--ca-file";
	static char insecure[] = "--insecure";
	const struct config *config = kubelet->config;
	char url[4096];
	char *words[8];
	size_t n = 0;

	if (snprintf(url, sizeof(url), "%s/pods", config->kubelet_url) >= (int)sizeof(url))
		return -ENAMETOOLONG;
	words[n++] = config->kubelet_fetch;
	if (*config->kubelet_token) {
		words[n++] = token_file;
		words[n++] = config->kubelet_token;
	}
	if (config->kubelet_insecure) {
		words[n++] = insecure;
	} else if (*config->kubelet_ca) {
		words[n++] = ca_file;
		words[n++] = config->kubelet_ca;
	}
	words[n++] = url;
	words[n] = NULL;
	kubelet->json = pod_json_new(
		&kubelet->next, config->kubernetes_owner_label, config->kubernetes_tag_label);
	if (!kubelet->json)
		return -ENOMEM;
	return run_start_words(&kubelet->run, words, TIMEOUT_USEC);
}

static void note_failure(struct kubelet *kubelet, const char *reason)
{
	char quoted[LOG_QUOTED_SIZE];

	kubelet->spacing_usec *= 2;
	if (kubelet->spacing_usec > KUBELET_BACKOFF_USEC)
		kubelet->spacing_usec = KUBELET_BACKOFF_USEC;
	if (!kubelet->is_failing)
		log_event(LOG_PRIORITY_ERROR, "kubelet_failed",
			"reason=%s consequence=\"usage of pods that are new is withheld for ten "
			"minutes, then nobody's until kubelet answers\"",
			log_quote(quoted, reason));
	kubelet->is_failing = true;
}

void kubelet_start_due(struct kubelet *kubelet, int64_t now_usec)
{
	int r;

	if (kubelet->run.pid > 0)
		return;
	if (!is_resync_due(kubelet, now_usec) &&
		(!kubelet->is_wanted || kubelet->due_usec > now_usec))
		return;
	kubelet->asked_usec = now_usec;
	kubelet->is_asking_new = kubelet->is_wanted_new;
	kubelet->is_wanted = kubelet->is_wanted_new = false;
	kubelet->parse_error = 0;
	r = start(kubelet);
	if (r == 0)
		return;
	note_failure(kubelet, kubelet->run.error[0] ? kubelet->run.error : strerror(-r));
	forget_answer(kubelet);
}

/* -------------------------------------------------------------------------------- the answer */

static void note_answer(struct kubelet *kubelet)
{
	/* what was asked for in vain before may be in no list at all */
	if (kubelet->is_asking_new || kubelet->is_failing)
		kubelet->spacing_usec = KUBELET_SPACING_USEC;
	else if (kubelet->spacing_usec < KUBELET_BACKOFF_USEC / 2)
		kubelet->spacing_usec *= 2;
	else
		kubelet->spacing_usec = KUBELET_BACKOFF_USEC;
	if (kubelet->is_failing)
		log_event(LOG_PRIORITY_NOTICE, "kubelet_recovered", "pods=%zu", kubelet->next.n);
	kubelet->is_failing = false;
}

static bool take_answer(struct kubelet *kubelet)
{
	char reason[2 * RUN_ERROR_SIZE + 64];
	int r = kubelet->parse_error;

	if (!kubelet->run.error[0] && r == 0)
		r = pod_json_finish(kubelet->json);
	if (r == 0 && !kubelet->run.error[0])
		return true;
	if (r < 0)
		(void)snprintf(reason, sizeof(reason), "the answer is no list of pods: %s",
			r == -EBADMSG ? "it is cut or something else" : strerror(-r));
	else
		(void)snprintf(reason, sizeof(reason), "%s", kubelet->run.error);
	note_failure(kubelet, reason);
	return false;
}

bool kubelet_work(struct kubelet *kubelet)
{
	uint64_t count;
	bool is_new;

	(void)!read(kubelet->timer_fd, &count, sizeof(count)); /* not readable any more */
	if (kubelet->run.pid == 0 || !run_work(&kubelet->run))
		return false;
	is_new = take_answer(kubelet);
	if (is_new) {
		note_answer(kubelet);
		pod_list_release(&kubelet->list);
		kubelet->list = kubelet->next;
		kubelet->next = (struct pod_list){0};
	}
	forget_answer(kubelet);
	return is_new;
}
