/*
 * What was measured since the last committed window, and the batch that says so.
 *
 * Sources book intervals of workloads; a window knows nothing of how they were measured.
 *
 *	workload = window_workload(window, HM_WORKLOAD_KIND_POD, uid, from_usec);
 *	workload_identify(workload, "ada", "", "course");
 *	workload_book(workload, &interval);
 *	workload_end(workload, now_usec);		... and do not touch it again
 *
 * or hand on what others measured, which says itself when and where it was:
 *
 *	reported_add(&window->reported, &usage_interval);
 *
 * Invariants
 *  - Whatever is booked leaves in exactly one committed window: closing copies, committing
 *    subtracts what was copied, fractions and rows that did not fit stay for the next. So booking
 *    goes on between the two, and is of the next window.
 *  - node used = system + sum of the rows' used. What rows are ahead of the node's ticks is carried
 *    as a deficit against later ticks as far as there is a reason: two ticks of each CPU, what was
 *    done while a pass was reading, and what was the system's lately and turned out to be
 *somebody's. The rest shows: what the kernel measured leaves beside used, window by window,
 *whatever was booked.
 *  - What was done on GPUs is the rows' or the system's, whole milliseconds of each: there is no
 *    counter of the node that either is held against.
 *  - A workload that ended has no row after the committed one with FINAL.
 *  - A workload that is withheld has no row: what is booked on it waits in the books, and as much
 *of the node's usage with it, so that either all of it becomes a row's or all of it the system's.
 *  - Rows that together are more than a reader would believe of the window's time leave in batches
 *    of their own, which say nothing of the node.
 *
 * Life cycle: zeroed -> (booking* -> window_close() -> window_commit())* -> window_release().
 * The window owns its workloads; a source may keep the pointer until it called workload_end().
 */
#ifndef COLLECTOR_METER_WINDOW_H
#define COLLECTOR_METER_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/meter/amount.h"
#include "collector/meter/node_sample.h"
#include "collector/meter/reported.h"
#include "hubmeter/usage.h"

#define WINDOW_BATCH_MAX_SIZE ((size_t)512 * 1024) /* half of what brokers take by default */

/* Of each CPU: two ticks, by which a counter of ticks may be behind the truth or ahead of it. */
#define TICKS_TOLERATED_USEC 20000u

/* Fine units, in which sources book. */
#define CPU_FINE_PER_USEC	1000000u       /* picoseconds of a core */
#define MEMORY_FINE_PER_MIB_SEC 1048576000000u /* byte-microseconds */
#define GPU_FINE_PER_MSEC	1000000u       /* nanoseconds of a GPU */

/* One interval of one workload: times are microseconds of boottime, amounts in fine units. */
struct interval {
	int64_t start_usec;
	int64_t end_usec;
	int64_t suspended_usec; /* of this time the machine did not run */
	uint128 used[HM_RESOURCE_COUNT];
	uint128 reserved[HM_RESOURCE_COUNT];
	uint32_t flags; /* enum hm_flag */
	uint64_t net_rx_bytes, net_tx_bytes;
};

/* Something that uses the node for somebody: what it did and is not committed yet. */
struct workload {
	struct workload *next;
	enum hm_workload_kind kind;
	char *id;
	char *user, *server, *tag; /* "": not known yet */
	char *gpu_class;	   /* what it has of GPUs is of this class; "": the node's */
	int64_t first_usec;	   /* boottime from when on it is metered here */
	int64_t end_usec;	   /* -1: it lives */
	bool is_held;		   /* some source still knows it */
	bool is_withheld;	   /* whether it is anybody's will be known soon: no row yet */

	/* booked, not committed yet */
	struct amount amount[HM_RESOURCE_COUNT];
	uint64_t wall_usec;
	uint32_t flags;
	uint64_t net_rx_bytes, net_tx_bytes; /* what is beyond UINT64_MAX is lost */

	bool is_waiting; /* found no room in the batch of the window before */

	/* what the closed window says */
	bool is_closed;
	bool found_no_room;
	bool closed_final;
	struct amount_whole closed[HM_RESOURCE_COUNT];
	uint64_t closed_wall_msec;
	uint64_t closed_net_rx_bytes, closed_net_tx_bytes;
	uint32_t closed_flags; /* of this one and of those closed before that were not committed */
};

/* What the kernel measured of the whole node, not committed yet; no row changes it. */
struct window_measured {
	bool is_partial; /* of the window's beginning it is not known: it is not said at all */
	uint32_t flags;	 /* enum hm_flag, since a window was closed ... */
	uint32_t closed_flags; /* ... and until then, until that one is committed */
	uint64_t cpu_usec;
	uint64_t cpu_steal_usec;
	uint128 memory;
};

/* CPU that no row explained lately, the system's or held against it: it may yet be somebody's. */
struct window_doubtful {
	uint64_t usec[2];  /* since the last turn, and from the turn before it to the last */
	uint64_t age_usec; /* of the last turn */
};

/* Totals of the node, booked and not committed yet. */
struct window_node {
	uint64_t cpu_usec;	   /* of the node's ticks, what neither a row nor the system had */
	uint64_t cpu_deficit_usec; /* by how much committed rows were ahead of the node's ticks */
	uint128 memory;
	struct window_measured measured;
	struct window_doubtful doubtful;
	uint128 gpu; /* nanoseconds of GPUs that no row has, the system's */
	uint64_t observed_usec;
	uint32_t cores;
	uint64_t memory_total_bytes;
	uint64_t skew_usec; /* so long after the node's counters the last pass read the rows' */
	uint64_t late_usec; /* of what was withheld so far: done in windows before, perhaps */
	uint64_t late_mib_sec;
};

struct window {
	struct reported reported; /* usage that is not of this node's time, see reported.h */
	struct workload *workloads;
	size_t n_workloads;
	struct window_node node;
	uint32_t flags; /* of every row, since a window was closed */
	int64_t start_boottime_usec;
	int64_t start_realtime_usec;
	int64_t end_boottime_usec; /* of the last pass */
	int64_t end_realtime_usec;
	bool has_start;

	/* rows that found no room follow at once in batches of their own, of the same time */
	size_t n_waiting;
	uint32_t waiting_flags; /* of every such row */
	int64_t waiting_start_usec, waiting_end_usec;
	int64_t waiting_end_boottime_usec; /* 0: not known, before a restart */

	/* the closed one */
	bool is_closed;
	bool is_rest;	       /* holds rows that waited and nothing else */
	uint32_t closed_flags; /* of this one and of those closed before that were not committed */
	int64_t closed_start_realtime_usec;
	struct window_node closed_node; /* what leaves with it */
	uint64_t closed_deficit_usec;	/* what replaces the deficit */
	struct window_doubtful closed_doubtful;
	int64_t closed_end_boottime_usec;
	int64_t closed_end_realtime_usec;
	void *memory; /* of the batch */
	size_t memory_size;
};

extern const uint64_t window_fine_units[HM_RESOURCE_COUNT]; /* in one unit that travels */

void window_release(struct window *window);

/*
 * The workload (@kind, @id) that has not ended, a new one from @from_usec on if there is none.
 * NULL: no memory.
 */
struct workload *window_workload(
	struct window *window, enum hm_workload_kind kind, const char *id, int64_t from_usec);

/* A new one beside those of its id that ended, for who reads a state. NULL: no memory. */
struct workload *window_add_workload(
	struct window *window, enum hm_workload_kind kind, const char *id, int64_t from_usec);

/* Say whose it is, any time before its last row; an empty text changes nothing. -ENOMEM. */
int workload_identify(
	struct workload *workload, const char *user, const char *server, const char *tag);

/*
 * What it has of GPUs leaves in a row of its own, of that class, from the next batch on. Not in the
 * state: its source says so in each run. -ENOMEM.
 */
int workload_set_gpu_class(struct workload *workload, const char *gpu_class);

void workload_book(struct workload *workload, const struct interval *interval);

/* Its next row is its last. */
void workload_end(struct workload *workload, int64_t end_usec);

/* Whether it has no row for now; said at any time before its last row. */
void window_withhold(struct window *window, struct workload *workload, bool is_withheld);

/* @workload is withheld and nobody's: what was booked on it is the system's. It is freed. */
void window_drop(struct window *window, struct workload *workload);

/* End whatever no source asked for since the window was restored: nobody else will. */
void window_end_unheld(struct window *window, int64_t end_usec);

/*
 * One interval of the node; @observed_usec of it somebody looked. Where a counter in @after lags
 * by a tick it is set to what was booked.
 */
void window_book_node(struct window *window, const struct node_sample *before,
	struct node_sample *after, int64_t elapsed_usec, int64_t observed_usec);

/* What processes of nobody's did on GPUs. */
void window_book_system_gpu(struct window *window, uint64_t nsec);

/*
 * A batch of at most WINDOW_BATCH_MAX_SIZE encoded bytes, for the window up to the last pass, or
 * for rows that found no room in it: then its node row has neither coverage nor capacity, and used
 * is the sum of the rows. -EAGAIN: no time in the window and nothing waits. The batch is valid
 * until the next window_close() or _release().
 */
int window_close(struct window *window, const char *hub, const char *node,
	const char *resource_class, const uint8_t boot_id[16], struct hm_batch *ret);

/* Subtract what was closed, and forget the workloads whose last row is out. */
void window_commit(struct window *window);

/* The node's totals behind a commit of what is closed. */
struct window_node window_node_left(const struct window *window);

/* Whether rows wait for a batch of their own: close again at once. */
static inline bool window_has_waiting(const struct window *window)
{
	return window->n_waiting > 0;
}

/* Whether some workload ended and its last row is not committed. */
bool window_has_ended(const struct window *window);

#endif
