/*
 * The vocabulary every part of hubmeter shares: quantities, flags and one batch of usage.
 *
 * Invariants
 *  - Every quantity is an unsigned integer in the unit its name ends with. No floating point.
 *  - Intervals are half open, [start, end), in microseconds of UTC since 1970.
 *  - A batch is columnar: element i of every column belongs to workload row i. All columns have
 *    n_rows elements (the decoder expands columns that travelled empty).
 *  - strings[0] is the empty string: index 0 means "not known".
 *  - node row: used = system + sum over the workload rows of `used`, for each resource, exactly.
 *    That is bookkeeping and proves nothing: what the kernel measured of the whole node travels
 *    beside it, and what the two differ by is for reports to show.
 *
 * A batch borrows all memory it points at; whoever filled it says how long that lives.
 */
#ifndef HUBMETER_USAGE_H
#define HUBMETER_USAGE_H

#include <stddef.h>
#include <stdint.h>

#define HM_STREAM_SIZE	   16
#define HM_BOOT_ID_SIZE	   16
#define HM_SLOT_USEC	   (900LL * 1000 * 1000) /* a quarter of an hour: the grain of storage */
#define HM_MAX_ROWS	   10000u
#define HM_MAX_STRINGS	   40001u
#define HM_MAX_STRING_SIZE 1024u /* bytes of UTF-8, without the terminating NUL */

/*
 * What is measured. `used` was consumed, `reserved` was requested or guaranteed, `billable` is
 * max(used, reserved) taken per sample interval and then summed (the convention of OpenCost and
 * of AWS split cost allocation), hence max(used, reserved) <= billable <= used + reserved.
 */
enum hm_quantity {
	HM_QUANTITY_CPU_USED_USEC, /* core-microseconds */
	HM_QUANTITY_CPU_RESERVED_USEC,
	HM_QUANTITY_CPU_BILLABLE_USEC,
	HM_QUANTITY_MEMORY_USED_MIB_SEC, /* MiB times seconds */
	HM_QUANTITY_MEMORY_RESERVED_MIB_SEC,
	HM_QUANTITY_MEMORY_BILLABLE_MIB_SEC,
	HM_QUANTITY_GPU_USED_MSEC, /* milliseconds of one whole GPU or of a named slice */
	HM_QUANTITY_GPU_RESERVED_MSEC,
	HM_QUANTITY_GPU_BILLABLE_MSEC,
	HM_QUANTITY_STORAGE_MIB_SEC,
	HM_QUANTITY_NET_RX_BYTES,
	HM_QUANTITY_NET_TX_BYTES,
	HM_QUANTITY_WALL_MSEC, /* milliseconds the workload existed */
	HM_QUANTITY_COUNT
};

/* The resources a node has a capacity of; index of the arrays in struct hm_node_row. */
enum hm_resource {
	HM_RESOURCE_CPU_USEC,
	HM_RESOURCE_MEMORY_MIB_SEC,
	HM_RESOURCE_GPU_MSEC,
	HM_RESOURCE_COUNT
};

/* What a workload is, and so what its id is made of. Stored: never renumber. */
enum hm_workload_kind {
	HM_WORKLOAD_KIND_PROCESS = 1, /* <boot id>/<start ticks>/<pid> of the server's process */
	HM_WORKLOAD_KIND_CGROUP = 2,  /* <boot id>/<cgroup inode>, of version 1 <boot id>/v1/... */
	HM_WORKLOAD_KIND_POD = 3,     /* pod UID */
	HM_WORKLOAD_KIND_JOB = 4,     /* <cluster>/<dbindex> of Slurm's accounting */
	HM_WORKLOAD_KIND_STORAGE = 5  /* home directory of one user */
};

/* How far a row is to be trusted, and why. Stored: never renumber. */
enum hm_flag {
	HM_FLAG_FINAL = 1u << 0,	  /* the workload ended in this window */
	HM_FLAG_GAP = 1u << 1,		  /* covers time in which nobody sampled */
	HM_FLAG_RESIDUAL = 1u << 2,	  /* recovered from the parent's counter after the end */
	HM_FLAG_RESIDUAL_SPLIT = 1u << 3, /* as RESIDUAL, shared out between several that ended */
	HM_FLAG_CLOCK_STEP = 1u << 4,	  /* the UTC clock was set in this window */
	HM_FLAG_SUSPEND = 1u << 5,	  /* the machine was suspended in this window */
	HM_FLAG_RESET = 1u << 6,	  /* a counter shrank; usage is its new value */
	HM_FLAG_ORPHAN = 1u << 7,	  /* processes that outlived their server */
	HM_FLAG_ESTIMATED = 1u << 8,	  /* a figure was bounded, not measured */
	HM_FLAG_IMPORTED = 1u << 9,	  /* from another accounting system: nobody here sampled */
	HM_FLAG_UNPROVEN = 1u << 10 /* claims a user, and nobody vouches for it: user is empty */
};
#define HM_FLAGS_KNOWN 0x7ffu

/*
 * What the kernel says the whole node did in the window, whoever it was for. All zeros with
 * is_measured 0: nobody asked it (older collectors, usage from elsewhere, rows that found no room).
 */
struct hm_node_measured {
	uint32_t is_measured;
	uint32_t flags; /* HM_FLAG_RESET: a counter started over; HM_FLAG_ESTIMATED: cut off */
	uint64_t cpu_usec;
	uint64_t cpu_steal_usec; /* a hypervisor gave to others: nobody's here, and not busy */
	uint64_t memory_mib_sec;
};

/* The whole node in the window. `system` is what no workload explains. */
struct hm_node_row {
	uint32_t resource_class; /* dictionary index */
	uint64_t coverage_msec;	 /* observed time in the window, <= its length */
	uint64_t capacity[HM_RESOURCE_COUNT];
	uint64_t used[HM_RESOURCE_COUNT];
	uint64_t system[HM_RESOURCE_COUNT];
	struct hm_node_measured measured;
};

struct hm_batch {
	const char *hub;
	const char *node;
	uint8_t stream[HM_STREAM_SIZE]; /* random, made when the spool is created */
	uint64_t sequence;		/* 1, 2, 3, ... within the stream */
	uint8_t boot_id[HM_BOOT_ID_SIZE];
	int64_t window_start_usec;
	int64_t window_end_usec;
	int64_t window_end_boottime_usec; /* the end on the machine's clock of boot_id; 0: unknown
					   */

	size_t n_strings;
	const char *const *strings;

	size_t n_rows;
	const uint32_t *kind;	  /* enum hm_workload_kind */
	const uint32_t *workload; /* dictionary index of the workload's id, never 0 */
	const uint32_t *user;	  /* dictionary index; 0: not known yet, bound by a later row */
	const uint32_t *server;	  /* dictionary index of the server's name; 0: the default server */
	const uint32_t *tag;	  /* dictionary index of the group or project chosen at spawn */
	const uint32_t *resource_class;
	const uint32_t *flags;		   /* enum hm_flag */
	const uint64_t *start_offset_usec; /* from window_start_usec; 0: the window's start */
	const uint64_t *end_offset_usec;   /* before window_end_usec; 0: the window's end */
	const uint64_t *quantity[HM_QUANTITY_COUNT];

	struct hm_node_row node_row;
};

#endif
