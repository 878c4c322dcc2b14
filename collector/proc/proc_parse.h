/*
 * Parsers of the files below /proc.
 *
 * Invariants
 *  - Pure: bytes in, values out. Nothing is read behind @size, no NUL is expected.
 *  - -EBADMSG: not such a file, or cut short before what is asked for. Numbers that do not fit
 *    are refused, never wrapped.
 */
#ifndef COLLECTOR_PROC_PROC_PARSE_H
#define COLLECTOR_PROC_PROC_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is used of /proc/PID/stat; times in clock ticks (USER_HZ). */
struct proc_stat {
	int32_t pid;
	int32_t parent;
	char state;		 /* Z, X: dead, once no thread is left */
	uint64_t self_ticks;	 /* utime + stime */
	uint64_t children_ticks; /* cutime + cstime: waited-for children and theirs */
	uint64_t threads;
	uint64_t start_ticks; /* since boot, on CLOCK_BOOTTIME */
	uint64_t env_start;   /* 0 where the kernel hides it; differs after exec */
	bool is_kernel_thread;
};

int proc_parse_stat(const char *data, size_t size, struct proc_stat *ret);

/* The value of @name in the NUL-separated environment. -ENOENT: not there. Borrows @data. */
int proc_parse_environ(
	const char *data, size_t size, const char *name, const char **ret, size_t *ret_size);

/* "Pss:" of smaps_rollup, bytes. */
int proc_parse_pss(const char *data, size_t size, uint64_t *ret);

/* The resident pages of statm. */
int proc_parse_statm(const char *data, size_t size, uint64_t *ret_pages);

/* The real uid in status. */
int proc_parse_uid(const char *data, size_t size, uint32_t *ret);

/* The effective capabilities in status, bit n is capability n. */
int proc_parse_capabilities(const char *data, size_t size, uint64_t *ret);

/* The path behind "0::" in a process's cgroup file. Borrows @data. */
int proc_parse_cgroup(const char *data, size_t size, const char **ret, size_t *ret_size);

/* The path in the tree of version 1 that has @controller: "4:cpu,cpuacct:/path". Borrows @data. */
int proc_parse_cgroup_v1(
	const char *data, size_t size, const char *controller, const char **ret, size_t *ret_size);

/* What is used of /proc/stat; ticks (USER_HZ) of all CPUs together. */
struct proc_node_stat {
	uint64_t busy_ticks;  /* for somebody here: a guest's are in user already, and only there */
	uint64_t steal_ticks; /* for others on the same machine; 0 where the kernel does not say */
	uint32_t cores;	      /* online */
};

int proc_parse_node_stat(const char *data, size_t size, struct proc_node_stat *ret);

/* /proc/meminfo, bytes. */
int proc_parse_meminfo(const char *data, size_t size, uint64_t *ret_total, uint64_t *ret_available);

/* One interface of /proc/PID/net/dev: bytes since it was made. Borrows the text. */
struct proc_net_device {
	const char *name; /* without a NUL, at most PROC_NET_NAME_MAX bytes */
	size_t name_size;
	uint64_t rx_bytes, tx_bytes;
};

#define PROC_NET_NAME_MAX 15u /* the kernel's IFNAMSIZ with its NUL */

/*
 * The next interface of the lines from *@at to @end; *@at moves behind it. -ENODATA: there is none
 * left; a line without its end is none. -EBADMSG: that line is no interface's.
 */
int proc_parse_net_device(const char **at, const char *end, struct proc_net_device *ret);

/* "0.5" cores -> 500000 micro-cores; digits past the sixth are cut off. -EBADMSG, -ERANGE. */
int proc_parse_cores(const char *text, size_t size, uint64_t *ret_microcores);

/* Decimal digits and nothing else. -EBADMSG, -ERANGE. */
int proc_parse_u64(const char *text, size_t size, uint64_t *ret);

/* 36 characters of /proc/sys/kernel/random/boot_id, dashes included. */
int proc_parse_boot_id(const char *text, size_t size, uint8_t ret[16]);

#endif
