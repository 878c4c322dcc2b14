/* Which units, and whose. */
#include "collector/source/systemd/systemd_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/config.h"
#include "collector/source/group/group.h"
#include "collector/source/name.h"
#include "collector/source/server_environ.h"
#include "collector/source/systemd/unit.h"
#include "common/log.h"

#define ASKED_MAX 30 /* passes in which the environment may become the server's */

struct systemd_source {
	const char *templates;
	const char *api_url;
};

/* kubelet's slices have no units: they are another source's. */
static bool is_slice(const char *name)
{
	size_t size = strlen(name);

	return size > 6 && strcmp(name + size - 6, ".slice") == 0 && !strstr(name, "kubepods");
}

static enum group_role role(const void *self, const char *path, const char *name)
{
	const struct systemd_source *source = self;
	char user[UNIT_NAME_MAX + 1];
	size_t size;

	(void)path;
	if (is_slice(name))
		return GROUP_ROLE_PLACE;
	return unit_user(source->templates, name, user, &size) ? GROUP_ROLE_WORKLOAD
							       : GROUP_ROLE_OTHER;
}

struct reading {
	const struct systemd_source *source;
	const char *unit;
	const struct source_pass *pass;
	struct group_identity *identity;
};

/* That is the word of a person's process: whoever reads the journal can look into it. */
static void note_left(const char *name, const struct server_environ *env)
{
	char unit[LOG_QUOTED_SIZE], url[LOG_QUOTED_SIZE];
	char *api_url = name_copy(env->api_url.data, env->api_url.size);

	log_event(LOG_PRIORITY_NOTICE, "unit_left",
		"unit=%s api_url=%s consequence=\"its usage is the system's: its first process says "
		"that it is another hub's\"",
		log_quote(unit, name), log_quote(url, api_url ? api_url : ""));
	free(api_url);
}

/* Two templates may fit one unit, and then the first is believed: jupyter-bob-singleuser is bob's.
 */
static void note_other_user(const struct reading *reading, const struct server_environ *env)
{
	char unit[LOG_QUOTED_SIZE], billed[LOG_QUOTED_SIZE], claimed[LOG_QUOTED_SIZE];
	char *user = name_copy(env->user.data, env->user.size);

	if (user && strcmp(user, reading->identity->user) != 0)
		log_event(LOG_PRIORITY_WARNING, "unit_user_differs",
			"unit=%s user=%s claims=%s consequence=\"the first is billed, by the unit's "
			"name; let systemd_unit have no template but the hub's\"",
			log_quote(unit, reading->unit), log_quote(billed, reading->identity->user),
			log_quote(claimed, user));
	free(user);
}

/* Before it calls exec, the first process has systemd's environment. */
static int take_environ(void *context, const struct server_environ *env)
{
	const struct reading *reading = context;
	struct group_identity *identity = reading->identity;

	if (env->user.size == 0)
		return -EAGAIN;
	if (!server_environ_is_server(env, reading->source->api_url)) {
		note_left(reading->unit, env);
		return -ENOENT;
	}
	note_other_user(reading, env);
	identity->server = name_copy(env->server.data, env->server.size);
	identity->tag = name_copy(env->tag.data, env->tag.size);
	identity->reserved_microcores = server_environ_microcores(env, reading->pass->node.cores);
	identity->reserved_bytes =
		server_environ_bytes(env, reading->pass->node.memory_total_bytes);
	return identity->server && identity->tag ? 0 : -ENOMEM;
}

static int identify(void *self, struct group_source *group, const struct group_subject *subject,
	struct group_identity *ret)
{
	const struct systemd_source *source = self;
	struct reading reading = {source, subject->name, subject->pass, ret};
	char user[UNIT_NAME_MAX + 1];
	size_t size;
	int r;

	if (!unit_user(source->templates, subject->name, user, &size))
		return -ENOENT;
	ret->user = name_copy(user, size);
	if (!ret->user)
		return -ENOMEM;
	if (subject->is_gone)
		return 0;
	r = group_source_environ(group, subject, take_environ, &reading);
	return r == -EAGAIN && subject->n_asked >= ASKED_MAX ? 0 : r;
}

static const struct group_rules rules = {
	.kind = HM_WORKLOAD_KIND_CGROUP,
	.rank = SOURCE_RANK_CGROUP,
	.preference = CGROUP_PREFER_V2,
	.role = role,
	.identify = identify,
	.free = free,
};

static int init(const struct source_context *context, void **ret)
{
	struct systemd_source source = {context->config->systemd_unit, context->config->api_url};

	if (!*context->config->systemd_unit)
		return -ENOENT;
	return group_source_init(context, &rules, &source, sizeof(source), ret);
}

const struct source_ops systemd_source_ops = {
	GROUP_SOURCE_OPS,
	.name = "systemd",
	.rank = SOURCE_RANK_CGROUP,
	.init = init,
};
