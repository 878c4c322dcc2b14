/*
 * The source `command`: usage that a site's own accounting knows, from a script that is run every
 * publish_interval, or from a file that something else leaves. No C is needed for it.
 *
 * What it reports are finished intervals, in the columns of `hubmeter import usage`, as CSV or as
 * one JSON object a line. They may be of any node and any time, so they are no part of this node's
 * window and claim nothing of it: they leave as imported usage does.
 *
 * Invariants
 *  - An interval is booked once, however often it is reported (booked.h).
 *  - An output is taken as a whole or not at all: after an error nothing of it is booked, so
 *    nothing is lost when the script reports it again, mended.
 *  - While what was taken is not in the spool, nothing is run.
 */
#ifndef COLLECTOR_SOURCE_COMMAND_COMMAND_SOURCE_H
#define COLLECTOR_SOURCE_COMMAND_COMMAND_SOURCE_H

#include "collector/source/source.h"

extern const struct source_ops command_source_ops;

#endif
