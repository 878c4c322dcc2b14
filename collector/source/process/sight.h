/*
 * How much of the machine this collector has the right to see, and saying so.
 *
 * Whose a process is stands in its environment, which is for its own user and for those with two
 * capabilities: CAP_DAC_READ_SEARCH (or CAP_DAC_OVERRIDE) opens the file, CAP_SYS_PTRACE looks into
 * the process. Without them servers of others look like the system's, and nothing else tells.
 *
 * Invariants
 *  - Said at the first pass that finds processes it may not see, and again only when it has
 *    changed: to or from none at all, or to twice or half of what was said; once an hour at most,
 *    so that a job of cron that comes and goes does not fill the journal.
 *  - Kernel threads and zombies have no environment and are counted nowhere, except behind
 * hidepid=1, where nobody can tell what a process is.
 *
 * Life cycle: sight_init() -> sight_note() once a pass.
 */
#ifndef COLLECTOR_SOURCE_PROCESS_SIGHT_H
#define COLLECTOR_SOURCE_PROCESS_SIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/proc/proc_read.h"

#define SIGHT_PAUSE_USEC (3600LL * 1000 * 1000)

struct sight {
	size_t processes;  /* that there are, as far as they are listed */
	size_t unreadable; /* of these: no right to see whose they are */
	size_t estimated;  /* of servers' processes: RSS, as PSS can't be read */
	bool lists_init;   /* false: /proc hides processes of others altogether (hidepid=2) */
};

struct sight_watch {
	uint64_t capabilities;
	bool is_known; /* what the capabilities are */
	struct sight said;
	int64_t said_usec; /* boottime; 0: never */
};

void sight_init(struct sight_watch *watch, const struct proc_dir *proc);

/* Names of the capabilities that are missing, divided by commas; "none", "unknown". */
const char *sight_missing(const struct sight_watch *watch);

/* Whether @now is to be said at @now_usec. */
bool sight_is_news(const struct sight_watch *watch, const struct sight *now, int64_t now_usec);

/* Log @now if it is news. */
void sight_note(struct sight_watch *watch, const struct sight *now, int64_t now_usec);

#endif
