/*
 * The whole node: what it did and what it has.
 *
 * CPU is the "cpu" line of /proc/stat, user + nice + system + irq + softirq. Guests are in user
 * already; idle and iowait are nobody's. Steal, which a hypervisor gave to others, is nobody's
 * either and not busy, but told. Memory in use is MemTotal - MemAvailable.
 *
 * Kernels that account by tick count whom a tick finds, so over a short while this lags or leads
 * the exact sums of processes, and work that comes and goes between two ticks is never found.
 * cpu.stat of the root cgroup (version 2) is no better: the kernel makes it of the same counters
 * (root_cgroup_cputime() in kernel/cgroup/rstat.c), some releases add steal or guests twice, and
 * inside of a container it is not the node's. cpuacct.usage of version 1 was exact and is going.
 */
#ifndef COLLECTOR_METER_NODE_SAMPLE_H
#define COLLECTOR_METER_NODE_SAMPLE_H

#include <stdint.h>

#include "collector/proc/proc_read.h"
#include "hubmeter/usage.h"

struct node_sample {
	uint64_t busy_usec;  /* cumulative, of all CPUs */
	uint64_t steal_usec; /* the same */
	uint32_t cores;	     /* online */
	uint64_t memory_total_bytes;
	uint64_t memory_used_bytes;
};

/* A sample, and when and in which boot it was taken. */
struct node_snapshot {
	uint8_t boot_id[HM_BOOT_ID_SIZE];
	int64_t boottime_usec;
	int64_t monotonic_usec;
	int64_t realtime_usec;
	struct node_sample node;
};

int node_sample_read(
	const struct proc_dir *proc, char *scratch, size_t scratch_size, struct node_sample *ret);

int node_boot_id_read(const struct proc_dir *proc, uint8_t ret[HM_BOOT_ID_SIZE]);

#endif
