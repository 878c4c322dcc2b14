/* Commits: when PostgreSQL answers, when it does not, and when nobody knows whether it did. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>

#include "aggregator/loop/private.h"
#include "common/log.h"

#define STORE_BACKOFF_FIRST_USEC  (100 * 1000)
#define STORE_BACKOFF_MOST_USEC	  (5 * 1000 * 1000)
#define REJOIN_BACKOFF_FIRST_USEC (1000 * 1000)
#define REJOIN_BACKOFF_MOST_USEC  (30 * 1000 * 1000)
#define NAP_MSEC		  100

void aggregate_back_off(
	struct aggregate *aggregate, struct backoff *backoff, int64_t first_usec, int64_t most_usec)
{
	if (backoff->next_usec < first_usec)
		backoff->next_usec = first_usec;
	backoff->until_usec = aggregate_now(aggregate) + backoff->next_usec;
	backoff->next_usec *= 2;
	if (backoff->next_usec > most_usec)
		backoff->next_usec = most_usec;
}

void aggregate_note_failure(struct aggregate *aggregate, const char *what)
{
	char quoted[LOG_QUOTED_SIZE];

	aggregate_back_off(aggregate, &aggregate->store_backoff, STORE_BACKOFF_FIRST_USEC,
		STORE_BACKOFF_MOST_USEC);
	if (aggregate->is_away)
		return;
	aggregate->is_away = true;
	log_event(LOG_PRIORITY_WARNING, "postgres_away", "act=%s reason=%s", what,
		log_quote(quoted, store_error(aggregate->store)));
}

void aggregate_note_success(struct aggregate *aggregate)
{
	aggregate->store_backoff = (struct backoff){0};
	if (!aggregate->is_away)
		return;
	aggregate->is_away = false;
	log_event(LOG_PRIORITY_NOTICE, "postgres_back", "gathered=%zu",
		rollup_keys(&aggregate->ingest->rollup));
}

static void forget(struct aggregate *aggregate)
{
	ingest_drop(aggregate->ingest);
	aggregate->dirty_since_usec = 0;
	aggregate->is_in_doubt = false;
}

/* Tell lag tools. Memory for the list is all it may fail on. */
static void commit_to_kafka(struct aggregate *aggregate)
{
	const struct ingest *ingest = aggregate->ingest;
	struct consume_place *place = calloc(ingest->n_partitions, sizeof(*place));
	size_t count = 0;

	for (size_t i = 0; place && i < ingest->n_partitions; i++)
		if (ingest->partition[i].next_offset != ingest->partition[i].committed_offset)
			place[count++] = (struct consume_place){ingest->partition[i].topic,
				ingest->partition[i].partition, ingest->partition[i].next_offset};
	if (count > 0)
		consume_commit(aggregate->consume, place, count);
	free(place);
}

static void committed(struct aggregate *aggregate)
{
	commit_to_kafka(aggregate);
	ingest_commit(aggregate->ingest);
	aggregate->dirty_since_usec = 0;
	aggregate->is_in_doubt = false;
	aggregate->rejoin_backoff = (struct backoff){0};
	aggregate->flushes++;
	aggregate->messages_at_flush = aggregate->ingest->counters.messages;
	aggregate_note_success(aggregate);
}

/* Another process owns a partition of ours: forget everything and come back later. */
static void leave_group(struct aggregate *aggregate)
{
	char quoted[LOG_QUOTED_SIZE];

	log_event(LOG_PRIORITY_WARNING, "fenced", "dropped=%zu reason=%s",
		rollup_keys(&aggregate->ingest->rollup),
		log_quote(quoted, store_error(aggregate->store)));
	forget(aggregate);
	aggregate->has_grant = false;
	aggregate->is_outside = true;
	aggregate_back_off(aggregate, &aggregate->rejoin_backoff, REJOIN_BACKOFF_FIRST_USEC,
		REJOIN_BACKOFF_MOST_USEC);
	consume_unsubscribe(aggregate->consume);
}

/* The partition of the only message gathered, or NULL when there are more. */
static struct ingest_partition *only_one(struct aggregate *aggregate)
{
	struct ingest *ingest = aggregate->ingest;

	if (ingest->counters.messages != aggregate->messages_at_flush + 1)
		return NULL;
	for (size_t i = 0; i < ingest->n_partitions; i++)
		if (ingest->partition[i].next_offset != ingest->partition[i].committed_offset)
			return &ingest->partition[i];
	return NULL;
}

/*
 * The database refuses a value. Read the same messages again and commit them one by one, so that
 * the one it refuses is found and kept in quarantine.
 */
static void search_poison(struct aggregate *aggregate)
{
	struct ingest_partition *partition = only_one(aggregate);
	char quoted[LOG_QUOTED_SIZE];

	log_event(LOG_PRIORITY_WARNING, "value_refused", "messages=%" PRIu64 " reason=%s",
		aggregate->ingest->counters.messages - aggregate->messages_at_flush,
		log_quote(quoted, store_error(aggregate->store)));
	if (partition)
		(void)ingest_condemn(aggregate->ingest, partition); /* no memory: found again */
	else
		aggregate->careful =
			aggregate->ingest->counters.messages - aggregate->messages_at_flush;
	forget(aggregate);
	aggregate->has_grant = true; /* the group still gives us the same */
}

static int attempt(struct aggregate *aggregate)
{
	bool was_committed = false;
	int r;

	if (!store_is_connected(aggregate->store)) {
		r = store_connect(aggregate->store);
		if (r < 0)
			return r;
	}
	if (aggregate->is_in_doubt) {
		r = store_resolve(aggregate->store, aggregate->ingest, &was_committed);
		if (r < 0)
			return r;
		aggregate->is_in_doubt = false;
		if (was_committed)
			return 0;
	}
	r = store_flush(aggregate->store, aggregate->ingest);
	if (r == -ECONNRESET)
		aggregate->is_in_doubt = true;
	return r;
}

/* Until the next attempt is due, or the program is to end. */
static bool nap(struct aggregate *aggregate)
{
	while (!*aggregate->stop && aggregate_now(aggregate) < aggregate->store_backoff.until_usec)
		(void)poll(NULL, 0, NAP_MSEC); /* interrupted by a signal: looked at above */
	return !*aggregate->stop;
}

bool aggregate_flush(struct aggregate *aggregate)
{
	if (!ingest_is_dirty(aggregate->ingest))
		return true;
	do {
		int r = attempt(aggregate);

		switch (r) {
		case 0:
			committed(aggregate);
			return true;
		case -ESTALE:
			leave_group(aggregate);
			return false;
		case -EBADMSG:
			search_poison(aggregate);
			return false;
		default:
			aggregate_note_failure(aggregate, "flush");
		}
	} while (nap(aggregate));
	return false;
}

void aggregate_flush_or_drop(struct aggregate *aggregate)
{
	char quoted[LOG_QUOTED_SIZE];
	int r = -ENOTCONN;

	if (!ingest_is_dirty(aggregate->ingest)) {
		forget(aggregate);
		return;
	}
	if (store_is_connected(aggregate->store) && !aggregate->is_in_doubt)
		r = store_flush(aggregate->store, aggregate->ingest);
	if (r == 0)
		committed(aggregate);
	else
		log_event(LOG_PRIORITY_WARNING, "dropped", "keys=%zu reason=%s",
			rollup_keys(&aggregate->ingest->rollup),
			log_quote(quoted, store_error(aggregate->store)));
	forget(aggregate);
}
