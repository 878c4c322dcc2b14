/*
 * The main loop: Kafka in, PostgreSQL out, and what to do when either is away.
 *
 * Invariants
 *  - While a commit is due and PostgreSQL is away nothing is read: memory stays bounded.
 *  - What was gathered for partitions that are not ours any more is dropped, never committed late.
 *  - A partition whose records are not the ones that were there before is not read.
 *
 * Life cycle: aggregate_new() -> aggregate_run() -> aggregate_close() -> aggregate_free().
 */
#ifndef AGGREGATOR_LOOP_AGGREGATE_H
#define AGGREGATOR_LOOP_AGGREGATE_H

#include <signal.h>
#include <stddef.h>

#include "aggregator/config.h"
#include "common/clock.h"

struct aggregate;

/* -EINVAL with the reason in @ret_error; -ENOMEM. Config, clock and @stop are borrowed. */
int aggregate_new(const struct config *config, const struct clock *clock,
	const volatile sig_atomic_t *stop, char *ret_error, size_t error_size,
	struct aggregate **ret);

/*
 * Run until *stop, or until caught up if so configured. 0, also when some partitions were stopped;
 * -EIO when Kafka's client gave up; -ENOENT when caught up except for stopped partitions.
 */
int aggregate_run(struct aggregate *aggregate);

/* Commit what can be committed, then leave the group. */
void aggregate_close(struct aggregate *aggregate);

/* May hang in librdkafka, see consume_free(). */
void aggregate_free(struct aggregate *aggregate);

#endif
