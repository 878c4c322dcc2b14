/*
 * The whole node: what it did and what it has.
 *
 * CPU is the "cpu" line of /proc/stat, user + nice + system + irq + softirq. Guests are in user
 * already; steal, idle and iowait are nobody's. It counts ticks, so over a short while it may
 * lag or lead the exact sums of processes; whoever compares the two carries the difference.
 * Memory in use is MemTotal - MemAvailable.
 */
#ifndef COLLECTOR_METER_NODE_SAMPLE_H
#define COLLECTOR_METER_NODE_SAMPLE_H

#include <stdint.h>

#include "collector/source/process/proc_read.h"

struct node_sample {
	uint64_t busy_usec; /* cumulative, of all CPUs */
	uint32_t cores;	    /* online */
	uint64_t memory_total_bytes;
	uint64_t memory_used_bytes;
};

int node_sample_read(
	const struct proc_dir *proc, char *scratch, size_t scratch_size, struct node_sample *ret);

/* 16 bytes of boot id. */
int node_boot_id_read(const struct proc_dir *proc, uint8_t ret[16]);

#endif
