/* Waits for one thing at a time and hands it on: the order of events is the order of the code. */
#include "aggregator/loop/aggregate.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "aggregator/loop/private.h"
#include "common/log.h"

#define POLL_MOST_MSEC	     200
#define SUSPECT_EVERY_USEC   (10 * 1000 * 1000)
#define UNCOMMITTED_MESSAGES 100000 /* watermarks and gaps are memory, too */

/* Partitions go away. */
static void on_revoke(void *context, bool lost)
{
	struct aggregate *aggregate = context;

	aggregate->has_grant = false;
	log_event(LOG_PRIORITY_INFO, "revoked", "partitions=%zu lost=%d",
		aggregate->ingest->n_partitions, lost);
	if (lost)
		ingest_drop(aggregate->ingest);
	aggregate_flush_or_drop(aggregate);
}

static int make_ingest(struct aggregate *aggregate)
{
	struct ingest_limits limits = {
		.max_age_usec = aggregate->config->max_age,
		.max_future_usec = aggregate->config->max_future,
		.rollup_bytes = aggregate->config->flush_memory,
	};

	if (getrandom(&limits.seed, sizeof(limits.seed), 0) != sizeof(limits.seed))
		return -errno;
	return ingest_new(aggregate->clock, &limits, &aggregate->ingest);
}

static int make_parts(struct aggregate *aggregate, char *ret_error, size_t error_size)
{
	const struct consume_handler handler = {on_revoke, aggregate};
	const struct consume_options options = {
		.group_id = aggregate->config->group_id,
		.want_ends = aggregate->config->exit_when_caught_up,
		.kafka = &aggregate->config->kafka,
	};
	int r;

	r = make_ingest(aggregate);
	if (r < 0)
		return r;
	r = store_new(aggregate->config->postgres, aggregate->config->postgres_timeout,
		aggregate->clock, &aggregate->store);
	if (r < 0)
		return r;
	return consume_new(&options, &handler, ret_error, error_size, &aggregate->consume);
}

int aggregate_new(const struct config *config, const struct clock *clock,
	const volatile sig_atomic_t *stop, char *ret_error, size_t error_size,
	struct aggregate **ret)
{
	struct aggregate *aggregate = calloc(1, sizeof(*aggregate));
	int r;

	(void)snprintf(ret_error, error_size, "out of memory"); /* fits */
	if (!aggregate)
		return -ENOMEM;
	aggregate->config = config;
	aggregate->clock = clock;
	aggregate->stop = stop;
	r = make_parts(aggregate, ret_error, error_size);
	if (r < 0) {
		aggregate_free(aggregate);
		return r;
	}
	aggregate->stats_usec = aggregate_now(aggregate) + config->stats_interval;
	*ret = aggregate;
	return 0;
}

void aggregate_free(struct aggregate *aggregate)
{
	if (!aggregate)
		return;
	consume_free(aggregate->consume);
	store_free(aggregate->store);
	ingest_free(aggregate->ingest);
	free(aggregate);
}

/* Is a commit due before its time, or every message on its own? */
static bool is_full(const struct aggregate *aggregate)
{
	const struct ingest *ingest = aggregate->ingest;

	return aggregate->careful > 0 ||
	       rollup_keys(&ingest->rollup) >= aggregate->config->flush_keys ||
	       rollup_used_bytes(&ingest->rollup) >= aggregate->config->flush_memory / 2 ||
	       ingest->payloads.size >= INGEST_MAX_REFUSED_BYTES / 2 ||
	       ingest->counters.messages - aggregate->messages_at_flush >= UNCOMMITTED_MESSAGES;
}

static void on_message(struct aggregate *aggregate, const struct consume_message *message)
{
	struct ingest_partition *partition =
		ingest_find_partition(aggregate->ingest, message->topic, message->partition);
	int r;

	if (!partition)
		return;
	while ((r = ingest_message(aggregate->ingest, partition, message->offset, message->value,
			message->size)) == -EAGAIN)
		if (!aggregate_flush(aggregate))
			return;
	if (r == -ESTALE) {
		aggregate_stop_partition(aggregate, partition,
			"the last record read is not there any more: truncated or made anew");
		return;
	}
	if (r < 0) {
		aggregate_stop_partition(aggregate, partition, strerror(-r));
		return;
	}
	if (aggregate->dirty_since_usec == 0)
		aggregate->dirty_since_usec = aggregate_now(aggregate);
	if (!is_full(aggregate))
		return;
	if (aggregate_flush(aggregate) && aggregate->careful > 0)
		aggregate->careful--;
}

static void on_out_of_range(struct aggregate *aggregate, const struct consume_message *message)
{
	struct ingest_partition *partition =
		ingest_find_partition(aggregate->ingest, message->topic, message->partition);

	if (partition)
		aggregate_stop_partition(aggregate, partition,
			"the next record is not there: deleted, truncated or made anew");
}

/* A topic of ours was deleted: look at all positions again, but not at every complaint. */
static void on_suspect(struct aggregate *aggregate)
{
	if (aggregate->ingest->n_partitions == 0 ||
		aggregate_now(aggregate) - aggregate->suspect_usec < SUSPECT_EVERY_USEC)
		return;
	aggregate->suspect_usec = aggregate_now(aggregate);
	if (aggregate_flush(aggregate))
		aggregate->has_grant = true;
}

static void on_end(struct aggregate *aggregate, const struct consume_message *message)
{
	struct ingest_partition *partition =
		ingest_find_partition(aggregate->ingest, message->topic, message->partition);

	if (partition)
		partition->at_end = true;
}

static void rejoin(struct aggregate *aggregate)
{
	if (aggregate_now(aggregate) < aggregate->rejoin_backoff.until_usec)
		return;
	if (consume_subscribe(aggregate->consume) == 0)
		aggregate->is_outside = false;
}

static void report(struct aggregate *aggregate)
{
	const struct ingest *ingest = aggregate->ingest;
	const struct ingest_counters *now = &ingest->counters;
	const struct ingest_counters *then = &aggregate->reported;
	uint64_t lag = 0;

	for (size_t i = 0; i < ingest->n_partitions; i++)
		lag += consume_lag(aggregate->consume,
			&(struct consume_place){ingest->partition[i].topic,
				ingest->partition[i].partition, ingest->partition[i].next_offset});
	log_event(LOG_PRIORITY_INFO, "stats",
		"messages=%" PRIu64 " rows=%" PRIu64 " duplicates=%" PRIu64 " quarantined=%" PRIu64
		" gaps=%" PRIu64 " flushes=%" PRIu64 " partitions=%zu lag=%" PRIu64,
		now->messages - then->messages, now->rows - then->rows,
		now->duplicates - then->duplicates, now->refused - then->refused,
		now->gaps - then->gaps, aggregate->flushes, ingest->n_partitions, lag);
	aggregate->reported = *now;
	aggregate->flushes = 0;
	aggregate->stats_usec = aggregate_now(aggregate) + aggregate->config->stats_interval;
}

/* How long nothing is due. */
static int idle_msec(const struct aggregate *aggregate)
{
	int64_t left = POLL_MOST_MSEC * 1000;
	int64_t due;

	if (aggregate->dirty_since_usec) {
		due = aggregate->dirty_since_usec + aggregate->config->flush_interval -
		      aggregate_now(aggregate);
		left = due < left ? due : left;
	}
	return left <= 0 ? 0 : (int)((left + 999) / 1000);
}

static int wait_for_event(struct aggregate *aggregate)
{
	struct consume_message message;

	switch (consume_poll(aggregate->consume, idle_msec(aggregate), &message)) {
	case CONSUME_EVENT_NONE:
		break;
	case CONSUME_EVENT_MESSAGE:
		on_message(aggregate, &message);
		break;
	case CONSUME_EVENT_END:
		on_end(aggregate, &message);
		break;
	case CONSUME_EVENT_OUT_OF_RANGE:
		on_out_of_range(aggregate, &message);
		break;
	case CONSUME_EVENT_ASSIGN:
		aggregate->has_grant = true;
		break;
	case CONSUME_EVENT_SUSPECT:
		on_suspect(aggregate);
		break;
	case CONSUME_EVENT_FATAL:
		return -EIO;
	}
	return 0;
}

static bool is_caught_up(const struct aggregate *aggregate)
{
	const struct ingest *ingest = aggregate->ingest;

	if (!aggregate->has_taken || aggregate->has_grant || aggregate->is_outside)
		return false;
	for (size_t i = 0; i < ingest->n_partitions; i++)
		if (!ingest->partition[i].at_end && !ingest->partition[i].stopped)
			return false;
	return true;
}

static int step(struct aggregate *aggregate)
{
	int r;

	if (aggregate->is_outside)
		rejoin(aggregate);
	if (aggregate->has_grant)
		aggregate_take_over(aggregate);
	r = wait_for_event(aggregate);
	if (r < 0)
		return r;
	if (aggregate->dirty_since_usec && aggregate_now(aggregate) - aggregate->dirty_since_usec >=
						   aggregate->config->flush_interval)
		(void)aggregate_flush(aggregate); /* it has dealt with every outcome */
	if (aggregate_now(aggregate) >= aggregate->stats_usec)
		report(aggregate);
	return 0;
}

int aggregate_run(struct aggregate *aggregate)
{
	aggregate->is_outside = true;
	while (!*aggregate->stop) {
		int r = step(aggregate);

		if (r < 0)
			return r;
		if (!aggregate->config->exit_when_caught_up || !is_caught_up(aggregate))
			continue;
		if (aggregate_flush(aggregate))
			return aggregate->has_stopped ? -ENOENT : 0;
	}
	return 0;
}

void aggregate_close(struct aggregate *aggregate)
{
	aggregate_flush_or_drop(aggregate);
	consume_close(aggregate->consume);
	report(aggregate);
}
