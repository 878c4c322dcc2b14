/*
 * Whatever directories are called that somebody made below /sys/fs/cgroup: units of systemd, jobs
 * of Slurm, pods and containers are told from all else, and what is taken of a name is in it. The
 * input is lines: the path above, the name, and, for a unit, the templates.
 *
 * Built and run as fuzz_wire.c, with tests/fuzz/corpus/cgroup_name; that corpus is replayed by the
 * tests of the units' names.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collector/source/docker/container.h"
#include "collector/source/kubernetes/pod_cgroup.h"
#include "collector/source/slurm/job_path.h"
#include "collector/source/systemd/unit.h"

#define N_TEXTS	  3
#define TEMPLATES "jupyter-{USERNAME}-singleuser jupyter-{USERNAME}"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static void read_unit(const char *templates, const char *name)
{
	char *user = malloc(UNIT_NAME_MAX + 1); /* on the heap: a byte too many is seen */
	size_t size = SIZE_MAX, length = strlen(name);

	must(user != NULL);
	if (unit_user(templates, name, user, &size)) {
		must(length > 8 && length <= UNIT_NAME_MAX);
		must(strcmp(name + length - 8, ".service") == 0);
		must(size > 0 && size <= length - 8 && !memchr(user, '\0', size));
		must(memchr(name, '\\', length) || memmem(name, length - 8, user, size));
	} else {
		must(size == SIZE_MAX);
	}
	free(user);
}

static size_t count_slashes(const char *path)
{
	size_t count = 0;

	for (; *path; path++)
		count += *path == '/';
	return count;
}

static void read_job(const char *path, const char *name)
{
	uint32_t uid = 0;

	switch (job_path_kind(path, name)) {
	case JOB_PATH_OTHER:
		break;
	case JOB_PATH_PLACE:
		must(count_slashes(path) == 0 && *name);
		break;
	case JOB_PATH_JOB:
		must(count_slashes(path) >= 1 && strcmp(name, "system") != 0);
		break;
	default:
		abort();
	}
	if (job_path_uid(path, &uid)) {
		must(strncmp(path, "slurm", 5) == 0 && strstr(path, "/uid_") != NULL);
		must(uid == strtoull(strstr(path, "/uid_") + 5, NULL, 10));
	}
}

static void read_pod(const char *path, const char *name)
{
	char *uid = calloc(1, POD_UID_MAX + 1);
	bool is_pod;
	enum group_role role = pod_cgroup_role(path, name);

	must(uid != NULL);
	is_pod = pod_cgroup_uid(name, uid);
	must(role != GROUP_ROLE_WORKLOAD || is_pod);
	if (is_pod) {
		must(*uid && strlen(uid) <= POD_UID_MAX && strlen(uid) < strlen(name));
		for (size_t i = 0; uid[i]; i++)
			must(isalnum((unsigned char)uid[i]) || uid[i] == '-');
	}
	free(uid);
}

static void read_container(const char *path, const char *name)
{
	char *id = calloc(1, CONTAINER_ID_SIZE + 1);

	must(id != NULL);
	if (container_id(path, name, id)) {
		must(container_is_place(path) && strstr(name, id) != NULL);
		must(strlen(id) == CONTAINER_ID_SIZE);
		must(strspn(id, "0123456789abcdef") == CONTAINER_ID_SIZE);
	}
	free(id);
}

/* The line at *@data, which is moved behind it. The caller frees. */
static char *take_line(const uint8_t **data, size_t *size)
{
	const uint8_t *newline = *size > 0 ? memchr(*data, '\n', *size) : NULL;
	size_t length = newline ? (size_t)(newline - *data) : *size;
	char *line = strndup((const char *)*data, length);

	must(line != NULL);
	length += newline != NULL;
	*data += length;
	*size -= length;
	return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text[N_TEXTS];

	for (size_t i = 0; i < N_TEXTS; i++)
		text[i] = take_line(&data, &size);
	read_unit(*text[2] ? text[2] : TEMPLATES, text[1]);
	read_job(text[0], text[1]);
	read_pod(text[0], text[1]);
	read_container(text[0], text[1]);
	for (size_t i = 0; i < N_TEXTS; i++)
		free(text[i]);
	return 0;
}
