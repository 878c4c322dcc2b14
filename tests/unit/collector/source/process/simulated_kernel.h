/*
 * A kernel in memory, in place of proc_read.c and of pidfds: this header defines every function of
 * proc_read.h and exit_told.c, so the linker does not take the real ones out of the library. Unlike
 *a directory it can change between any two reads, and it keeps the truth: what each owner's
 *processes really used.
 *
 *	struct kernel kernel;
 *	kernel_init(&kernel, seed);			processes 1 (init)
 *	p = kernel_fork(&kernel, 1);			a pointer is good until the next fork or end
 *	kernel_advance(&kernel, usec);			time passes, whoever runs uses CPU
 *	kernel_exit(&kernel, pid);			zombie; its parent waits for it or not
 *
 * Before every read kernel.before_read() is called, if there is one.
 */
#ifndef TESTS_UNIT_COLLECTOR_SOURCE_PROCESS_SIMULATED_KERNEL_H
#define TESTS_UNIT_COLLECTOR_SOURCE_PROCESS_SIMULATED_KERNEL_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/config.h"
#include "collector/proc/proc_read.h"
#include "collector/source/process/process_source.h"
#include "common/clock.h"
#include "tests/support/random.h"

#define KERNEL_TICK_NSEC    10000000u
#define KERNEL_ACT_NSEC	    1 /* whoever forks, waits for a child or ends uses at least that */
#define KERNEL_BOOTED_USEC  1790000000000000LL /* UTC of boottime 0 */
#define KERNEL_PROCESSES    512
#define KERNEL_OWNERS	    512
#define KERNEL_PIDS	    32768
#define KERNEL_CORES	    64
#define KERNEL_ENVIRON_SIZE 160
#define KERNEL_UID_BASE	    1000 /* owner i has the account ui, uid 1000 + i */

/* For a meter of nothing but processes, of the hub at http://h. */
static const struct config kernel_config = {.hub = (char[]){"h"},
	.node = (char[]){"n"},
	.resource_class = (char[]){"c"},
	.api_url = (char[]){"http://h"},
	.proc = (char[]){"/proc"},
	.memory_interval = 30000000,
	.command = (char[]){""},
	.command_file = (char[]){""},
	.cgroup = (char[]){""},
	.systemd_unit = (char[]){""},
	.docker_root = (char[]){""}};
#define INIT 1

enum wait_habit {
	WAITS,	    /* reaps at once */
	WAITS_LATE, /* leaves zombies for some reads */
	IGNORES	    /* SIGCHLD: nobody gets the CPU */
};

struct kernel_process {
	int32_t pid, parent;
	uint64_t start_ticks;
	uint64_t self_nsec;
	uint64_t children_user_nsec, children_system_nsec; /* the kernel's cutime and cstime */
	uint32_t threads;
	uint32_t permille; /* of one core that it uses */
	enum wait_habit habit;
	bool is_zombie, is_subreaper;
	bool follows; /* a wrapper: exits when its child has */
	bool is_to_exit;
	bool has_reaped;
	int owner; /* 0: the system */
	uint32_t uid;
	uint64_t env_start;
	char environ[KERNEL_ENVIRON_SIZE]; /* strings divided by '\n' */
};

struct kernel {
	struct random_source random;
	int64_t boottime_usec;
	uint64_t busy_nsec;
	uint64_t truth_nsec[KERNEL_OWNERS];
	uint32_t n_reapers[KERNEL_OWNERS]; /* how many of the owner's processes reaped */
	struct kernel_process process[KERNEL_PROCESSES];
	size_t n;
	bool is_used[KERNEL_PIDS];
	uint16_t place[KERNEL_PIDS]; /* in process, counted from 1; 0: not there */
	int32_t listed;		     /* last pid of the listing under way */
	void (*before_read)(struct kernel *kernel, int32_t pid, const char *what);
	void *context;
	struct clock clock;
};

static struct kernel *the_kernel; /* that proc_dir_open() opens */

static int64_t kernel_boottime(void *context)
{
	return ((struct kernel *)context)->boottime_usec;
}

static int64_t kernel_realtime(void *context)
{
	return KERNEL_BOOTED_USEC + kernel_boottime(context);
}

static struct kernel_process *kernel_find(struct kernel *kernel, int32_t pid)
{
	uint16_t place = pid > 0 && pid < KERNEL_PIDS ? kernel->place[pid] : 0;

	return place ? &kernel->process[place - 1] : NULL;
}

static void kernel_burn(struct kernel *kernel, struct kernel_process *process, uint64_t nsec)
{
	process->self_nsec += nsec;
	kernel->truth_nsec[process->owner] += nsec;
	kernel->busy_nsec += nsec;
}

static struct kernel_process *kernel_fork_as(struct kernel *kernel, int32_t parent, int32_t pid)
{
	struct kernel_process *process = &kernel->process[kernel->n], *from;

	assert_true(kernel->n < KERNEL_PROCESSES);
	from = kernel_find(kernel, parent);
	memset(process, 0, sizeof(*process));
	if (from) {
		kernel_burn(kernel, from, KERNEL_ACT_NSEC);
		process->owner = from->owner;
		process->uid = from->uid;
		memcpy(process->environ, from->environ, sizeof(process->environ));
	}
	process->pid = pid;
	process->parent = parent;
	process->threads = 1;
	process->env_start = 4096;
	process->start_ticks = (uint64_t)kernel->boottime_usec * 1000 / KERNEL_TICK_NSEC;
	kernel->place[pid] = (uint16_t)++kernel->n;
	return process;
}

/* With a random pid, parents have larger ones as often as smaller ones; but none is used twice. */
static inline struct kernel_process *kernel_fork(struct kernel *kernel, int32_t parent)
{
	int32_t pid;

	do
		pid = 2 + (int32_t)random_below(&kernel->random, KERNEL_PIDS - 2);
	while (kernel->is_used[pid]);
	kernel->is_used[pid] = true;
	return kernel_fork_as(kernel, parent, pid);
}

static void kernel_init(struct kernel *kernel, uint64_t seed)
{
	memset(kernel, 0, sizeof(*kernel));
	kernel->random.state = seed;
	kernel->boottime_usec = 100000000;
	kernel->clock = (struct clock){kernel_realtime, kernel_boottime, kernel_boottime, kernel};
	the_kernel = kernel;
	kernel_fork_as(kernel, 0, INIT);
}

static void kernel_advance(struct kernel *kernel, int64_t usec)
{
	kernel->boottime_usec += usec;
	for (size_t i = 0; i < kernel->n; i++)
		if (!kernel->process[i].is_zombie)
			kernel_burn(kernel, &kernel->process[i],
				(uint64_t)usec * kernel->process[i].permille);
}

static bool kernel_has_children(const struct kernel *kernel, int32_t pid)
{
	for (size_t i = 0; i < kernel->n; i++)
		if (kernel->process[i].parent == pid)
			return true;
	return false;
}

static void kernel_remove(struct kernel *kernel, struct kernel_process *process)
{
	kernel->place[process->pid] = 0;
	if (process != &kernel->process[--kernel->n]) {
		*process = kernel->process[kernel->n];
		kernel->place[process->pid] = (uint16_t)(process - kernel->process + 1);
	}
}

/* The parent waits for the zombie @pid and gets its CPU. */
static void kernel_reap(struct kernel *kernel, int32_t pid)
{
	struct kernel_process *process = kernel_find(kernel, pid);
	struct kernel_process *parent = kernel_find(kernel, process->parent);
	int32_t parent_pid = parent->pid;

	kernel_burn(kernel, parent, KERNEL_ACT_NSEC);
	parent->children_user_nsec += process->self_nsec / 2 + process->children_user_nsec;
	parent->children_system_nsec +=
		process->self_nsec - process->self_nsec / 2 + process->children_system_nsec;
	if (!parent->has_reaped)
		kernel->n_reapers[parent->owner]++;
	parent->has_reaped = true;
	kernel_remove(kernel, process);
	parent = kernel_find(kernel, parent_pid);
	if (parent->follows && !kernel_has_children(kernel, parent_pid))
		parent->is_to_exit = true;
}

static int32_t kernel_adopter(struct kernel *kernel, const struct kernel_process *process)
{
	const struct kernel_process *at = kernel_find(kernel, process->parent);

	while (at->pid != INIT && !at->is_subreaper)
		at = kernel_find(kernel, at->parent);
	return at->pid;
}

/* The parent learns of the zombie @pid. */
static void kernel_notify(struct kernel *kernel, int32_t pid)
{
	struct kernel_process *process = kernel_find(kernel, pid);
	const struct kernel_process *parent = kernel_find(kernel, process->parent);

	if (parent->habit == IGNORES)
		kernel_remove(kernel, process);
	else if (parent->habit == WAITS)
		kernel_reap(kernel, pid);
}

static void kernel_exit(struct kernel *kernel, int32_t pid)
{
	struct kernel_process *process = kernel_find(kernel, pid);
	int32_t adopter = kernel_adopter(kernel, process);

	kernel_burn(kernel, process, KERNEL_ACT_NSEC);
	process->is_zombie = true;
	process->is_to_exit = false;
	for (size_t i = 0; i < kernel->n; i++)
		if (kernel->process[i].parent == pid)
			kernel->process[i].parent = adopter;
	for (size_t i = kernel->n; i-- > 0;) /* the last one takes the place of one removed */
		if (i < kernel->n && kernel->process[i].parent == adopter &&
			kernel->process[i].is_zombie)
			kernel_notify(kernel, kernel->process[i].pid);
	if (kernel_find(kernel, pid))
		kernel_notify(kernel, pid);
}

/* What is under way goes on: late parents wait, wrappers exit. Each with one chance in @odds. */
static inline void kernel_step(struct kernel *kernel, uint64_t odds)
{
	for (size_t i = 0; i < kernel->n; i++) {
		struct kernel_process *process = &kernel->process[i];
		const struct kernel_process *parent = kernel_find(kernel, process->parent);

		if (random_below(&kernel->random, odds) != 0)
			continue;
		if (process->is_zombie && parent->habit != IGNORES)
			kernel_reap(kernel, process->pid);
		else if (process->is_to_exit)
			kernel_exit(kernel, process->pid);
	}
}

/* ----------------------------------------------------------------------- proc_read.h */

static void before_read(int32_t pid, const char *what)
{
	if (the_kernel->before_read)
		the_kernel->before_read(the_kernel, pid, what);
}

int proc_dir_open(const char *path, struct proc_dir *ret)
{
	(void)path;
	*ret = (struct proc_dir){
		.is_exact = true, .tick_nsec = KERNEL_TICK_NSEC, .page_size = 4096};
	return 0;
}

void proc_dir_close(struct proc_dir *proc)
{
	(void)proc;
}

static int kernel_accounts(char *buffer, size_t capacity)
{
	static char accounts[KERNEL_OWNERS * 24];
	static int size;

	if (size == 0)
		for (int i = 1; i < KERNEL_OWNERS; i++)
			size += snprintf(accounts + size, sizeof(accounts) - (size_t)size,
				"u%d:x:%d:0:::\n", i, KERNEL_UID_BASE + i);
	assert_true((size_t)size < capacity);
	memcpy(buffer, accounts, (size_t)size);
	return size;
}

int proc_read_file(const struct proc_dir *proc, const char *path, char *buffer, size_t capacity,
	size_t *ret_size)
{
	int n = 0;

	(void)proc;
	if (strcmp(path, "stat") == 0) {
		n = snprintf(buffer, capacity, "cpu  %llu 0 0 9 0 0 0 0 0 0\n",
			(unsigned long long)(the_kernel->busy_nsec / KERNEL_TICK_NSEC));
		for (int i = 0; i < KERNEL_CORES; i++)
			n += snprintf(buffer + n, capacity - (size_t)n, "cpu%d 0 0 0 0\n", i);
		n += snprintf(buffer + n, capacity - (size_t)n, "intr 0\n");
	} else if (strcmp(path, "meminfo") == 0) {
		n = snprintf(buffer, capacity, "MemTotal: 8388608 kB\nMemAvailable: 4194304 kB\n");
	} else if (strcmp(path, "1/root/etc/passwd") == 0) {
		n = kernel_accounts(buffer, capacity);
	} else {
		n = snprintf(buffer, capacity, "00000000-0000-4000-8000-000000000001\n");
	}
	*ret_size = (size_t)n;
	return 0;
}

int proc_read_pid_file(const struct proc_dir *proc, int32_t pid, const char *name, char *buffer,
	size_t capacity, size_t *ret_size)
{
	const struct kernel_process *process;

	(void)proc;
	before_read(pid, name);
	process = kernel_find(the_kernel, pid);
	if (!process)
		return -ENOENT;
	*ret_size = strlen(process->environ);
	assert_true(*ret_size < capacity);
	for (size_t i = 0; i < *ret_size; i++)
		buffer[i] = process->environ[i] == '\n' ? '\0' : process->environ[i];
	return 0;
}

int proc_read_stat(const struct proc_dir *proc, int32_t pid, struct proc_stat *ret)
{
	const struct kernel_process *process;

	(void)proc;
	before_read(pid, "stat");
	process = kernel_find(the_kernel, pid);
	if (!process)
		return -ENOENT;
	*ret = (struct proc_stat){.pid = pid,
		.parent = process->parent,
		.state = process->is_zombie ? 'Z' : 'S',
		.self_ticks = process->self_nsec / KERNEL_TICK_NSEC,
		.children_ticks = process->children_user_nsec / KERNEL_TICK_NSEC +
				  process->children_system_nsec / KERNEL_TICK_NSEC,
		.threads = process->is_zombie ? 1 : process->threads,
		.start_ticks = process->start_ticks,
		.env_start = process->env_start};
	return 0;
}

int proc_read_cpu(const struct proc_dir *proc, int32_t pid, uint64_t *ret_nsec)
{
	const struct kernel_process *process;

	(void)proc;
	before_read(pid, "cpu");
	process = kernel_find(the_kernel, pid);
	if (!process)
		return -ENOENT;
	*ret_nsec = process->self_nsec;
	return 0;
}

int proc_read_capabilities(const struct proc_dir *proc, uint64_t *ret)
{
	(void)proc;
	(void)ret;
	return -ENOENT;
}

int proc_read_cgroup(
	const struct proc_dir *proc, int32_t pid, const char *root, struct proc_cgroup *ret)
{
	(void)root;
	(void)proc;
	(void)pid;
	(void)ret;
	return -ENOENT;
}

int proc_read_cgroup_key(const struct proc_dir *proc, int32_t pid, uint64_t *ret)
{
	(void)proc;
	(void)pid;
	(void)ret;
	return -ENOENT;
}

int proc_read_uid(const struct proc_dir *proc, int32_t pid, uint32_t *ret)
{
	const struct kernel_process *process;

	(void)proc;
	before_read(pid, "uid");
	process = kernel_find(the_kernel, pid);
	if (!process)
		return -ENOENT;
	*ret = process->uid;
	return 0;
}

int proc_read_memory(const struct proc_dir *proc, int32_t pid, uint64_t pss_max, uint64_t *ret,
	bool *ret_estimated)
{
	(void)proc;
	(void)pss_max;
	before_read(pid, "memory");
	if (!kernel_find(the_kernel, pid))
		return -ENOENT;
	*ret = 1048576;
	*ret_estimated = false;
	return 0;
}

void source_mark_ended(struct process_source *source)
{
	for (struct server *s = source->servers; s; s = s->next) {
		const struct kernel_process *process = kernel_find(the_kernel, s->pid);

		s->has_ended = !process || process->is_zombie;
	}
}

void proc_list_start(struct proc_dir *proc)
{
	(void)proc;
	the_kernel->listed = 0;
}

int proc_list_next(struct proc_dir *proc, int32_t *ret)
{
	int32_t next = 0;

	(void)proc;
	for (size_t i = 0; i < the_kernel->n; i++) {
		int32_t pid = the_kernel->process[i].pid;

		if (pid > the_kernel->listed && (next == 0 || pid < next))
			next = pid;
	}
	the_kernel->listed = next ? next : INT32_MAX;
	*ret = next;
	return 0;
}

#endif
