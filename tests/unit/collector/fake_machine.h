/*
 * A directory that stands in for /proc, and a clock that only moves when told. CPU is in whole
 * ticks of 10 ms there, so every figure can be checked exactly.
 */
#ifndef TESTS_UNIT_COLLECTOR_FAKE_MACHINE_H
#define TESTS_UNIT_COLLECTOR_FAKE_MACHINE_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"

#define FAKE_BOOTED_USEC 1790000000000000LL /* UTC of boottime 0 */
#define FAKE_TICK_USEC	 10000
#define FAKE_PROCESSES	 64

struct fake_process {
	int32_t pid; /* 0: this place is free */
	int32_t parent;
	char state;
	uint64_t start_ticks, self_ticks, children_ticks, env_start;
};

struct fake_machine {
	char path[64];
	int64_t boottime_usec;
	int64_t suspended_usec;
	int64_t step_usec; /* of the UTC clock */
	uint64_t busy_ticks, steal_ticks;
	struct fake_process process[FAKE_PROCESSES];
	struct clock clock;
};

static inline int64_t fake_boottime(void *context)
{
	return ((struct fake_machine *)context)->boottime_usec;
}

static inline int64_t fake_monotonic(void *context)
{
	struct fake_machine *machine = context;

	return machine->boottime_usec - machine->suspended_usec;
}

static inline int64_t fake_realtime(void *context)
{
	struct fake_machine *machine = context;

	return FAKE_BOOTED_USEC + machine->boottime_usec + machine->step_usec;
}

static inline void fake_write(
	const struct fake_machine *machine, const char *name, const void *data, size_t size)
{
	char path[192];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", machine->path, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), (ssize_t)size);
	close(fd);
}

static inline void fake_mkdir(const struct fake_machine *machine, const char *name)
{
	char path[192];

	snprintf(path, sizeof(path), "%s/%s", machine->path, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static inline void fake_write_node(const struct fake_machine *machine)
{
	char text[256];
	static const char meminfo[] = "MemTotal: 8388608 kB\nMemAvailable: 4194304 kB\n";
	int n = snprintf(text, sizeof(text),
		"cpu  %llu 0 0 99 0 0 0 %llu 0 0\ncpu0 0 0 0 0 0 0 0\ncpu1 0 0 0 0 0 0 0\nintr 0\n",
		(unsigned long long)machine->busy_ticks, (unsigned long long)machine->steal_ticks);

	fake_write(machine, "stat", text, (size_t)n);
	fake_write(machine, "meminfo", meminfo, strlen(meminfo));
}

static inline void fake_write_boot_id(const struct fake_machine *machine, char digit)
{
	char text[] = "00000000-0000-4000-8000-00000000000x\n";

	text[35] = digit;
	fake_write(machine, "sys/kernel/random/boot_id", text, strlen(text));
}

static inline void fake_machine_init(struct fake_machine *machine)
{
	memset(machine, 0, sizeof(*machine));
	snprintf(machine->path, sizeof(machine->path), "%s/hubmeter-machine-XXXXXX",
		access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(machine->path));
	machine->boottime_usec = 100000000;
	machine->busy_ticks = 1000;
	machine->clock = (struct clock){fake_realtime, fake_boottime, fake_monotonic, machine};
	fake_mkdir(machine, "sys");
	fake_mkdir(machine, "sys/kernel");
	fake_mkdir(machine, "sys/kernel/random");
	fake_write_boot_id(machine, '1');
	fake_write_node(machine);
}

static inline void fake_write_process(
	const struct fake_machine *machine, const struct fake_process *p)
{
	char name[64], text[512];
	int n = snprintf(text, sizeof(text),
		"%d (a) S 1 (b) %c %d 0 0 0 -1 0 0 0 0 0 %llu 0 %llu 0 20 0 1 0 %llu 0 0 0 0 0 0 "
		"0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 %llu 0 0\n",
		p->pid, p->state, p->parent, (unsigned long long)p->self_ticks,
		(unsigned long long)p->children_ticks, (unsigned long long)p->start_ticks,
		(unsigned long long)p->env_start);

	snprintf(name, sizeof(name), "%d/stat", p->pid);
	fake_write(machine, name, text, (size_t)n);
}

/* Everything as it is now, for the next pass to find. */
static inline void fake_publish(const struct fake_machine *machine)
{
	fake_write_node(machine);
	for (size_t i = 0; i < FAKE_PROCESSES; i++)
		if (machine->process[i].pid)
			fake_write_process(machine, &machine->process[i]);
}

static inline void fake_write_memory(
	const struct fake_machine *machine, int32_t pid, unsigned int rss_mib, unsigned int pss_mib)
{
	char name[64], text[64];
	int n = snprintf(text, sizeof(text), "0 %u 0 0 0 0 0\n", rss_mib * 256);

	snprintf(name, sizeof(name), "%d/statm", pid);
	fake_write(machine, name, text, (size_t)n);
	n = snprintf(text, sizeof(text), "Pss: %u kB\n", pss_mib * 1024);
	snprintf(name, sizeof(name), "%d/smaps_rollup", pid);
	fake_write(machine, name, text, (size_t)n);
}

/* @environ: strings divided by '\n', which become NULs. */
static inline struct fake_process *fake_start(struct fake_machine *machine, int32_t pid,
	int32_t parent, uint32_t uid, const char *environ)
{
	char name[64], text[1024];
	struct fake_process *process = machine->process;
	int n;

	while (process->pid)
		process++;
	*process = (struct fake_process){.pid = pid,
		.parent = parent,
		.state = 'S',
		.start_ticks = (uint64_t)machine->boottime_usec / FAKE_TICK_USEC,
		.env_start = 4096};
	snprintf(name, sizeof(name), "%d", pid);
	fake_mkdir(machine, name);
	n = snprintf(text, sizeof(text), "%s", environ);
	for (int i = 0; i < n; i++)
		if (text[i] == '\n')
			text[i] = '\0';
	snprintf(name, sizeof(name), "%d/environ", pid);
	fake_write(machine, name, text, (size_t)n);
	n = snprintf(text, sizeof(text), "Name:\tx\nUid:\t%u\t0\t0\t0\n", uid);
	snprintf(name, sizeof(name), "%d/status", pid);
	fake_write(machine, name, text, (size_t)n);
	fake_write_memory(machine, pid, 100, 100);
	fake_write_process(machine, process);
	return process;
}

/* Where a process is, in the words of its cgroup file. */
static inline void fake_write_cgroup(
	const struct fake_machine *machine, int32_t pid, const char *path)
{
	char name[64], text[256];
	int n = snprintf(text, sizeof(text), "0::%s\n", path);

	snprintf(name, sizeof(name), "%d/cgroup", pid);
	fake_write(machine, name, text, (size_t)n);
}

/* The machine's accounts; init must be there. */
static inline void fake_write_passwd(const struct fake_machine *machine, const char *passwd)
{
	fake_mkdir(machine, "1/root");
	fake_mkdir(machine, "1/root/etc");
	fake_write(machine, "1/root/etc/passwd", passwd, strlen(passwd));
}

static inline struct fake_process *fake_find(struct fake_machine *machine, int32_t pid)
{
	for (size_t i = 0; i < FAKE_PROCESSES; i++)
		if (machine->process[i].pid == pid)
			return &machine->process[i];
	return NULL;
}

static inline void fake_remove(struct fake_machine *machine, struct fake_process *process)
{
	static const char *const names[] = {"/stat", "/environ", "/status", "/statm",
		"/smaps_rollup", "/cgroup", "/root/etc/passwd", "/root/etc", "/root", ""};
	char path[192];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%d%s", machine->path, process->pid, names[i]);
		(void)remove(path);
	}
	process->pid = 0;
}

/* The end of @process: its children go to init, its CPU to its parent if that waits for it. */
static inline void fake_end(
	struct fake_machine *machine, struct fake_process *process, bool is_waited_for)
{
	struct fake_process *parent = fake_find(machine, process->parent);

	if (parent && is_waited_for)
		parent->children_ticks += process->self_ticks + process->children_ticks;
	for (size_t i = 0; i < FAKE_PROCESSES; i++)
		if (machine->process[i].pid && machine->process[i].parent == process->pid)
			machine->process[i].parent = 1;
	fake_remove(machine, process);
}

static inline void fake_burn(
	struct fake_machine *machine, struct fake_process *process, uint64_t ticks)
{
	process->self_ticks += ticks;
	machine->busy_ticks += ticks;
}

static inline void fake_machine_release(struct fake_machine *machine)
{
	char path[192];
	static const char *const names[] = {"stat", "meminfo", "sys/kernel/random/boot_id",
		"sys/kernel/random", "sys/kernel", "sys", ""};

	for (size_t i = 0; i < FAKE_PROCESSES; i++)
		if (machine->process[i].pid)
			fake_remove(machine, &machine->process[i]);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", machine->path, names[i]);
		(void)remove(path);
	}
}

#endif
