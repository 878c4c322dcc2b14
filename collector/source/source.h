/*
 * A source of usage: what the meter asks of it. As a storage driver, a source is a table of
 * functions and a struct of its own; sources.c lists them all, and nothing else names one.
 *
 * One pass, for all sources together:
 *
 *	observe		each source reads its counters and books nothing
 *	claim		each source names the cgroups that it meters, if a source asks for that
 *	book		each source books what it is left with into the window
 *
 * Between two passes, when a workload of one source ended:
 *
 *	settle		that source books the workload up to its end, and nothing else
 *
 * Precedence: node = system + sum of rows holds because each nanosecond of CPU has one claimant.
 *  - Where two sources see the same CPU, the lower rank has it: a pod before a cgroup before a
 *    process (enum source_rank). The order of the list means nothing.
 *  - A claim is the inode of a cgroup directory (cgroup_tree_key()): each cgroup, down to the
 *leaves, whose CPU is in a counter that the source books. It stands from the first pass that books
 *the counter until all that the counter held is booked, also while the source fails to read it.
 *  - A source that books processes skips those in a cgroup that is taken, also when it looks for
 *    the CPU of those that ended: for that one they are the system's. Claims are asked for after
 *    everybody observed, so a cgroup in which a process was seen is known by then.
 *  - A process that moved into a claimed cgroup has its counters taken as a new baseline from then
 *    on; the cgroup's counter began without what it had done before.
 *  - Of what was done on GPUs (pass->gpu, collector/gpu/ledger.h) a source takes what the processes
 *    of its workloads did, by the same precedence; what nobody took is the system's.
 *  - What nobody claims is the node's system share, which the window works out.
 *
 * Who owns what
 *  - The meter: clocks, boot id, the node's totals, and when a pass is.
 *  - The window: workloads by (kind, id), what is booked on them, and their ends.
 *  - A source: its counters, whatever it knows workloads by, and one section of the state.
 *
 * Rules for a source
 *  - Between its init and its first booked pass with pass->previous_usec < 0 it takes baselines.
 *  - observe may fail: then the whole pass is given up, and the next one covers its time too. It
 *    fails only if the machine can't be read at all; one thing that can't be read is the source's
 *    own business. observe may be called again with no book in between.
 *  - book can't fail. What it has no memory for waits in the source for the next pass.
 *  - After workload_end() the source forgets the pointer to the workload.
 *  - Nothing here blocks. A source that waits for something has a descriptor for it.
 *  - save is called after every closed window, so it writes what is known and reads nothing.
 *
 * Life cycle: init -> restore? -> forget? -> (observe -> claim -> book -> settle* -> save?)* ->
 *free.
 */
#ifndef COLLECTOR_SOURCE_SOURCE_H
#define COLLECTOR_SOURCE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/meter/node_sample.h"
#include "collector/meter/window.h"
#include "collector/source/claims.h"
#include "collector/source/explained.h"
#include "common/buffer.h"
#include "common/clock.h"

struct config;
struct gpu_ledger;

/* What a source is given at init; all of it outlives the source. */
struct source_context {
	const struct config *config; /* what is reloadable may change between two passes */
	const struct clock *clock;
	const uint8_t *boot_id; /* 16 bytes */
};

/* One pass: when, since when, on what node. Times are microseconds of boottime. */
struct source_pass {
	int64_t previous_usec; /* -1: the very first one, which only takes baselines */
	int64_t now_usec;
	int64_t suspended_usec; /* of the time in between */
	bool was_observed;	/* this collector ran since previous_usec */
	struct node_sample node;
	const struct clock *clock; /* for what takes long within a pass */
	bool needs_claims;	   /* claim follows: what is below a workload has to be known */
	struct gpu_ledger *gpu;	   /* for book: who did what on GPUs; NULL: nobody knows */
};

struct source_ops {
	const char *name; /* of its section in the state: never changed, never reused */
	uint32_t version; /* of the section's format */
	enum source_rank rank;
	bool asks_claims; /* what its book needs to know, whether or not there are GPUs */

	/* -ENOENT: its options say that it is not wanted here. The meter frees *ret with free(). */
	int (*init)(const struct source_context *context, void **ret);
	void (*free)(void *source);

	/* Readable when something happened; -1: nothing to wait for. Fixed after init. NULL: -1. */
	int (*event_fd)(const void *source);

	/* event_fd is readable: handle what is cheap. True: something ended. */
	bool (*on_event)(void *source);

	/*
	 * Book what ended since the last pass, which pass->previous_usec is; never called before
	 * one was booked in this run. What goes on is booked by the next pass, for its whole time.
	 * Fails as observe does. NULL: a pass is wanted instead.
	 */
	int (*settle)(void *source, struct window *window, const struct claims *claims,
		const struct source_pass *pass);

	int (*observe)(void *source, const struct source_pass *pass);

	/* -ENOMEM. NULL: it claims nothing. Never removes a claim that stood in the pass before for
	 * a lack of knowledge. */
	int (*claim)(const void *source, struct claims *claims);

	void (*book)(void *source, struct window *window, const struct claims *claims,
		const struct source_pass *pass);

	/* Append the section. On failure the meter cuts off what was appended. */
	int (*save)(const void *source, struct buffer *section);

	/*
	 * Resume behind a section, and take hold of its workloads in @window again. -EBADMSG: not a
	 * section, or of a version unknown here; then the source is as after init.
	 */
	int (*restore)(void *source, struct window *window, uint32_t version, const void *data,
		size_t size);

	/* Say each workload that it, called @name, knows behind a pass. NULL: it says nothing. */
	void (*explain)(const void *source, const char *name, explain_fn explain, void *context);

	/* How many workloads it meters, behind a pass. NULL: it meters none itself. */
	size_t (*count)(const void *source);

	/*
	 * The machine started anew: counters began at zero, workloads of before have ended. NULL:
	 * that is nothing to it.
	 */
	void (*forget)(void *source);
};

/* All of them, NULL at the end: sources.c. */
extern const struct source_ops *const sources_all[];

#endif
