/*
 * What the collector sees on this node now, for who installs it: --explain.
 */
#ifndef COLLECTOR_EXPLAIN_H
#define COLLECTOR_EXPLAIN_H

#include <stdio.h>

#include "collector/meter/meter.h"

#define EXPLAIN_USEC 1000000 /* for how long it looks */

/*
 * Meter for EXPLAIN_USEC, and print every workload, what it used, whose it is and how that is
 * known; then what is nobody's. What it has no right to see is logged by the sources. Nothing is
 * spooled or sent. Negative errno, and said, where the machine can't be read or @out fails.
 */
int explain(const struct config *config, const struct source_ops *const *sources, FILE *out);

#endif
