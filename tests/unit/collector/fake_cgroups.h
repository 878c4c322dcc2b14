/*
 * A whole node as directories: a tree of cgroups of version 2, version 1 or both beside the fake
 * machine, a meter that looks at them, and what it said so far. CPU that is burned in a cgroup is
 * added to all above it, and stays there when it is removed, as the kernel does it.
 */
#ifndef TESTS_UNIT_COLLECTOR_FAKE_CGROUPS_H
#define TESTS_UNIT_COLLECTOR_FAKE_CGROUPS_H

#include <ftw.h>
#include <inttypes.h>

#include "collector/config.h"
#include "collector/meter/meter.h"
#include "tests/unit/collector/fake_machine.h"
#include "tests/unit/collector/told.h"

#ifndef FAKE_CGROUPS
#define FAKE_CGROUPS 512
#endif

enum fake_layout { FAKE_UNIFIED, FAKE_LEGACY, FAKE_HYBRID };

struct fake_cgroup {
	char path[300]; /* "": this place is free; "/" is the root */
	uint64_t usec;
};

struct fake_node {
	struct fake_machine machine;
	enum fake_layout layout;
	char root[96]; /* of the cgroups */
	char docker_root[96];
	struct fake_cgroup cgroup[FAKE_CGROUPS];
	struct config config;
	const struct source_ops *const *sources;
	struct meter *meter;
	struct told told;
};

static inline void fake_put(const char *directory, const char *name, const char *text)
{
	char path[700];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* The directory of @path that counts CPU, or memory. */
static inline const char *fake_directory(
	const struct fake_node *node, const char *path, bool of_memory, char directory[600])
{
	static const char *const cpu[] = {"", "/cpuacct", "/unified"};
	static const char *const memory[] = {"", "/memory", "/memory"};

	snprintf(directory, 600, "%s%s/%.300s", node->root,
		of_memory ? memory[node->layout] : cpu[node->layout], path);
	return directory;
}

static inline void fake_write_cpu(const struct fake_node *node, const struct fake_cgroup *cgroup)
{
	char directory[600], text[128];

	fake_directory(node, cgroup->path, false, directory);
	if (node->layout == FAKE_LEGACY) {
		snprintf(text, sizeof(text), "%" PRIu64 "\n", cgroup->usec * 1000);
		fake_put(directory, "cpuacct.usage", text);
		return;
	}
	snprintf(text, sizeof(text), "usage_usec %" PRIu64 "\nuser_usec 1\nsystem_usec 2\n",
		cgroup->usec);
	fake_put(directory, "cpu.stat", text);
}

static inline void fake_set_memory(
	const struct fake_node *node, const char *path, uint64_t used, uint64_t inactive)
{
	bool is_v1 = node->layout != FAKE_UNIFIED;
	char directory[600], text[128];

	fake_directory(node, path, true, directory);
	snprintf(text, sizeof(text), "%" PRIu64 "\n", used);
	fake_put(directory, is_v1 ? "memory.usage_in_bytes" : "memory.current", text);
	snprintf(text, sizeof(text), "anon 1\n%sinactive_file %" PRIu64 "\nfile 3\n",
		is_v1 ? "total_" : "", inactive);
	fake_put(directory, "memory.stat", text);
}

static inline void fake_populate(const struct fake_node *node, const char *path, int32_t pid)
{
	char directory[600], text[32];

	fake_directory(node, path, false, directory);
	snprintf(text, sizeof(text), "%d\n", (int)pid);
	fake_put(directory, "cgroup.procs", pid ? text : "");
	if (node->layout != FAKE_LEGACY)
		fake_put(directory, "cgroup.events",
			pid ? "populated 1\nfrozen 0\n" : "populated 0\nfrozen 0\n");
}

static inline struct fake_cgroup *fake_find_cgroup(struct fake_node *node, const char *path)
{
	for (size_t i = 0; i < FAKE_CGROUPS; i++)
		if (strcmp(node->cgroup[i].path, path) == 0)
			return &node->cgroup[i];
	return NULL;
}

static inline struct fake_cgroup *fake_add_cgroup(struct fake_node *node, const char *path)
{
	struct fake_cgroup *cgroup = node->cgroup;

	while (cgroup->path[0] && cgroup < node->cgroup + FAKE_CGROUPS - 1)
		cgroup++;
	assert_string_equal(cgroup->path, ""); /* there is a free place */
	snprintf(cgroup->path, sizeof(cgroup->path), "%.299s", path);
	cgroup->usec = 0;
	return cgroup;
}

/* The first process in it is @pid; 0: none. It appears at once with all files, as the kernel's do.
 */
static inline void fake_make_cgroup(struct fake_node *node, const char *path, int32_t pid)
{
	char directory[600];
	struct fake_cgroup *cgroup = fake_add_cgroup(node, path);

	if (node->layout != FAKE_UNIFIED)
		assert_int_equal(mkdir(fake_directory(node, path, true, directory), 0700), 0);
	assert_int_equal(mkdir(fake_directory(node, path, false, directory), 0700), 0);
	fake_write_cpu(node, cgroup);
	fake_populate(node, path, pid);
	fake_set_memory(node, path, 0, 0);
}

static inline void fake_use_cpu(struct fake_node *node, const char *path, uint64_t usec)
{
	for (size_t i = 0; i < FAKE_CGROUPS; i++) {
		struct fake_cgroup *cgroup = &node->cgroup[i];
		size_t size = strlen(cgroup->path);
		bool is_root = strcmp(cgroup->path, "/") == 0;

		if (size == 0)
			continue;
		if (!is_root && (strncmp(path, cgroup->path, size) != 0 ||
					(path[size] != '/' && path[size] != '\0')))
			continue;
		cgroup->usec += usec;
		fake_write_cpu(node, cgroup);
	}
	node->machine.busy_ticks += usec / FAKE_TICK_USEC;
}

static inline int fake_remove_one(
	const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path);
}

static inline void fake_remove_cgroup(struct fake_node *node, const char *path)
{
	char directory[600];

	for (int of_memory = 0; of_memory < 2; of_memory++) {
		fake_directory(node, path, of_memory, directory);
		(void)nftw(directory, fake_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	}
	fake_find_cgroup(node, path)->path[0] = '\0';
}

static inline void fake_open_meter(struct fake_node *node)
{
	assert_int_equal(
		meter_new(&node->config, &node->machine.clock, node->sources, &node->meter), 0);
}

static inline struct fake_node *fake_node_new(
	enum fake_layout layout, const struct source_ops *const *sources)
{
	static char hub[] = "h", name[] = "n", resource_class[] = "c", empty[] = "";
	static char accounts[] = "/etc/passwd";
	static char units[] = "jupyter-{USERNAME}-singleuser jupyter-{USERNAME}";
	struct fake_node *node = calloc(1, sizeof(*node));
	char directory[600];

	assert_non_null(node);
	fake_machine_init(&node->machine);
	node->layout = layout;
	node->sources = sources;
	snprintf(node->root, sizeof(node->root), "%s/tree", node->machine.path);
	snprintf(node->docker_root, sizeof(node->docker_root), "%s/docker", node->machine.path);
	assert_int_equal(mkdir(node->root, 0700), 0);
	if (layout != FAKE_UNIFIED) {
		fake_directory(node, "", false, directory);
		assert_int_equal(mkdir(directory, 0700), 0);
		fake_directory(node, "", true, directory);
		assert_int_equal(mkdir(directory, 0700), 0);
	}
	if (layout != FAKE_LEGACY)
		fake_put(fake_directory(node, "", false, directory), "cgroup.controllers", "\n");
	fake_write_cpu(node, fake_add_cgroup(node, "/"));
	fake_set_memory(node, "", 1, 0);
	node->config = (struct config){.hub = hub,
		.node = name,
		.resource_class = resource_class,
		.api_url = empty,
		.memory_interval = 60000000,
		.cgroup = node->root,
		.systemd_unit = units,
		.docker_root = node->docker_root,
		.slurm_accounts = accounts,
		.proc = node->machine.path};
	fake_open_meter(node);
	return node;
}

static inline void fake_node_free(struct fake_node *node)
{
	meter_free(node->meter);
	(void)nftw(node->machine.path, fake_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(node);
}

/* What the loop does when the meter's descriptor is readable. */
static inline bool fake_take_events(struct fake_node *node)
{
	return meter_event_fd(node->meter) >= 0 && meter_on_event(node->meter);
}

/* A pass @usec later. */
static inline void fake_pass(struct fake_node *node, int64_t usec)
{
	node->machine.boottime_usec += usec;
	fake_publish(&node->machine);
	assert_int_equal(meter_pass(node->meter), 0);
}

/* The window so far. */
static inline void fake_take_window(struct fake_node *node)
{
	told_take_window(&node->told, node->meter, fake_realtime(&node->machine));
}

static inline struct told_row *fake_user(struct fake_node *node, const char *user)
{
	return told_user(&node->told, user);
}

/* The collector is killed, and another one goes on behind its last record. */
static inline void fake_restart(struct fake_node *node)
{
	struct buffer state = BUFFER_INIT(1 << 20);

	assert_int_equal(meter_save(node->meter, &state), 0);
	meter_free(node->meter);
	fake_open_meter(node);
	assert_int_equal(meter_restore(node->meter, state.data, state.size), 0);
	buffer_release(&state);
}

#endif
