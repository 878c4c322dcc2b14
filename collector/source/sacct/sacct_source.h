/*
 * The source `sacct`: jobs of Slurm, by its accounting, for centres without an agent on their
 * nodes. One collector asks for a whole cluster, or several.
 *
 *	question	query.h		which time, in which words
 *	line		line.h		what sacct says of a job
 *	difference	jobs.h		what of that is new
 *
 * A job is a workload of kind `job`, <cluster>/<dbindex>, on a node that is called like the
 * cluster; its class is the partition, or what the site says. It leaves as imported usage does and
 * is no part of this node's window.
 *
 * Invariants
 *  - What Slurm says of a job is counted once, however often and in however many parts it says it,
 *    whoever is killed meanwhile: what is on its way and what was noted of it are in one record.
 *  - A line that can't be understood costs only itself, and only until it can be.
 *  - While lines are not booked, nothing is asked. Memory is bounded by SACCT_FILE_MAX of text and
 *    JOBS_MAX jobs.
 */
#ifndef COLLECTOR_SOURCE_SACCT_SACCT_SOURCE_H
#define COLLECTOR_SOURCE_SACCT_SACCT_SOURCE_H

#include "collector/source/source.h"

#define SACCT_FILE_MAX ((size_t)64 << 20)

extern const struct source_ops sacct_source_ops;

#endif
