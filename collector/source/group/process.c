/* For rules that have to look further than at the first process. */
#include <errno.h>
#include <string.h>

#include "collector/config.h"
#include "collector/proc/proc_read.h"
#include "collector/source/group/private.h"

int group_source_list(
	struct group_source *source, const char *path, cgroup_visit *visit, void *context)
{
	struct cgroup cgroup = CGROUP_INIT;
	int r = cgroup_list(&cgroup, &source->tree, path, visit, context);

	cgroup_close(&cgroup, &source->tree);
	return r;
}

int group_source_first_pid(struct group_source *source, const char *path, int32_t *ret)
{
	struct cgroup cgroup = CGROUP_INIT;
	int r = cgroup_read_first_pid(&cgroup, &source->tree, path, ret);

	cgroup_close(&cgroup, &source->tree);
	return r;
}

int group_source_uid(struct group_source *source, int32_t pid, uint32_t *ret)
{
	struct proc_dir proc;
	int r = proc_dir_open(source->config->proc, &proc);

	if (r < 0)
		return r;
	r = proc_read_uid(&proc, pid, ret);
	proc_dir_close(&proc);
	return r;
}

int group_source_pid_environ(struct group_source *source, int32_t pid,
	int (*take)(void *context, const char *data, size_t size), void *context)
{
	size_t size;
	int r = group_read_environ(source, pid, &size);

	if (r < 0)
		return r;
	r = take(context, source->environ, size);
	explicit_bzero(source->environ, size); /* it holds tokens */
	return r;
}
