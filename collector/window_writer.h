/*
 * From the meter into the spool: one window, encoded and written down.
 *
 * Invariant: the meter's window is committed exactly when spool_append() has reported its record
 * as written. A window that could not be written is part of the next one; metering goes on.
 *
 * Life cycle: shipper_init() -> ship_window()* -> shipper_release(). Keeps its buffers.
 */
#ifndef COLLECTOR_WINDOW_WRITER_H
#define COLLECTOR_WINDOW_WRITER_H

#include <stdbool.h>

#include "collector/meter/meter.h"
#include "collector/spool/spool.h"
#include "common/buffer.h"

struct shipper {
	struct meter *meter;
	struct spool *spool;
	struct buffer batch;
	struct buffer state;
	bool is_failing; /* said so already */
};

/* Borrows @meter and @spool. */
void shipper_init(struct shipper *shipper, struct meter *meter, struct spool *spool);
void shipper_release(struct shipper *shipper);

/* Whether the spool has never held a record: nothing yet says where the next collector starts. */
bool shipper_is_fresh(const struct shipper *shipper);

/* Close the window and spool it. -EAGAIN: there is no window yet; another error is logged here. */
int ship_window(struct shipper *shipper);

#endif
