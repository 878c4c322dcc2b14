/*
 * From a cgroup namespace of its own the collector sees other pods' paths lead out of it
 * ("/../../kubepods-burstable-pod<uid>.slice/..."), while their directories are where they always
 * are. The pod's part of the path is the same in both.
 */
#include "collector/gpu/place.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "collector/cgroup/cgroup_tree.h"
#include "common/hash.h"

#define UID_SIZE 32 /* hexadecimal digits, with dashes or underscores between them or not */

uint64_t gpu_pod_key(const char *name, size_t size)
{
	uint64_t key = hash_bytes(1, name, size);

	return key ? key : 1;
}

/* A part of a path: kubelet's drivers write "pod" and a UID, and something before and behind it. */
static bool is_pod(const char *part, size_t size)
{
	const char *end = part + size, *at = part;

	while ((at = memmem(at, (size_t)(end - at), "pod", 3))) {
		size_t n = 0;

		for (at += 3;
			at < end && (isxdigit((unsigned char)*at) || *at == '-' || *at == '_');
			at++)
			n += *at != '-' && *at != '_';
		if (n >= UID_SIZE)
			return true;
	}
	return false;
}

uint64_t gpu_pod_key_of_path(const char *path, size_t size)
{
	const char *end = path + size;

	while (path < end) {
		const char *slash = memchr(path, '/', (size_t)(end - path));
		size_t part = (size_t)((slash ? slash : end) - path);

		if (is_pod(path, part))
			return gpu_pod_key(path, part);
		path += part + 1;
	}
	return 0;
}

static bool is_foreign(uint64_t cgroup)
{
	return cgroup == PROC_CGROUP_FOREIGN_POD;
}

/* On a machine with both versions either may be the one that says it. */
static uint64_t read_pod(const struct proc_dir *proc, int32_t pid)
{
	char buffer[4096 + 1024];
	const char *path;
	size_t size, path_size;
	uint64_t pod = 0;

	if (proc_read_pid_file(proc, pid, "cgroup", buffer, sizeof(buffer), &size) < 0)
		return 0;
	if (proc_parse_cgroup(buffer, size, &path, &path_size) == 0)
		pod = gpu_pod_key_of_path(path, path_size);
	if (pod == 0 && proc_parse_cgroup_v1(buffer, size, "cpuacct", &path, &path_size) == 0)
		pod = gpu_pod_key_of_path(path, path_size);
	return pod;
}

static void read_cgroup(
	const struct proc_dir *proc, const char *root, int32_t pid, struct gpu_place *place)
{
	struct proc_cgroup cgroup;

	if (!*root || proc_read_cgroup(proc, pid, root, &cgroup) < 0)
		return;
	if (is_foreign(cgroup.v2) || is_foreign(cgroup.v1)) {
		place->pod = read_pod(proc, pid);
		return;
	}
	place->cgroup = cgroup.v2;
	place->cgroup_v1 = cgroup.v1 ? cgroup.v1 | CGROUP_KEY_V1 : 0;
}

int gpu_place_read(const struct proc_dir *proc, const char *root, int64_t booted_usec, int32_t pid,
	struct gpu_place *ret)
{
	struct gpu_place place = {0};
	struct proc_stat stat;
	int r = proc_read_stat(proc, pid, &stat);

	if (r < 0)
		return r;
	place.start_ticks = stat.start_ticks;
	place.start_usec = booted_usec + (int64_t)(stat.start_ticks * (proc->tick_nsec / 1000));
	read_cgroup(proc, root, pid, &place);
	*ret = place;
	return 0;
}
