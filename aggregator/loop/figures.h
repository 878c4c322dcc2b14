/*
 * What the aggregator says of how it is doing: a line of the log now and then, and the page that
 * Prometheus reads (docs/metrics.md says what each metric is).
 *
 * Invariants
 *  - Counters are since the start of the process; the log has what was added since its last line.
 *  - Figures are read only: nothing here changes what the loop does.
 *
 * Life cycle: figures_init() -> figures_tell()* -> figures_release(). All parts but the endpoint
 * are borrowed.
 */
#ifndef AGGREGATOR_LOOP_FIGURES_H
#define AGGREGATOR_LOOP_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "aggregator/config.h"
#include "aggregator/consume.h"
#include "aggregator/loop/flush.h"
#include "aggregator/loop/takeover.h"
#include "aggregator/rollup/ingest.h"
#include "common/clock.h"
#include "common/metrics/endpoint.h"

struct figures {
	const struct config *config;
	const struct clock *clock;
	const struct consume *consume;
	const struct ingest *ingest;
	const struct flush *flush;
	const struct takeover *takeover;

	struct endpoint *endpoint; /* NULL: nobody is answered */
	struct page page;
	int64_t page_usec; /* here and below: monotonic, when the next is due */
	int64_t stats_usec;
	struct ingest_counters logged; /* by the last line */
	uint64_t logged_commits;
};

/* Set up what @figures borrows first. -EINVAL: metrics_listen is no address, or as endpoint_new():
 * it is not to be had. */
int figures_init(struct figures *figures);

/* A line or a page, if it is due. @kafka_is_away: no broker answers. */
void figures_tell(struct figures *figures, bool kafka_is_away);

/* The line, now. */
void figures_log(struct figures *figures);

void figures_release(struct figures *figures);

#endif
