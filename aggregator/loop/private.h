/* The loop's parts, for the two files that make it and run it. */
#ifndef AGGREGATOR_LOOP_PRIVATE_H
#define AGGREGATOR_LOOP_PRIVATE_H

#include "aggregator/consume.h"
#include "aggregator/loop/figures.h"
#include "aggregator/loop/flight.h"
#include "aggregator/loop/flush.h"
#include "aggregator/loop/loop.h"
#include "aggregator/loop/outage.h"
#include "aggregator/loop/state.h"
#include "aggregator/loop/takeover.h"
#include "aggregator/loop/until.h"
#include "aggregator/rollup/ingest.h"
#include "aggregator/store/store.h"

struct loop {
	const struct config *config;
	const struct clock *clock;
	struct loop_orders orders;
	struct consume *consume;
	struct store *store;
	struct ingest *ingest;
	struct flight *flight; /* or NULL */

	enum loop_state state;
	struct flush flush;
	struct takeover takeover;
	struct until until;
	struct consume_message message;
	bool has_message;     /* that found no room: next, before others are read */
	bool is_resting;      /* nothing is fetched while PostgreSQL is waited for */
	struct outage fenced; /* another process owned our partitions */
	struct outage kafka;  /* no broker answers */
	struct figures figures;
	int64_t watchdog_usec; /* when the service manager is told next */
	int result;
};

/* Partitions go away: what consume_poll() calls. */
void loop_on_revoke(void *context, bool lost);

#endif
