/* By what a name ends with: what comes before it is the prefix, said again by systemd's driver. */
#include "collector/source/kubernetes/pod_cgroup.h"

#include <ctype.h>
#include <string.h>

#define PREFIX_DEPTH_MAX 2 /* directories above that of all pods */

static bool ends_with(const char *name, size_t size, const char *end)
{
	size_t length = strlen(end);

	return size >= length && memcmp(name + size - length, end, length) == 0;
}

/* "kubepods.slice" and "p-kubepods.slice", but not "mykubepods.slice". */
static bool is_slice(const char *name, size_t size, const char *end)
{
	size_t before = size - strlen(end);

	return ends_with(name, size, end) && (before == 0 || name[before - 1] == '-');
}

static bool is_pods(const char *name, size_t size)
{
	return (size == 8 && memcmp(name, "kubepods", size) == 0) ||
	       is_slice(name, size, "kubepods.slice");
}

static bool is_class(const char *name, size_t size)
{
	return (size == 9 && memcmp(name, "burstable", size) == 0) ||
	       (size == 10 && memcmp(name, "besteffort", size) == 0) ||
	       is_slice(name, size, "kubepods-burstable.slice") ||
	       is_slice(name, size, "kubepods-besteffort.slice");
}

/* Units that are no slices have no pods below them, and there are many. */
static bool may_be_prefix(const char *name)
{
	static const char *const ends[] = {
		".service", ".scope", ".mount", ".socket", ".swap", ".automount"};

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (ends_with(name, strlen(name), ends[i]))
			return false;
	return true;
}

static size_t depth_of(const char *path)
{
	size_t depth = *path ? 1 : 0;

	for (; *path; path++)
		depth += *path == '/';
	return depth;
}

/* Whether the last part of @path, or with @up the one before it, is the directory of all pods. */
static bool is_below_pods(const char *path, bool up)
{
	const char *end = path + strlen(path), *start;

	if (up) {
		end = strrchr(path, '/');
		if (!end)
			return false;
	}
	for (start = end; start > path && start[-1] != '/'; start--)
		;
	return is_pods(start, (size_t)(end - start));
}

enum group_role pod_cgroup_role(const char *path, const char *name)
{
	char uid[POD_UID_MAX + 1];
	size_t size = strlen(name);
	bool is_top = is_below_pods(path, false);

	if (is_top && is_class(name, size))
		return GROUP_ROLE_PLACE;
	if (is_top || is_below_pods(path, true))
		return pod_cgroup_uid(name, uid) ? GROUP_ROLE_WORKLOAD : GROUP_ROLE_OTHER;
	if (is_pods(name, size))
		return GROUP_ROLE_PLACE;
	return depth_of(path) < PREFIX_DEPTH_MAX && may_be_prefix(name) ? GROUP_ROLE_PLACE
									: GROUP_ROLE_OTHER;
}

/* Where the UID in @name begins; NULL: it is no pod's. *ret_size without what follows it. */
static const char *find_uid(const char *name, size_t *ret_size)
{
	static const char *const stems[] = {
		"kubepods-pod", "kubepods-burstable-pod", "kubepods-besteffort-pod"};
	size_t size = strlen(name);

	if (strncmp(name, "pod", 3) == 0 && !ends_with(name, size, ".slice")) {
		*ret_size = size - 3;
		return name + 3;
	}
	if (!ends_with(name, size, ".slice"))
		return NULL;
	for (size_t i = 0; i < sizeof(stems) / sizeof(*stems); i++) {
		const char *stem = strstr(name, stems[i]);

		if (!stem || (stem != name && stem[-1] != '-'))
			continue;
		stem += strlen(stems[i]);
		*ret_size = size - 6 - (size_t)(stem - name);
		return stem;
	}
	return NULL;
}

bool pod_cgroup_uid(const char *name, char uid[POD_UID_MAX + 1])
{
	size_t size;
	const char *from = find_uid(name, &size);

	if (!from || size == 0 || size > POD_UID_MAX)
		return false;
	for (size_t i = 0; i < size; i++) {
		uid[i] = (char)(from[i] == '_' ? '-' : from[i]);
		if (!isalnum((unsigned char)uid[i]) && uid[i] != '-')
			return false;
	}
	uid[size] = '\0';
	return true;
}
