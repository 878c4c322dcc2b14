/* What the loop is made of, and in which order. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "aggregator/loop/private.h"

/* What is gathered, and what is being committed, which has as much memory. */
static int make_ingest(struct loop *loop)
{
	struct ingest_limits limits = {
		.max_age_usec = loop->config->max_age,
		.max_future_usec = loop->config->max_future,
		.rollup_bytes = loop->config->flush_memory / 2,
	};
	int r;

	if (getrandom(&limits.seed, sizeof(limits.seed), 0) != sizeof(limits.seed))
		return -errno;
	r = ingest_new(loop->clock, &limits, &loop->ingest);
	if (r == 0 && loop->config->flush_thread)
		r = flight_new(loop->store, loop->clock, &limits, &loop->flight);
	return r;
}

static int load_until(struct loop *loop, char *ret_error, size_t error_size)
{
	const int r = until_load(loop->config->read_until, &loop->until);

	if (r < 0)
		(void)snprintf(ret_error, error_size, "option \"read_until\": \"%s\": %s",
			loop->config->read_until,
			r == -EBADMSG ? "not lines of a topic, a partition and an offset"
				      : strerror(-r)); /* cut to fit */
	return r;
}

static int make_parts(struct loop *loop, char *ret_error, size_t error_size)
{
	const struct consume_handler handler = {loop_on_revoke, loop};
	const struct consume_options options = {
		.group_id = loop->config->group_id,
		.want_ends = loop->config->exit_when_caught_up,
		.kafka = &loop->config->kafka,
	};
	int r;

	r = load_until(loop, ret_error, error_size);
	if (r < 0)
		return r;
	r = store_new(
		loop->config->postgres, loop->config->postgres_timeout, loop->clock, &loop->store);
	if (r < 0)
		return r;
	r = make_ingest(loop);
	if (r < 0)
		return r;
	return consume_new(&options, &handler, ret_error, error_size, &loop->consume);
}

static int make_figures(struct loop *loop, char *ret_error, size_t error_size)
{
	int r;

	loop->figures = (struct figures){.config = loop->config,
		.clock = loop->clock,
		.consume = loop->consume,
		.ingest = loop->ingest,
		.flush = &loop->flush,
		.takeover = &loop->takeover};
	r = figures_init(&loop->figures);
	if (r < 0)
		(void)snprintf(ret_error, error_size, "option \"metrics_listen\": \"%s\": %s",
			loop->config->metrics_listen, endpoint_error_text(r)); /* cut to fit */
	return r;
}

int loop_new(const struct config *config, const struct clock *clock,
	const struct loop_orders *orders, char *ret_error, size_t error_size, struct loop **ret)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	int r;

	(void)snprintf(ret_error, error_size, "out of memory"); /* fits */
	if (!loop)
		return -ENOMEM;
	loop->config = config;
	loop->clock = clock;
	loop->orders = *orders;
	r = make_parts(loop, ret_error, error_size);
	if (r < 0) {
		loop_free(loop);
		return r;
	}
	flush_init(&loop->flush, config, clock, loop->consume, loop->store, loop->ingest,
		&loop->takeover);
	loop->flush.in_hand = &loop->message;
	loop->flush.flight = loop->flight;
	takeover_init(&loop->takeover, clock, loop->consume, loop->store, loop->ingest);
	loop->state = LOOP_STATE_HAS_LEFT_GROUP;
	r = make_figures(loop, ret_error, error_size);
	if (r < 0) {
		loop_free(loop);
		return r;
	}
	*ret = loop;
	return 0;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	figures_release(&loop->figures);
	consume_free(loop->consume);
	takeover_release(&loop->takeover);
	flight_free(loop->flight);
	store_free(loop->store);
	ingest_free(loop->ingest);
	until_release(&loop->until);
	free(loop);
}
