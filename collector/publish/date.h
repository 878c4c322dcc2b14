/*
 * When what is sent was.
 *
 * A machine may boot in 1985 or hours ahead and learn later what time it is, and only its boot
 * time is right throughout. So a batch that was not sent yet when the clock was set is dated anew
 * by its boot time and the clock as it is now: of two times that a machine told, the later is the
 * better. What is in the spool stays as it is, so this can be done again; the aggregator counts
 * the first one that arrives. Batches of another boot are dated as they are.
 *
 * While the clock cannot be right, because it says that this program is not written yet, nothing
 * is sent.
 *
 * Life cycle: dater_init() -> dater_date()* -> dater_release().
 */
#ifndef COLLECTOR_PUBLISH_DATE_H
#define COLLECTOR_PUBLISH_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/clock.h"
#include "hubmeter/usage.h"

#define DATE_WRITTEN_USEC 1767225600000000LL /* 2026: no batch is older */

struct dater {
	const struct clock *clock; /* NULL: everything is dated as it is */
	uint8_t boot_id[HM_BOOT_ID_SIZE];
	struct buffer bytes; /* of the last one dated anew */
	int64_t said_usec;   /* by how much, as was logged; 0: not */
};

/* Borrows @clock. */
void dater_init(struct dater *dater, const struct clock *clock, const uint8_t *boot_id);
void dater_release(struct dater *dater);

bool dater_is_clock_set(const struct dater *dater);

/*
 * The batch to send for *@batch, valid until the next call: itself, or one dated anew. Returns when
 * its window ended, UTC; 0: not known.
 */
int64_t dater_date(struct dater *dater, uint64_t sequence, const void **batch, size_t *size);

#endif
