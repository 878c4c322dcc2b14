/*
 * One commit under way on a thread of its own, while messages are read on.
 *
 *	r = flight_start(flight, ingest);	what was gathered takes off, ingest goes on
 *	...
 *	if (flight_has_landed(flight))
 *		r = flight_end(flight);		how it went
 *
 * Invariants
 *  - At most one is up. The connection is the thread's from flight_start() to flight_end(): nobody
 *    else uses the store meanwhile.
 *  - What is up is apart from what is gathered (ingest_freeze()): neither thread sees the other's.
 *  - It is one attempt. Of what failed nobody here knows whether it is there: all that was gathered
 *    is to be dropped then, and PostgreSQL asked how far each partition was read.
 *
 * Life cycle: flight_new() -> (flight_start() -> flight_end())* -> flight_free().
 */
#ifndef AGGREGATOR_LOOP_FLIGHT_H
#define AGGREGATOR_LOOP_FLIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "aggregator/loop/load.h"
#include "aggregator/rollup/ingest.h"
#include "aggregator/store/store.h"
#include "common/clock.h"

struct flight;

/* -ENOMEM, or what keeps a thread from being made. Clock and store are borrowed. */
int flight_new(struct store *store, const struct clock *clock, const struct ingest_limits *limits,
	struct flight **ret);

/* None is up. */
void flight_free(struct flight *flight);

/* None is up, and nothing of @ingest is held back. -ENOMEM: nothing changed. */
int flight_start(struct flight *flight, struct ingest *ingest);

bool flight_is_up(const struct flight *flight);

/* ... and is done with, so that flight_end() does not wait. */
bool flight_has_landed(struct flight *flight);

/* Wait for it. As load_commit(). */
int flight_end(struct flight *flight);

/* What was up last, until the next one. */
struct load *flight_load(struct flight *flight);

/* Of the last one. */
int64_t flight_spent_usec(const struct flight *flight);

#endif
