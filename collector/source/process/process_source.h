/*
 * The source `process`: Jupyter servers on any Linux machine, without privileges beyond those of
 * reading the servers' own /proc entries.
 *
 * What is measured, and how far it is to be trusted
 *
 *  CPU of a live process	exact: nanoseconds of the scheduler, all threads, living and dead.
 *  Children reaped in a tree	in whole; the kernel shows them in two counters of whole ticks, so
 *				a tree may lag by less than two ticks (20 ms) for each process
 *				that reaps. The lag is carried: it never adds up, and leaves with
 *				the tree's end.
 *  The end of a server or	what its reaper outside the tree gained since the last pass, minus
 *  of an orphan		all that was known of those that vanished under it. Two ticks off
 *				at most if one vanished and nothing unseen lived and died beside
 *				it (flag RESIDUAL); shared by last rate if several did (flag
 *				RESIDUAL_SPLIT: the sum is as good, the split is an estimate);
 *				bounded by elapsed time x cores. A pidfd wakes the collector at a
 *				server's end to keep that short; a zombie is still read exactly.
 *  What nobody waits for	children of a parent that ignores SIGCHLD: exact up to the last
 *				pass; what they did since is the system's.
 *  Unseen orphans		lived less than a pass, reparented before their end: the system's.
 *  Memory			PSS (proportional set size), between two samples their mean.
 *				Kernels forked off share their pages: RSS would bill them again for
 *				every process, while the PSS of all processes add up to what is in
 *				RAM once. A tree is read at one moment, and again when its set of
 *				processes changes. RSS with flag ESTIMATED where PSS may not be
 *				read, and of processes with more than 4 GiB. Time nobody observed
 *				has no level. tmpfs (/dev/shm) and cache are nobody's here.
 *				Cost, Linux 6.18, one virtual core: 0.4 ms for a Python of 23 MiB,
 *				15 ms for each GiB in small pages, 0.1 ms in huge ones, against
 *				10 us for PID/stat: hence an interval of its own, and 0.1 s of
 *				a pass at most; trees that must wait are flagged ESTIMATED.
 *  Reserved			CPU_GUARANTEE and MEM_GUARANTEE of the server's environment while
 *				its process lives, at most what the node has.
 *
 * Invariants
 *  - A nanosecond of CPU is booked at most once: what a live process used is remembered when it
 *    vanishes and taken off what its reaper gained.
 *  - Counters of reapers are only used after a look at who is still there, taken after they were
 *    read; if that picture does not settle, all of it waits for the next pass.
 *  - What may not be read is the system's, and that is said: sight.h.
 *  - The environment is read once per process and exec, and wiped after use.
 */
#ifndef COLLECTOR_SOURCE_PROCESS_PROCESS_SOURCE_H
#define COLLECTOR_SOURCE_PROCESS_PROCESS_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/proc/proc_read.h"
#include "collector/source/process/process_table.h"
#include "collector/source/process/server.h"
#include "collector/source/process/sight.h"
#include "collector/source/process/whose/account.h"
#include "collector/source/source.h"

/*
 * What exec takes is at most a quarter of the stack limit, which is 2 MiB unless somebody raised
 * it, and never more than 6 MiB (the kernel's exec.c: _STK_LIM / 4 * 3).
 */
#define PROCESS_ENVIRON_MAX ((size_t)6 << 20)
#define PROCESS_PASSWD_MAX  ((size_t)4 << 20) /* of a list of accounts that is looked at */

struct hub;
struct server_environ;

/* One that ended and whose reaper is looked for. */
struct exit_order {
	uint64_t known_nsec;
	size_t at; /* in the table */
};

struct process_source {
	struct proc_dir proc;
	struct process_table table;
	struct server *servers;
	struct account_owners owners;
	const uint8_t *boot_id;
	const char *api_url;
	const struct clock *clock;
	struct hub *hub;	     /* to ask about those that nobody vouches for; NULL: none */
	const struct config *config; /* what is reloadable of it is looked up where it is needed */
	bool is_stable;		     /* reapers' counters of this pass fit those that exited ... */
	int64_t stable_usec;	     /* ... as of this time */
	uint64_t pass;		     /* number of the current one */
	uint64_t round;		     /* of reading reapers again */
	uint64_t n_reads;	     /* of processes, to tell which came first */
	int64_t attributed_usec; /* boottime of the last pass that attributed reaped CPU; 0: none */
	struct exit_order *order; /* kept from pass to pass ... */
	size_t max_order;	  /* ... with room for so many */
	size_t n_refused;	  /* of this pass: listed, but the rest is not for us */
	bool saw_init;		  /* pid 1 was listed in this pass */
	struct sight_watch sight;
	int epoll_fd; /* of pidfds; -1: not available */
	size_t n_event_fds;
	size_t max_event_fds;
	char *scratch;		    /* of PROCESS_ENVIRON_MAX bytes ... */
	char *passwd;		    /* ... and behind it of PROCESS_PASSWD_MAX */
	uint64_t said_long_pass;    /* the last one that met an environment longer than that */
	uint64_t n_unproven;	    /* servers that nobody vouched for ... */
	int64_t said_unproven_usec; /* ... and when that was said; 0: never */
};

extern const struct source_ops process_source_ops;

/* The parts of a pass; each in a file of its own. */
int source_scan(struct process_source *source, const struct source_pass *pass); /* scan.c */
int source_scan_ended(struct process_source *source, const struct source_pass *pass);
int source_reread(struct process_source *source, struct process *process);
int source_classify(struct process_source *source, const struct source_pass *pass); /* classify.c */
/* whose/newcomer.c; -ENOENT: nobody's as far as we know, or it may not be read. */
int source_classify_newcomer(struct process_source *source, const struct source_pass *pass,
	struct process *process, const struct server_environ *env);
/* One of nobody is booked, and not left to another source. */
void source_note_unproven(
	struct process_source *source, const struct source_pass *pass, const struct server *server);
bool reread_reapers_until_stable(struct process_source *source); /* reap.c */
void source_assign_reapers(struct process_source *source);	 /* assign.c */
void attribute_reaped_cpu(struct process_source *source, const struct source_pass *pass);
void source_leave_claimed(struct process_source *source, const struct claims *claims);
void source_read_memory(struct process_source *source, const struct source_pass *pass);
void source_watch_ends(struct process_source *source); /* exit_watch.c */
void source_explain(
	const void *self, const char *name, explain_fn explain, void *context); /* explain.c */
size_t source_count(const void *self);						/* too */
void source_mark_ended(struct process_source *source); /* exit_told.c: servers whose process did */
void source_unwatch(struct process_source *source, struct process *process);
void source_watch_hub(struct process_source *source);
bool source_has_ended(const struct process_source *source); /* a server; its pidfd says so */

/* whose/proven.c; there is a hub. */
void source_take_hubs_word(struct process_source *source);
void source_ask_hub(struct process_source *source, int64_t now_usec);

/* Whether a process first seen now is counted from its birth, or from now on only. */
bool source_counts_from_birth(const struct process_source *source, const struct source_pass *pass,
	const struct process *process);

static inline int64_t source_start_usec(
	const struct process_source *source, const struct process *process)
{
	return (int64_t)(process->start_ticks * (source->proc.tick_nsec / 1000));
}

#endif
