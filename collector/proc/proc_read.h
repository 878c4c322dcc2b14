/*
 * Reading below a proc directory: the kernel's, or a directory that stands in for a machine.
 *
 * Invariants
 *  - Nothing is parsed here but names of directories and the uid; every descriptor is closed
 *    again before a call returns, except the directory's own.
 *  - -ENOENT and -ESRCH both mean that the process is gone; these calls return -ENOENT for both.
 *  - CPU of a process is in nanoseconds from its process clock where the directory is the
 *    kernel's own /proc: exact, threads dead and alive, no privilege needed (measured on 6.18 as
 *    uid 65534 against another user's process). A stand-in directory has ticks only.
 *
 * Life cycle: proc_dir_open() -> calls -> proc_dir_close().
 */
#ifndef COLLECTOR_PROC_PROC_READ_H
#define COLLECTOR_PROC_PROC_READ_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/proc/proc_parse.h"

struct proc_dir {
	DIR *dir;
	int fd; /* of dir: borrowed */
	bool is_kernel;
	bool is_exact;	    /* proc_read_cpu() shows it of whoever ran at all */
	uint64_t tick_nsec; /* one USER_HZ tick */
	uint64_t page_size;
};

int proc_dir_open(const char *path, struct proc_dir *ret);
void proc_dir_close(struct proc_dir *proc);

/* Up to @capacity bytes of the file @path. Reads on until the end or full. */
int proc_read_file(const struct proc_dir *proc, const char *path, char *buffer, size_t capacity,
	size_t *ret_size);

/* As proc_read_file() for PID/@name. */
int proc_read_pid_file(const struct proc_dir *proc, int32_t pid, const char *name, char *buffer,
	size_t capacity, size_t *ret_size);

/* One read: the kernel writes the file as a whole. */
int proc_read_stat(const struct proc_dir *proc, int32_t pid, struct proc_stat *ret);

/* CPU the process itself used so far. @stat stands in where there is no clock. */
int proc_read_cpu(const struct proc_dir *proc, int32_t pid, uint64_t *ret_nsec);

int proc_read_uid(const struct proc_dir *proc, int32_t pid, uint32_t *ret);

/* The effective capabilities of this program itself. */
int proc_read_capabilities(const struct proc_dir *proc, uint64_t *ret);

/*
 * In place of an inode: it is in some pod of Kubernetes, but by a path that leads out of this
 * program's own cgroup namespace ("/../../kubepods-pod..."), so that nobody here can follow it.
 */
#define PROC_CGROUP_FOREIGN_POD (1ULL << 62)

/* Inodes of the directories of a process's cgroup; 0: none such. */
struct proc_cgroup {
	uint64_t v2; /* in the tree of version 2, at the top or, on a hybrid machine, at unified/ */
	uint64_t v1; /* in version 1's tree that counts CPU */
};

/* @root: where the trees are, /sys/fs/cgroup. */
int proc_read_cgroup(
	const struct proc_dir *proc, int32_t pid, const char *root, struct proc_cgroup *ret);

/*
 * A key of the cgroups that it is in, of all hierarchies together: equal for two processes if and,
 * by all that SHA-256 promises, only if these are. Never 0.
 */
int proc_read_cgroup_key(const struct proc_dir *proc, int32_t pid, uint64_t *ret);

/* PSS, or RSS with *ret_estimated where PSS may not be read or RSS is more than @pss_max. Bytes. */
int proc_read_memory(const struct proc_dir *proc, int32_t pid, uint64_t pss_max, uint64_t *ret,
	bool *ret_estimated);

/*
 * A network namespace is known by the inode of its net/dev: each has its own, and unlike the link
 * ns/net, which takes ptrace access, anybody may look at it. Never 0.
 */
int proc_read_net_namespace(const struct proc_dir *proc, int32_t pid, uint64_t *ret);

/*
 * The lines of PID/net/dev, as many as fit, and the namespace whose interfaces they are; of the
 * namespace @except there are none. The file is not kept open: it keeps the namespace.
 */
int proc_read_net(const struct proc_dir *proc, int32_t pid, uint64_t except, char *buffer,
	size_t capacity, size_t *ret_size, uint64_t *ret_namespace);

/* Start listing over, then the next process id, 0 at the end. */
void proc_list_start(struct proc_dir *proc);
int proc_list_next(struct proc_dir *proc, int32_t *ret);

#endif
