/* Which cgroups, whose they are, and when kubelet is asked. */
#include "collector/source/kubernetes/kubernetes_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/config.h"
#include "collector/proc/proc_read.h"
#include "collector/source/group/group.h"
#include "collector/source/kubernetes/devices.h"
#include "collector/source/kubernetes/kubelet.h"
#include "collector/source/kubernetes/pod_cgroup.h"
#include "common/bounds.h"

#define WITHHOLD_USEC                                                                              \
	600000000 /* what a window of doubt covers, and a quarter of an hour shows                 \
		   */

struct kubernetes_source {
	struct group_source *group;
	const struct config *config;
	const struct clock *clock;
	struct kubelet kubelet;
	struct devices devices;
	bool has_slice_classes;
	bool is_unknown, is_unknown_new; /* some pod of this pass is not in the list */
};

static enum group_role role(const void *self, const char *path, const char *name)
{
	(void)self;
	return pod_cgroup_role(path, name);
}

static char *copy(const char *text)
{
	return strdup(text ? text : "");
}

/* Whose it was once it stays: rows say so already. What else is said of it may change. */
static int take_pod(
	const struct pod *pod, const struct group_subject *subject, struct group_identity *ret)
{
	const struct source_pass *pass = subject->pass;
	const char *user = subject->user && *subject->user ? subject->user : pod->user;

	if (!user || !*user)
		return -ENOENT;
	ret->user = copy(user);
	ret->server = copy(pod->server);
	ret->tag = copy(pod->tag);
	ret->reserved_microcores = min_u64(pod->microcores, (uint64_t)pass->node.cores * 1000000);
	ret->reserved_bytes = min_u64(pod->bytes, pass->node.memory_total_bytes);
	return ret->user && ret->server && ret->tag ? 0 : -ENOMEM;
}

static int identify(void *self, struct group_source *group, const struct group_subject *subject,
	struct group_identity *ret)
{
	struct kubernetes_source *source = self;
	const struct pod *pod;
	char uid[POD_UID_MAX + 1];

	(void)group;
	if (!pod_cgroup_uid(subject->name, uid))
		return -ENOENT;
	pod = pod_list_find(&source->kubelet.list, uid);
	if (pod)
		return take_pod(pod, subject, ret);
	if (subject->user && *subject->user)
		return 0; /* kubelet has forgotten it: it ends */
	source->is_unknown = true;
	source->is_unknown_new |= subject->n_asked == 0;
	return -EAGAIN;
}

static int format_id(const void *self, const struct group_subject *subject, char id[GROUP_ID_SIZE])
{
	char uid[POD_UID_MAX + 1];

	(void)self;
	if (!pod_cgroup_uid(subject->name, uid))
		return -EINVAL;
	memcpy(id, uid, sizeof(uid));
	return 0;
}

static bool counts_network(const void *self)
{
	return ((const struct kubernetes_source *)self)->config->kubernetes_network;
}

static uint32_t gpus(const void *self, const char *name, bool *ret_is_shared)
{
	const struct kubernetes_source *source = self;
	char uid[POD_UID_MAX + 1];

	if (source->devices.list.n == 0 || !pod_cgroup_uid(name, uid))
		return 0;
	return devices_count(&source->devices, uid, ret_is_shared);
}

static const char *gpu_class(const void *self, const char *name)
{
	const struct kubernetes_source *source = self;
	char uid[POD_UID_MAX + 1];

	if (!source->has_slice_classes || !pod_cgroup_uid(name, uid))
		return NULL;
	return devices_slice(&source->devices, uid);
}

static const struct group_rules rules = {
	.kind = HM_WORKLOAD_KIND_POD,
	.rank = SOURCE_RANK_POD,
	.preference = CGROUP_PREFER_V1,
	.withhold_usec = WITHHOLD_USEC,
	.claims_strangers = true,
	.role = role,
	.identify = identify,
	.format_id = format_id,
	.gpus = gpus,
	.counts_network = counts_network,
	.gpu_class = gpu_class,
};

static void kubernetes_free(void *self)
{
	struct kubernetes_source *source = self;

	if (source->group)
		group_source_free(source->group);
	kubelet_release(&source->kubelet);
	devices_release(&source->devices);
	free(source);
}

static int start(const struct source_context *context, struct kubernetes_source *source)
{
	int fd, r = group_source_new(context, &rules, source, &source->group);

	if (r < 0)
		return r;
	fd = group_source_event_fd(source->group);
	return fd < 0 ? 0 : run_watch(&source->kubelet.ask.run, fd);
}

static int init(const struct source_context *context, void **ret)
{
	struct kubernetes_source *source;
	int r;

	if (!*context->config->kubelet_url)
		return -ENOENT;
	source = calloc(1, sizeof(*source));
	if (!source)
		return -ENOMEM;
	source->clock = context->clock;
	source->config = context->config;
	source->has_slice_classes = context->config->gpu_slice_class;
	devices_init(&source->devices, context->config->kubelet_root);
	r = kubelet_init(&source->kubelet, context->config);
	if (r < 0) {
		free(source);
		return r;
	}
	r = start(context, source);
	if (r < 0)
		kubernetes_free(source);
	else
		*ret = source;
	return r;
}

static int event_fd(const void *self)
{
	return kubelet_fd(&((const struct kubernetes_source *)self)->kubelet);
}

static bool on_event(void *self)
{
	struct kubernetes_source *source = self;
	int64_t now_usec = clock_boottime_usec(source->clock);
	bool is_wanted = group_source_on_event(source->group);

	if (kubelet_work(&source->kubelet)) {
		is_wanted = true;
		group_source_ask_again(source->group); /* requests and tags may have changed */
	}
	if (group_source_asking(source->group) == GROUP_ASKING_NEW)
		kubelet_want(&source->kubelet, true, now_usec);
	kubelet_start_due(&source->kubelet, now_usec);
	return is_wanted;
}

static int observe(void *self, const struct source_pass *pass)
{
	struct kubernetes_source *source = self;
	int r;

	source->is_unknown = source->is_unknown_new = false;
	devices_refresh(&source->devices);
	r = group_source_observe(source->group, pass);
	if (source->is_unknown)
		kubelet_want(&source->kubelet, source->is_unknown_new, pass->now_usec);
	kubelet_start_due(&source->kubelet, pass->now_usec);
	return r;
}

/* From a private cgroup namespace, processes of pods are seen without their cgroups: all are ours.
 */
static int claim(const void *self, struct claims *claims)
{
	int r = claims_add(claims, SOURCE_RANK_POD, PROC_CGROUP_FOREIGN_POD);

	if (r == 0)
		r = claims_add(claims, SOURCE_RANK_POD, PROC_CGROUP_FOREIGN_POD | CGROUP_KEY_V1);
	if (r == 0)
		r = group_source_claim(((const struct kubernetes_source *)self)->group, claims);
	return r;
}

static void book(void *self, struct window *window, const struct claims *claims,
	const struct source_pass *pass)
{
	group_source_book(((struct kubernetes_source *)self)->group, window, claims, pass);
}

static int save(const void *self, struct buffer *section)
{
	return group_source_save(((const struct kubernetes_source *)self)->group, section);
}

static int restore(
	void *self, struct window *window, uint32_t version, const void *data, size_t size)
{
	return group_source_restore(
		((struct kubernetes_source *)self)->group, window, version, data, size);
}

static void forget(void *self)
{
	group_source_forget(((struct kubernetes_source *)self)->group);
}

static void explain_pods(const void *self, const char *name, explain_fn explain, void *context)
{
	const struct kubernetes_source *source = self;

	group_source_explain(source->group, name, explain, context);
}

static size_t count_pods(const void *self)
{
	const struct kubernetes_source *source = self;

	return group_source_count(source->group);
}

const struct source_ops kubernetes_source_ops = {
	.name = "kubernetes",
	.version = GROUP_STATE_VERSION,
	.rank = SOURCE_RANK_POD,
	.init = init,
	.free = kubernetes_free,
	.event_fd = event_fd,
	.on_event = on_event,
	.observe = observe,
	.claim = claim,
	.book = book,
	.save = save,
	.restore = restore,
	.forget = forget,
	.explain = explain_pods,
	.count = count_pods,
};
