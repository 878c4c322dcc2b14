/*
 * The collector's event loop. The only code that knows libuv, beside disk.h.
 *
 * Invariants
 *  - The meter is called from this thread alone, the spool and the publisher by disk.h alone: a
 *    disk that hangs does not stop sampling.
 *  - Samples are taken at multiples of sample_interval in UTC, windows closed at the first sample
 *    at or behind a multiple of publish_interval, and when a workload ended (once in five seconds
 * at most).
 *  - SIGTERM and SIGINT: last sample, last window, then wait for acknowledgements up to
 *    shutdown_timeout. A second signal leaves at once, but for what is being written, which has
 *    five seconds. What is left stays spooled.
 *  - What is watched of it (figures.h) is made on this thread and answered by another; without it
 *    all goes on.
 *  - SIGHUP: the configuration is read again; new intervals count from then on.
 *
 * Life cycle: loop_run() returns when it is over.
 */
#ifndef COLLECTOR_LOOP_H
#define COLLECTOR_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/meter/meter.h"
#include "collector/publish/publish.h"
#include "collector/window_writer.h"
#include "common/clock.h"

struct loop_config {
	int64_t sample_interval_usec;
	int64_t publish_interval_usec;
	int64_t shutdown_timeout_usec;
	bool once; /* end by itself after one publish interval */
	const struct clock *clock;
	const char *metrics_listen; /* figures.h; NULL or "": nowhere */

	/* On SIGHUP: 0, and what of the above has changed stands in @timing. NULL: ignored. */
	int (*reload)(void *context, struct loop_config *timing);
	void *reload_context;
};

/*
 * 0, or what kept the loop from running. Borrows everything. -ETIMEDOUT: it is over, but the
 * spool's disk hangs and a thread waits for it: the process is to end without touching spool or
 * publisher.
 */
int loop_run(const struct loop_config *config, struct meter *meter, struct window_writer *writer,
	struct publisher *publisher);

/* libuv's version. */
const char *loop_library_version(void);

#endif
