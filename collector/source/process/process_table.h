/*
 * The processes of the machine as the last pass saw them, by (pid, start time).
 *
 * Invariants
 *  - Sorted by (pid, start_ticks) between process_table_sort() and the next _add().
 *  - A pid has at most one entry that is not gone: the kernel gives a pid to one at a time.
 *  - Indexes and pointers are valid until the next _add(), _sort() or _sweep().
 *
 * Life cycle: zeroed -> _add()/_sort()/_find()/_sweep()* -> process_table_release().
 */
#ifndef COLLECTOR_SOURCE_PROCESS_PROCESS_TABLE_H
#define COLLECTOR_SOURCE_PROCESS_PROCESS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct server;

#define PROCESS_NONE SIZE_MAX
#define INIT_PID     1

#define PROCESS_ENV_UNKNOWN UINT64_MAX /* looks like an exec at the next pass */

struct process {
	int32_t pid;
	int32_t parent; /* as last seen */
	uint64_t start_ticks;
	uint64_t env_start;
	uint64_t cgroup;    /* as claims name it, version 2; 0: nobody asked, or there is none */
	uint64_t cgroup_v1; /* the same, version 1 */

	/* counters, nanoseconds */
	uint64_t self_nsec;	  /* own CPU, as last read */
	uint64_t booked_nsec;	  /* how much of self_nsec is accounted for */
	uint64_t children_nsec;	  /* cutime + cstime, as last read: whole ticks */
	uint64_t attributed_nsec; /* how much of children_nsec is accounted for */
	uint64_t recent_nsec;	  /* own CPU lately ... */
	uint64_t recent_usec;	  /* ... and the time that it was observed for it */

	struct server *server;	 /* whose tree it is in; NULL: the system's */
	uint32_t threads;	 /* as last read */
	uint64_t pass;		 /* number of the last pass that saw it */
	uint64_t round;		 /* number of the last round that read its counters again */
	uint64_t seen_order;	 /* the read that saw it last, counted over the source's life ... */
	uint64_t children_order; /* ... and the one that children_nsec is from */
	int64_t seen_usec;	 /* boottime of the last pass that saw it; 0: before a restart */
	bool is_new;		 /* first seen in this pass */
	bool is_classified;	 /* the environment of env_start was looked at */
	bool is_unreadable;	 /* we have no right to see whose it is */
	bool is_kernel_thread;
	bool is_orphan;
	bool is_told;	   /* a server of its own, says the hub */
	bool was_adopted;  /* its parent ended before it */
	bool has_adopted;  /* became the parent of such a one: init, or a subreaper */
	bool is_zombie;	   /* a zombie without threads: its counters are final */
	bool has_exited;   /* no longer there: its CPU is to be attributed, then it is forgotten */
	bool is_estimated; /* memory is RSS */
	bool is_memory_read;
	uint64_t memory_bytes; /* as of when its server's were read last */
	int event_fd;	       /* pidfd of a server; -1: none */

	/* indexes while reaped CPU is attributed; PROCESS_NONE: nobody */
	size_t first_reaped;	 /* of those that exited, the first that this one reaped */
	size_t next_reaped;	 /* the next one of the same reaper */
	uint64_t explained_nsec; /* known, of descendants that exited as it did */
	bool is_assigned;	 /* to a reaper, or it is known that there is none */
	bool is_uncertain;	 /* some descendant's reaper was not found */
};

/* Whether it takes in processes whose parents ended. */
static inline bool process_is_adopter(const struct process *process)
{
	return process->pid == INIT_PID || process->has_adopted;
}

/* Everything attributed so far of what a process hands to its reaper. */
static inline uint64_t process_known_nsec(const struct process *process)
{
	return process->self_nsec + process->attributed_nsec;
}

struct process_table {
	struct process *entry;
	size_t count;
	size_t capacity;
	size_t n_sorted;
};

/* A new entry, all zero but the ids (event_fd -1), at the end. NULL: no memory. */
struct process *process_table_add(struct process_table *table, int32_t pid, uint64_t start_ticks);

void process_table_sort(struct process_table *table);

/* Among the sorted ones: the exact process; or PROCESS_NONE. */
size_t process_table_find(const struct process_table *table, int32_t pid, uint64_t start_ticks);

/* Among the sorted ones: the process that has @pid now; or PROCESS_NONE. */
size_t process_table_find_live(const struct process_table *table, int32_t pid);

/*
 * The parent of @child, which never started later than the child. Where a pid changed hands
 * meanwhile, a child that is gone meant the one that is gone, a live child the live one.
 * PROCESS_NONE: unknown.
 */
size_t process_table_find_parent(const struct process_table *table, const struct process *child);

/* The same; NULL: unknown. */
static inline struct process *process_table_parent(
	const struct process_table *table, const struct process *child)
{
	size_t parent = process_table_find_parent(table, child);

	return parent == PROCESS_NONE ? NULL : &table->entry[parent];
}

/* Forget all that are gone. Their event_fd must be closed. */
void process_table_sweep(struct process_table *table);

void process_table_release(struct process_table *table);

#endif
