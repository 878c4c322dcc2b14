/*
 * The Jupyter servers that the process source knows: what only it needs of them. What they used
 * is booked on the window's workload of the same id.
 *
 * Life cycle: server_add() -> passes -> its end is booked -> servers_remove_ended(). The list owns
 * its servers; a process points at the one whose tree it is in.
 */
#ifndef COLLECTOR_SOURCE_PROCESS_SERVER_H
#define COLLECTOR_SOURCE_PROCESS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/meter/window.h"

#define SERVER_ID_SIZE 72

/* Whom a server serves, as its environment claims. Owns its strings. */
struct server_identity {
	char *user;
	char *name; /* "": the default server */
	char *tag;
	char *api_url;
};

void server_identity_release(struct server_identity *identity);

/* One server and everything it started. Times are microseconds of boottime. */
struct server {
	struct server *next;
	struct server_identity identity;
	int32_t pid; /* of the server's own process */
	uint64_t start_ticks;
	uint32_t uid;
	uint64_t cgroup;	      /* as of proc_read_cgroup_key(); 0: not known */
	bool is_vouched;	      /* by who started it ... */
	bool is_proven;		      /* ... or by its account: whose it is may be said */
	bool is_own_account;	      /* its uid is its user's and nobody else's */
	bool has_own_cgroup;	      /* another one than its parent's: it is a container */
	bool is_told;		      /* the hub proved it, after it was first seen */
	bool is_crowd;		      /* others' unproven ones are in it: it will never be proven */
	uint64_t reserved_microcores; /* as it says: counts once it is proven */
	uint64_t reserved_bytes;
	int64_t start_usec;	   /* of the server's process */
	int64_t first_usec;	   /* from when on it is metered here */
	int64_t exit_usec;	   /* -1: its process lives */
	int64_t end_usec;	   /* -1: some of its processes live */
	struct workload *workload; /* NULL: nothing is booked yet */
	uint64_t level_bytes;	   /* memory as of the end of the last pass */
	int64_t memory_read_usec;  /* when all of it was read; 0: never ... */
	size_t n_memory_read;	   /* ... and of how many processes */

	/* of the pass under way */
	uint64_t pass_cpu_nsec;
	uint64_t unplaced_nsec; /* of its processes that ended, known, and found in no counter */
	uint64_t pass_gpu_nsec;
	uint32_t flags;
	uint64_t next_level_bytes;
	size_t n_processes; /* that have memory */
	bool has_unread;    /* one among them was never read */
	uint32_t n_alive;
	bool level_is_estimated;
	bool process_lives;
	bool has_ended;	  /* its process did, as somebody told */
	bool is_claimed;  /* its own process is metered by another source */
	bool is_compared; /* a pass looked whether it is */
};

/* A server of the process (@pid, @start_ticks); takes @identity. NULL: no memory. */
struct server *server_add(struct server **servers, int32_t pid, uint64_t start_ticks,
	struct server_identity *identity);

/* The id of its workload. Returns @id. */
const char *server_format_id(const struct server *server, const uint8_t boot_id[HM_BOOT_ID_SIZE],
	char id[SERVER_ID_SIZE]);

/* Nothing may point at them any more. */
void servers_remove_ended(struct server **servers);
void servers_release(struct server **servers);

#endif
