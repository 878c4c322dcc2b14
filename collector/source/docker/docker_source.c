/* Which containers, and whose. */
#include "collector/source/docker/docker_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/config.h"
#include "collector/source/docker/container.h"
#include "collector/source/docker/container_json.h"
#include "collector/source/group/group.h"
#include "collector/source/name.h"
#include "collector/source/server_environ.h"
#include "hubmeter/cleanup.h"

#define PIECE_SIZE 16384
#define ASKED_MAX  6 /* passes in which the first process may become the server */

struct docker_source {
	const char *root;
	const char *api_url;
	struct buffer environ;
};

static enum group_role role(const void *self, const char *path, const char *name)
{
	char id[CONTAINER_ID_SIZE + 1];

	(void)self;
	if (!*path && container_is_place(name))
		return GROUP_ROLE_PLACE;
	return container_id(path, name, id) ? GROUP_ROLE_WORKLOAD : GROUP_ROLE_OTHER;
}

static bool id_of(const struct group_subject *subject, char id[CONTAINER_ID_SIZE + 1])
{
	char place[64];
	const char *slash = strrchr(subject->path, '/');
	size_t size = slash ? (size_t)(slash - subject->path) : 0;

	if (size >= sizeof(place))
		return false;
	memcpy(place, subject->path, size);
	place[size] = '\0';
	return container_id(place, subject->name, id);
}

static int read_json(int fd, struct container_json *json)
{
	char piece[PIECE_SIZE];
	ssize_t n;
	int r = 0;

	while (r == 0 && (n = read(fd, piece, sizeof(piece))) != 0)
		r = n < 0 ? (errno == EINTR ? 0 : -errno)
			  : container_json_add(json, piece, (size_t)n);
	return r == 0 ? container_json_finish(json) : r;
}

static int read_environ(struct docker_source *source, const char *id)
{
	hm_cleanup(hm_closep) int fd = -1;
	struct container_json *json;
	char path[4096];
	struct stat st;
	int r;

	if (snprintf(path, sizeof(path), "%s/containers/%s/config.v2.json", source->root, id) >=
		(int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -EINVAL;
	json = container_json_new(&source->environ);
	r = json ? read_json(fd, json) : -ENOMEM;
	container_json_free(json);
	return r;
}

struct reading {
	const struct docker_source *source;
	const struct source_pass *pass;
	struct group_identity *identity;
};

static int take_environ(void *context, const struct server_environ *env)
{
	const struct reading *reading = context;
	struct group_identity *identity = reading->identity;

	if (!server_environ_is_server(env, reading->source->api_url))
		return -ENOENT;
	identity->user = name_copy(env->user.data, env->user.size);
	identity->server = name_copy(env->server.data, env->server.size);
	identity->tag = name_copy(env->tag.data, env->tag.size);
	identity->reserved_microcores = server_environ_microcores(env, reading->pass->node.cores);
	identity->reserved_bytes =
		server_environ_bytes(env, reading->pass->node.memory_total_bytes);
	return identity->user && identity->server && identity->tag ? 0 : -ENOMEM;
}

/* It holds tokens, also where it was cut. */
static void wipe(struct buffer *environ)
{
	if (environ->size > 0)
		explicit_bzero(environ->data, environ->size);
	buffer_clear(environ);
}

/* By what Docker wrote down. */
static int identify_by_file(struct docker_source *source, const char *id, struct reading *reading)
{
	struct server_environ env;
	int r = read_environ(source, id);

	if (r == 0) {
		server_environ_parse(
			(const char *)source->environ.data, source->environ.size, &env);
		r = take_environ(reading, &env);
	} else {
		r = -EACCES; /* whatever it is, another way may lead to it */
	}
	wipe(&source->environ);
	return r;
}

/* What can't be told now may be in a minute: the file may be written, a right given. */
static int identify(void *self, struct group_source *group, const struct group_subject *subject,
	struct group_identity *ret)
{
	struct docker_source *source = self;
	struct reading reading = {source, subject->pass, ret};
	char id[CONTAINER_ID_SIZE + 1];
	int r;

	if (!id_of(subject, id))
		return -ENOENT;
	r = identify_by_file(source, id, &reading);
	if (r != -EACCES)
		return r;
	r = group_source_environ(group, subject, take_environ, &reading);
	if (r == -ENOENT && subject->n_asked >= ASKED_MAX)
		return r;
	return r == 0 ? 0 : -EAGAIN;
}

static void docker_free(void *self)
{
	struct docker_source *source = self;

	wipe(&source->environ);
	buffer_release(&source->environ);
	free(source);
}

static const struct group_rules rules = {
	.kind = HM_WORKLOAD_KIND_CGROUP,
	.rank = SOURCE_RANK_CGROUP,
	.preference = CGROUP_PREFER_V1,
	.role = role,
	.identify = identify,
	.free = docker_free,
};

static int init(const struct source_context *context, void **ret)
{
	struct docker_source source = {.root = context->config->docker_root,
		.api_url = context->config->api_url,
		.environ = BUFFER_INIT(CONTAINER_ENVIRON_MAX)};

	if (!*context->config->docker_root)
		return -ENOENT;
	return group_source_init(context, &rules, &source, sizeof(source), ret);
}

const struct source_ops docker_source_ops = {
	GROUP_SOURCE_OPS,
	.name = "docker",
	.rank = SOURCE_RANK_CGROUP,
	.init = init,
};
