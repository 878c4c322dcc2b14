/*
 * Whole nodes with pods: a tree of cgroups as kubelet makes it, and a program that answers for
 * kubelet with what stands in a file, or does not answer.
 */
#ifndef TESTS_UNIT_COLLECTOR_SOURCE_KUBERNETES_FAKE_KUBELET_H
#define TESTS_UNIT_COLLECTOR_SOURCE_KUBERNETES_FAKE_KUBELET_H

#include <poll.h>

#include "collector/source/kubernetes/kubernetes_source.h"
#include "tests/unit/collector/asked.h"
#include "tests/unit/collector/fake_cgroups.h"

#define SECOND 1000000
#define MINUTE (60 * SECOND)

#define UID_ADA "11111111-1111-4111-8111-111111111111"
#define UID_BOB "22222222-2222-4222-8222-222222222222"
#define UID_HUB "33333333-3333-4333-8333-333333333333"

struct fake_kubelet {
	struct fake_node *node;
	char directory[96];
	char program[160];
	char pods[8192]; /* of the list under construction */
};

static const struct source_ops *const only_pods[] = {&kubernetes_source_ops, NULL};
static const struct source_ops *const no_sources[] = {NULL};

/* What the program does: sh, with the list in $PODS. Each run leaves a line in `asked`. */
static inline void kubelet_does(struct fake_kubelet *kubelet, const char *script)
{
	char text[1024];

	snprintf(text, sizeof(text), "#!/bin/sh\necho \"$@\" >> %s/asked\nPODS=%s/pods.json\n%s\n",
		kubelet->directory, kubelet->directory, script);
	unlink(kubelet->program);
	fake_put(kubelet->directory, "fetch", text);
	assert_int_equal(chmod(kubelet->program, 0700), 0);
}

static inline void fake_kubelet_init(struct fake_kubelet *kubelet, enum fake_layout layout,
	const struct source_ops *const *sources)
{
	static char url[] = "https://127.0.0.1:10250", none[] = "", token[] = "/tok en";
	struct fake_node *node = fake_node_new(layout, no_sources);
	struct config *config = &node->config;

	*kubelet = (struct fake_kubelet){.node = node};
	snprintf(kubelet->directory, sizeof(kubelet->directory), "%s/kubelet", node->machine.path);
	snprintf(kubelet->program, sizeof(kubelet->program), "%s/fetch", kubelet->directory);
	assert_int_equal(mkdir(kubelet->directory, 0700), 0);
	kubelet_does(kubelet, "cat \"$PODS\"");
	config->kubelet_url = url;
	config->kubelet_token = token;
	config->kubelet_ca = none;
	config->kubelet_insecure = true;
	config->kubelet_fetch = kubelet->program;
	config->kubelet_root = kubelet->directory;
	config->kubernetes_owner_label = none;
	config->kubernetes_tag_label = none;
	meter_free(node->meter);
	node->sources = sources;
	fake_open_meter(node);
}

/* One more pod; @metadata and @spec: members of those objects, without braces. */
static inline void kubelet_add_pod(
	struct fake_kubelet *kubelet, const char *uid, const char *metadata, const char *spec)
{
	size_t size = strlen(kubelet->pods);

	snprintf(kubelet->pods + size, sizeof(kubelet->pods) - size,
		"%s{\"metadata\":{\"name\":\"a--b\",\"uid\":\"%s\"%s%s},\"spec\":{%s},"
		"\"status\":{\"phase\":\"Running\"}}",
		size ? "," : "", uid, *metadata ? "," : "", metadata, spec);
}

static inline void kubelet_add_user(struct fake_kubelet *kubelet, const char *uid, const char *user)
{
	char metadata[512];

	snprintf(metadata, sizeof(metadata),
		"\"annotations\":{\"hub.jupyter.org/username\":\"%s\"}", user);
	kubelet_add_pod(kubelet, uid, metadata, "");
}

static inline void kubelet_publish(struct fake_kubelet *kubelet)
{
	char text[9000];

	snprintf(text, sizeof(text), "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[%s]}",
		kubelet->pods);
	fake_put(kubelet->directory, "pods.json", text);
}

static inline size_t kubelet_times_asked(const struct fake_kubelet *kubelet)
{
	return asked_times(kubelet->directory);
}

/* A second later kubelet is asked; wait for its answer and take it in. */
static inline void kubelet_answers(struct fake_kubelet *kubelet)
{
	struct pollfd pfd = {.fd = meter_event_fd(kubelet->node->meter), .events = POLLIN};

	fake_pass(kubelet->node, SECOND);
	do
		assert_int_equal(poll(&pfd, 1, 30000), 1);
	while (!meter_on_event(kubelet->node->meter));
	fake_pass(kubelet->node, SECOND);
}

/* Passes of @usec until kubelet was asked @n times in all, and answered. */
static inline void kubelet_is_asked(struct fake_kubelet *kubelet, size_t n, int64_t usec)
{
	struct pollfd pfd = {.fd = meter_event_fd(kubelet->node->meter), .events = POLLIN};

	for (int i = 0; kubelet_times_asked(kubelet) < n; i++) {
		assert_true(i < 10000);
		fake_pass(kubelet->node, usec);
		if (poll(&pfd, 1, 5) == 1)
			(void)meter_on_event(kubelet->node->meter);
	}
	asked_answers_come(kubelet->node->meter);
}

#endif
