/*
 * The source `storage`: who has how much in the directories of homes, on the one machine that has
 * the disks. It is off unless roots are configured, and only one collector may have them: two that
 * see the same directories would both book them.
 *
 *	whose		home_name.h	a directory's name says whose it is
 *	how much	quota.h, walk.h	its project's quota, or its blocks
 *	when		round.h, worker.h	all roots in turn, at a pace, on a thread
 *	booked		homes.h		bytes times time, exactly
 *
 * Each directory of a root is a workload of kind `storage`, <path>=<user>. One that is nobody's
 * home is a row of the user `_shared`, with the directory's name as its tag, which no person is
 * billed for. It leaves as imported usage does, once in storage_interval, on this node and in its
 * class, and is no part of the node's window: disks are no CPU.
 *
 * Invariants
 *  - What is booked is what was last found, for every second of boottime, suspend and time without
 *    a collector included: what is stored goes on being stored while nobody looks. Across a reboot
 *    UTC says how long that was; a clock that is not set, or was set back, says nothing and nothing
 *    is booked. homes.h says for how long a finding holds, and how far off a change can be. Such
 *    time has no flag but `imported`, which every row of this way has: nobody sampled.
 *  - A finding counts from the pass before it was taken: one sample_interval early at most.
 *  - A directory that was never found whole has nothing booked. Where something in it can't be
 *    read, what can be counts: at least so much, which is logged.
 *  - A root that can't be listed, or that is empty all of a sudden, says nothing: what was found
 *    before holds.
 *  - After a restart what was found before is booked on, until the new round finds more.
 */
#ifndef COLLECTOR_SOURCE_STORAGE_STORAGE_SOURCE_H
#define COLLECTOR_SOURCE_STORAGE_STORAGE_SOURCE_H

#include "collector/source/source.h"

#define STORAGE_SHARED_USER "_shared"

extern const struct source_ops storage_source_ops;

#endif
