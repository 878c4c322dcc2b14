/*
 * One line of what sacct prints with --parsable2, which escapes nothing. Pure.
 *
 *	hpc1|4242|90017|1795751340|Unknown|300|00:00:00|16|00:00:00|cpu=16,mem=64G|ada|7|gpu|chem
 *
 * Invariants
 *  - What may hold anything, the last column, has the rest of the line. Each other column holds
 *    what an administrator named or Slurm counted.
 *  - Numbers are whole. What does not fit is refused, never rounded or cut; memory is rounded down
 *    to a KiB.
 *  - A line borrows: its texts point into what was parsed.
 */
#ifndef COLLECTOR_SOURCE_SACCT_LINE_H
#define COLLECTOR_SOURCE_SACCT_LINE_H

#include <stddef.h>
#include <stdint.h>

/* The columns in their order but for the last, the tag, which the site chooses. */
#define SACCT_COLUMNS                                                                              \
	"Cluster,JobIDRaw,DBIndex,Start,End,ElapsedRaw,Suspended,AllocCPUS,TotalCPU,AllocTRES,"    \
	"User,UID,Partition"

#define SACCT_CLUSTER_MAX 64u

struct sacct_text {
	const char *data;
	size_t size;
};

struct sacct_line {
	struct sacct_text cluster; /* fit to be a node's name */
	struct sacct_text user;	   /* its number where it has no name; not empty */
	struct sacct_text partition;
	struct sacct_text tag;
	uint64_t dbindex;   /* names the job's run within the cluster, for ever */
	int64_t start_sec;  /* UTC */
	int64_t end_sec;    /* 0: it runs */
	int64_t known_sec;  /* up to when the rest is known */
	uint64_t used_usec; /* CPU of the steps that ended */
	uint64_t cpu_sec;   /* allocated, over the elapsed time ... */
	uint64_t memory_mib_sec;
	uint64_t gpu_sec; /* ... also named slices of one */
};

/*
 * Parse @data of @size bytes, whose columns @delimiter divides. -ENODATA: it says nothing of usage
 * (a step, a job that waits). -EBADMSG: *ret_reason says why it can't be understood.
 */
int sacct_line_parse(const char *data, size_t size, const char *delimiter, struct sacct_line *ret,
	const char **ret_reason);

#endif
