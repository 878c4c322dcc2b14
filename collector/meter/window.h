/*
 * What was measured since the last committed window, and the batch that says so.
 *
 * Invariants
 *  - Whatever is booked leaves in exactly one committed window: closing copies, committing
 *    subtracts what was copied, fractions and rows that did not fit stay for the next.
 *  - node used = system + sum of the rows' used. The node's ticks may lag the rows: what the
 *    rows are ahead is carried as a deficit against later ticks, never dropped.
 *  - A workload that ended has no row after the committed one with FINAL.
 *
 * Life cycle: window_init() -> (window_book_*()* -> window_close() -> window_commit())* ->
 * window_release(). The window owns its workloads.
 */
#ifndef COLLECTOR_METER_WINDOW_H
#define COLLECTOR_METER_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/meter/amount.h"
#include "collector/meter/node_sample.h"
#include "hubmeter/usage.h"

#define WORKLOAD_ID_SIZE	72
#define CPU_FINE_PER_USEC	1000000u       /* picoseconds of a core */
#define MEMORY_FINE_PER_MIB_SEC 1048576000000u /* byte-microseconds */

/* Who a server says it serves; from its environment. Owns its strings. */
struct workload_identity {
	char *user;
	char *server;
	char *tag;
	char *api_url;
};

/* One server and everything it started. Times are microseconds of boottime. */
struct workload {
	struct workload *next;
	char id[WORKLOAD_ID_SIZE];
	struct workload_identity identity;
	uint32_t uid;
	int32_t pid; /* of the server's process */
	uint64_t start_ticks;
	uint64_t reserved_microcores;
	uint64_t reserved_bytes;
	int64_t start_usec;	 /* of the server's process */
	int64_t first_usec;	 /* from when on it is metered here */
	int64_t server_end_usec; /* -1: its process lives */
	int64_t end_usec;	 /* -1: some of its processes live */

	/* booked, not committed yet */
	struct amount cpu;
	struct amount memory;
	uint64_t wall_usec;
	uint32_t flags;

	/* of the pass under way */
	uint64_t pass_cpu_nsec;
	uint64_t level_bytes; /* memory as of the end of the last pass */
	uint32_t n_alive;
	bool level_is_estimated;
	bool server_seen;

	/* what the closed window says */
	bool is_closed;
	struct amount_whole closed_cpu;
	struct amount_whole closed_memory;
	uint64_t closed_wall_msec;
	bool closed_final;
};

/* Totals of the node, booked and not committed yet. */
struct window_node {
	uint64_t cpu_usec;
	uint64_t cpu_deficit_usec; /* by how much committed rows were ahead of the node's ticks */
	fine_t memory;
	uint64_t observed_usec;
	uint32_t cores;
	uint64_t memory_total_bytes;
};

struct window {
	struct workload *workloads;
	size_t n_workloads;
	struct window_node node;
	uint32_t flags; /* of every row */
	int64_t start_boottime_usec;
	int64_t start_realtime_usec;
	int64_t end_boottime_usec; /* of the last pass */
	int64_t end_realtime_usec;
	bool has_start;

	/* the closed one */
	bool is_closed;
	struct window_node closed_node; /* what leaves with it */
	uint64_t closed_deficit_usec;	/* what replaces the deficit */
	int64_t closed_end_boottime_usec;
	int64_t closed_end_realtime_usec;
	void *memory; /* of the batch */
	size_t memory_size;
};

void window_release(struct window *window);

/* A workload for the server process (@pid, @start_ticks); takes @identity. NULL: no memory. */
struct workload *window_add_workload(struct window *window, const uint8_t boot_id[16], int32_t pid,
	uint64_t start_ticks, struct workload_identity *identity);

struct workload *window_find_workload(struct window *window, int32_t pid, uint64_t start_ticks);

void workload_identity_release(struct workload_identity *identity);

/*
 * One interval of @workload: @cpu_nsec and the memory level over the part of [@from, @to) in
 * which it was there. Wall time and reserved do not count @suspended_usec of it.
 */
void window_book_workload(struct workload *workload, int64_t from_usec, int64_t to_usec,
	int64_t suspended_usec, bool was_observed);

/* One interval of the node. */
void window_book_node(struct window *window, const struct node_sample *before,
	const struct node_sample *after, int64_t observed_usec);

/* -EAGAIN: no time in it. The batch is valid until the next window_close() or _release(). */
int window_close(struct window *window, const char *hub, const char *node,
	const char *resource_class, const uint8_t boot_id[16], struct hm_batch *ret);

/* Subtract what was closed, and forget the workloads whose last row is out. */
void window_commit(struct window *window);

/* Whether some workload ended and its last row is not committed. */
bool window_has_ended(const struct window *window);

#endif
