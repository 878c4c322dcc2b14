/*
 * A node that was recorded, metered again: --replay. For finding out why a figure is what it is, on
 * another machine and as often as wanted.
 *
 *	DIR/<name>/clock   how the clocks stood: boottime, monotonic and UTC, in microseconds
 *	DIR/<name>/root/   the node's files then: root/proc, root/sys/fs/cgroup, ... whatever the
 *	                   sources read, under the path where their options look for it
 *
 * one <name> a sample, in the order of their numbers or names (1, 2, 10). deploy/record-node makes
 * such a directory.
 *
 * Invariants
 *  - Nothing but DIR is read, nothing is sent, and the configured spool is not touched. The same
 *    recording gives the same figures.
 *  - What has another program asked (kubelet, the hub, sacct, a site's own) is off, and so are
 *storage and network.
 *  - A cgroup that was made anew under its old name between two samples looks like one whose
 *counters started over: a recording knows names, the kernel inodes.
 */
#ifndef COLLECTOR_REPLAY_REPLAY_H
#define COLLECTOR_REPLAY_REPLAY_H

#include <stdio.h>

#include "collector/config.h"
#include "collector/source/source.h"

/*
 * Meter what config->replay holds and print every batch as --dump-spool does, by row with
 * config->rows. What fails is said on @err. Temporary files are in TMPDIR, or /tmp.
 */
int replay(
	const struct config *config, const struct source_ops *const *sources, FILE *out, FILE *err);

#endif
