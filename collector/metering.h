/*
 * Metering, from start to end: wires the meter, the spool, the publisher and the loop.
 */
#ifndef COLLECTOR_METERING_H
#define COLLECTOR_METERING_H

#include "collector/settings.h"

/*
 * Until a signal, or one window with --once. An exit status; what failed was said. Ends the process
 * by itself, with a failure, when the spool's disk hangs at the end.
 */
int metering(struct settings *settings);

#endif
