/* Which cgroups are jobs, and whose. */
#include "collector/source/slurm/slurm_source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/config.h"
#include "collector/proc/proc_read.h"
#include "collector/source/group/group.h"
#include "collector/source/name.h"
#include "collector/source/passwd.h"
#include "collector/source/slurm/job_environ.h"
#include "collector/source/slurm/job_path.h"
#include "common/bounds.h"
#include "common/log.h"
#include "hubmeter/cleanup.h"

#define ASKED_MAX  30 /* passes in which what is missing may come */
#define TASKS_MAX  16u
#define PASSWD_MAX ((size_t)16 << 20)

struct slurm_source {
	const struct config *config;
	bool said_unreadable;
};

static enum group_role role(const void *self, const char *path, const char *name)
{
	static const enum group_role roles[] = {[JOB_PATH_OTHER] = GROUP_ROLE_OTHER,
		[JOB_PATH_PLACE] = GROUP_ROLE_PLACE,
		[JOB_PATH_JOB] = GROUP_ROLE_WORKLOAD};

	(void)self;
	return roles[job_path_kind(path, name)];
}

/* ------------------------------------------------------------------------ its processes */

/* The first process of each task, or of each step; slurmstepd's own are not among them. */
struct tasks {
	struct group_source *group;
	const char *path; /* of the job, then of the step */
	bool is_v1;
	int32_t pid[TASKS_MAX];
	size_t count;
};

static bool join(char path[GROUP_PATH_SIZE], const char *directory, const char *name)
{
	return snprintf(path, GROUP_PATH_SIZE, "%s/%s", directory, name) < GROUP_PATH_SIZE;
}

static int add_first(struct tasks *tasks, const char *path)
{
	if (tasks->count == TASKS_MAX)
		return -ENOSPC;
	if (group_source_first_pid(tasks->group, path, &tasks->pid[tasks->count]) == 0)
		tasks->count++;
	return 0;
}

static int visit_task(void *context, const char *name, uint64_t inode)
{
	struct tasks *tasks = context;
	char path[GROUP_PATH_SIZE];

	(void)inode;
	if (strncmp(name, "task_", 5) != 0 || !join(path, tasks->path, name))
		return 0;
	return add_first(tasks, path);
}

/* Version 2 has the user's tasks in a cgroup of their own. */
static int visit_step(void *context, const char *name, uint64_t inode)
{
	struct tasks *tasks = context, in_step = *tasks;
	char step[GROUP_PATH_SIZE], below[GROUP_PATH_SIZE];

	(void)inode;
	if (strncmp(name, "step_", 5) != 0 || !join(step, tasks->path, name))
		return 0;
	if (!tasks->is_v1)
		return join(below, step, "user") ? add_first(tasks, below) : 0;
	in_step.path = step;
	(void)group_source_list(tasks->group, step, visit_task, &in_step); /* it may have ended */
	in_step.path = tasks->path;
	*tasks = in_step;
	return 0;
}

/* ------------------------------------------------------------------------ what they say */

struct reading {
	const struct slurm_source *source;
	const struct source_pass *pass;
	struct group_identity *identity;
};

static int take_environ(void *context, const char *data, size_t size)
{
	const struct reading *reading = context;
	struct group_identity *identity = reading->identity;
	const struct node_sample *node = &reading->pass->node;
	struct job_environ env;
	bool is_server;
	const struct environ_text *tag;

	job_environ_parse(data, size, &env);
	if (env.job_id.size == 0)
		return -ENOENT; /* not started yet, or by somebody who hides it */
	is_server = server_environ_is_server(&env.server, reading->source->config->api_url);
	tag = is_server && env.server.tag.size > 0 ? &env.server.tag : &env.account;
	identity->server =
		is_server ? name_copy(env.server.server.data, env.server.server.size) : strdup("");
	identity->tag = name_copy(tag->data, tag->size);
	identity->reserved_microcores = min_u64(env.cpus, node->cores) * 1000000;
	identity->reserved_bytes = min_u64(env.bytes, node->memory_total_bytes);
	return identity->server && identity->tag ? 0 : -ENOMEM;
}

static int ask_environ(const struct tasks *tasks, struct reading *reading)
{
	int r = -EAGAIN;

	for (size_t i = 0; i < tasks->count && r < 0 && r != -ENOMEM; i++)
		r = group_source_pid_environ(tasks->group, tasks->pid[i], take_environ, reading);
	return r;
}

/* Somebody's who is not root, if there is one: a task is root's until it is started. */
static int ask_uid(const struct tasks *tasks, uint32_t *ret)
{
	int r = -ESRCH;
	uint32_t uid;

	for (size_t i = 0; i < tasks->count; i++) {
		if (group_source_uid(tasks->group, tasks->pid[i], &uid) < 0)
			continue;
		*ret = uid;
		r = 0;
		if (uid != 0)
			break;
	}
	return r;
}

/* ------------------------------------------------------------------------ whose it is */

static void say_unreadable(struct slurm_source *source, int error)
{
	char quoted[LOG_QUOTED_SIZE];

	if (!source->said_unreadable)
		log_event(LOG_PRIORITY_WARNING, "slurm_accounts_unreadable",
			"file=%s reason=\"%s\" consequence=\"users are numbers\"",
			log_quote(quoted, source->config->slurm_accounts), strerror(error));
	source->said_unreadable = true;
}

/* The machine's file, also for who looks out of a container. */
static int read_accounts(struct slurm_source *source, char *passwd, size_t *ret_size)
{
	char path[4096];
	struct proc_dir proc;
	int r = proc_dir_open(source->config->proc, &proc);

	if (r < 0)
		return r;
	if (snprintf(path, sizeof(path), "1/root%s", source->config->slurm_accounts) >=
		(int)sizeof(path))
		r = -ENAMETOOLONG;
	else
		r = proc_read_file(&proc, path, passwd, PASSWD_MAX, ret_size);
	proc_dir_close(&proc);
	return r;
}

/* -ENOENT: no account has that number, as far as the file goes. */
static int account_name(struct slurm_source *source, uint32_t uid, char **ret)
{
	hm_cleanup(hm_freep) char *passwd = malloc(PASSWD_MAX); /* unwritten pages cost nothing */
	size_t size, name_size;
	const char *name;
	int r = passwd ? read_accounts(source, passwd, &size) : -ENOMEM;

	if (r < 0) {
		say_unreadable(source, -r);
		return -ENOENT;
	}
	source->said_unreadable = false;
	if (!passwd_name(passwd, size, uid, &name, &name_size))
		return -ENOENT;
	*ret = name_copy(name, name_size);
	return *ret ? 0 : -ENOMEM;
}

static int number_as_name(uint32_t uid, char **ret)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%u", uid);

	*ret = name_copy(text, (size_t)n);
	return *ret ? 0 : -ENOMEM;
}

static int name_account(
	struct slurm_source *source, uint32_t uid, bool is_last_time, struct group_identity *ret)
{
	int r = account_name(source, uid, &ret->user);

	if (r != -ENOENT)
		return r;
	return is_last_time ? number_as_name(uid, &ret->user) : -EAGAIN;
}

/* The environment is read before the account: it is a task's own once its account is. */
static int identify(void *self, struct group_source *group, const struct group_subject *subject,
	struct group_identity *ret)
{
	struct slurm_source *source = self;
	struct tasks tasks = {.group = group, .path = subject->path};
	struct reading reading = {source, subject->pass, ret};
	bool is_last_time = subject->is_gone || subject->n_asked >= ASKED_MAX;
	int environ = -ENOENT, r;
	uint32_t uid;

	tasks.is_v1 = job_path_uid(subject->path, &uid);
	if (!subject->is_gone) {
		(void)group_source_list(group, subject->path, visit_step, &tasks); /* or none */
		environ = ask_environ(&tasks, &reading);
	}
	if (!tasks.is_v1 && ask_uid(&tasks, &uid) < 0)
		return subject->is_gone ? -ESRCH : -EAGAIN;
	if (!tasks.is_v1 && uid == 0 && environ < 0 && !is_last_time)
		return -EAGAIN;
	r = name_account(source, uid, is_last_time, ret);
	if (r < 0)
		return r;
	return environ == 0 || is_last_time ? 0 : -EAGAIN;
}

static const struct group_rules rules = {
	.kind = HM_WORKLOAD_KIND_CGROUP,
	.rank = SOURCE_RANK_CGROUP,
	.preference = CGROUP_PREFER_V1,
	.role = role,
	.identify = identify,
	.free = free,
};

static int init(const struct source_context *context, void **ret)
{
	struct slurm_source source = {.config = context->config};

	if (!*context->config->slurm_accounts)
		return -ENOENT;
	return group_source_init(context, &rules, &source, sizeof(source), ret);
}

const struct source_ops slurm_source_ops = {
	GROUP_SOURCE_OPS,
	.name = "slurm",
	.rank = SOURCE_RANK_CGROUP,
	.init = init,
};
