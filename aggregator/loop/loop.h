/*
 * The main loop: Kafka in, PostgreSQL out, and what to do when either is away.
 *
 * Invariants
 *  - Which of its states it is in, and what may follow, stands in loop/state.h alone.
 *  - While a commit is due and PostgreSQL is away nothing is read: memory stays bounded.
 *  - What was gathered for partitions that are not ours any more is dropped, never committed late.
 *
 * Life cycle: loop_new() -> loop_run() -> loop_close() -> loop_free().
 */
#ifndef AGGREGATOR_LOOP_LOOP_H
#define AGGREGATOR_LOOP_LOOP_H

#include <signal.h>
#include <stddef.h>

#include "aggregator/config.h"
#include "common/clock.h"

struct loop;

/* What signals ask for. */
struct loop_orders {
	const volatile sig_atomic_t *stop;
	volatile sig_atomic_t *reload; /* taken back when it was seen; then @reread is called */
	void (*reread)(void *context); /* the configuration, in place */
	void *context;
};

/* -EINVAL, or whatever keeps metrics_listen from being had, with the reason in @ret_error; -ENOMEM.
 * Config and clock are borrowed, @orders copied. */
int loop_new(const struct config *config, const struct clock *clock,
	const struct loop_orders *orders, char *ret_error, size_t error_size, struct loop **ret);

/*
 * Run until *stop, or until caught up if so configured. 0, also when some partitions were stopped;
 * -ENOENT: caught up except for stopped partitions; -EIO: Kafka's client gave up;
 * -EPROTONOSUPPORT: the database is not what this program needs. The last two were logged.
 */
int loop_run(struct loop *loop);

/* Commit what can be committed, then leave the group. */
void loop_close(struct loop *loop);

/* May hang in librdkafka, see consume_free(). */
void loop_free(struct loop *loop);

#endif
