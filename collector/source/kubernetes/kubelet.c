/* What is asked of kubelet, and what its answer is worth. */
#include "collector/source/kubernetes/kubelet.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"

static const struct ask_pace pace = {.debounce_usec = KUBELET_DEBOUNCE_USEC,
	.spacing_usec = KUBELET_SPACING_USEC,
	.backoff_usec = KUBELET_BACKOFF_USEC,
	.resync_usec = KUBELET_RESYNC_USEC};

static int take_piece(void *context, const void *data, size_t size)
{
	struct kubelet *kubelet = context;

	kubelet->parse_error = pod_json_add(kubelet->json, data, size);
	return kubelet->parse_error;
}

int kubelet_init(struct kubelet *kubelet, const struct config *config)
{
	*kubelet = (struct kubelet){.config = config};
	return ask_init(&kubelet->ask, &pace, take_piece, kubelet);
}

static void forget_answer(struct kubelet *kubelet)
{
	pod_json_free(kubelet->json);
	kubelet->json = NULL;
	pod_list_release(&kubelet->next);
}

void kubelet_release(struct kubelet *kubelet)
{
	ask_release(&kubelet->ask);
	forget_answer(kubelet);
	pod_list_release(&kubelet->list);
}

void kubelet_want(struct kubelet *kubelet, bool is_new, int64_t now_usec)
{
	ask_want(&kubelet->ask, is_new, now_usec);
}

/* ------------------------------------------------------------------------------- the request */

static int start(struct kubelet *kubelet)
{
	const struct config *config = kubelet->config;
	char url[4096];
	struct ask_request request = {.program = config->kubelet_fetch,
		.url = url,
		.token_file = config->kubelet_token,
		.ca_file = config->kubelet_ca,
		.is_insecure = config->kubelet_insecure};

	if (snprintf(url, sizeof(url), "%s/pods", config->kubelet_url) >= (int)sizeof(url))
		return -ENAMETOOLONG;
	kubelet->json = pod_json_new(
		&kubelet->next, config->kubernetes_owner_label, config->kubernetes_tag_label);
	return kubelet->json ? ask_start(&kubelet->ask, &request) : -ENOMEM;
}

static void note_failure(struct kubelet *kubelet, const char *reason)
{
	char quoted[LOG_QUOTED_SIZE];

	if (ask_failed(&kubelet->ask))
		log_event(LOG_PRIORITY_ERROR, "kubelet_failed",
			"reason=%s consequence=\"usage of pods that are new is withheld for ten "
			"minutes, then nobody's until kubelet answers\"",
			log_quote(quoted, reason));
}

void kubelet_start_due(struct kubelet *kubelet, int64_t now_usec)
{
	int r;

	if (!ask_is_due(&kubelet->ask, now_usec))
		return;
	kubelet->parse_error = 0;
	r = start(kubelet);
	if (r == 0)
		return;
	note_failure(kubelet, ask_reason(&kubelet->ask, r));
	forget_answer(kubelet);
}

/* -------------------------------------------------------------------------------- the answer */

/* What was asked for in vain before may be in no list at all. */
static void note_answer(struct kubelet *kubelet)
{
	if (ask_answered(&kubelet->ask, kubelet->ask.is_asking_new))
		log_event(LOG_PRIORITY_NOTICE, "kubelet_recovered", "pods=%zu", kubelet->next.n);
}

static bool take_answer(struct kubelet *kubelet)
{
	char reason[2 * RUN_ERROR_SIZE + 64];
	int r = kubelet->parse_error;

	if (!kubelet->ask.run.error[0] && r == 0)
		r = pod_json_finish(kubelet->json);
	if (r == 0 && !kubelet->ask.run.error[0])
		return true;
	if (r < 0)
		(void)snprintf(reason, sizeof(reason), "the answer is no list of pods: %s",
			r == -EBADMSG ? "it is cut or something else" : strerror(-r));
	else
		(void)snprintf(reason, sizeof(reason), "%s", kubelet->ask.run.error);
	note_failure(kubelet, reason);
	return false;
}

bool kubelet_work(struct kubelet *kubelet)
{
	bool is_new;

	if (!ask_work(&kubelet->ask))
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
