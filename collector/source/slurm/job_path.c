/* Both versions by one look: no name of the one means something in the other. */
#include "collector/source/slurm/job_path.h"

#include <string.h>

#include "collector/proc/proc_parse.h"

#define SLICE	   ".slice"
#define SCOPE	   "slurmstepd.scope"
#define TOP	   "slurm"
#define UID_PREFIX "uid_"
#define JOB_PREFIX "job_"

static bool has_suffix(const char *name, size_t size, const char *suffix)
{
	size_t length = strlen(suffix);

	return size > length && memcmp(name + size - length, suffix, length) == 0;
}

static bool is_slice(const char *name, size_t size)
{
	return has_suffix(name, size, SLICE) && !memchr(name, '/', size);
}

static bool is_scope(const char *name, size_t size)
{
	if (memchr(name, '/', size))
		return false;
	return (size == strlen(SCOPE) && memcmp(name, SCOPE, size) == 0) ||
	       has_suffix(name, size, "_" SCOPE);
}

/* slurm, or slurm_<node> where several slurmd share a machine. */
static bool is_top(const char *name, size_t size)
{
	size_t length = strlen(TOP);

	if (size < length || memcmp(name, TOP, length) != 0 || memchr(name, '/', size))
		return false;
	return size == length || (name[length] == '_' && size > length + 1);
}

static bool parse_number(const char *name, size_t size, const char *prefix, uint64_t *ret)
{
	size_t length = strlen(prefix);

	return size > length && memcmp(name, prefix, length) == 0 &&
	       proc_parse_u64(name + length, size - length, ret) == 0;
}

static enum job_path_kind kind_in_scope(const char *name)
{
	return strcmp(name, "system") == 0 ? JOB_PATH_OTHER : JOB_PATH_JOB;
}

static enum job_path_kind kind_at_the_top(const char *name)
{
	size_t size = strlen(name);

	return is_slice(name, size) || is_top(name, size) ? JOB_PATH_PLACE : JOB_PATH_OTHER;
}

enum job_path_kind job_path_kind(const char *path, const char *name)
{
	const char *slash = strchr(path, '/');
	size_t size = slash ? (size_t)(slash - path) : strlen(path);
	uint64_t number;

	if (!*path)
		return kind_at_the_top(name);
	if (!slash && is_slice(path, size))
		return is_scope(name, strlen(name)) ? JOB_PATH_PLACE : JOB_PATH_OTHER;
	if (!slash && is_top(path, size))
		return parse_number(name, strlen(name), UID_PREFIX, &number) ? JOB_PATH_PLACE
									     : JOB_PATH_OTHER;
	if (!slash)
		return JOB_PATH_OTHER;
	if (is_slice(path, size) && is_scope(slash + 1, strlen(slash + 1)))
		return kind_in_scope(name);
	if (is_top(path, size) && parse_number(name, strlen(name), JOB_PREFIX, &number))
		return JOB_PATH_JOB;
	return JOB_PATH_OTHER;
}

bool job_path_uid(const char *path, uint32_t *ret)
{
	const char *slash = strchr(path, '/');
	uint64_t uid;

	if (!slash || !is_top(path, (size_t)(slash - path)) ||
		!parse_number(slash + 1, strcspn(slash + 1, "/"), UID_PREFIX, &uid) ||
		uid > UINT32_MAX)
		return false;
	*ret = (uint32_t)uid;
	return true;
}
