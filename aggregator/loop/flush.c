/* Commits: when PostgreSQL answers, when it does not, and when nobody knows whether it did. */
#include "aggregator/loop/flush.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "common/log.h"

#define MOST_MESSAGES 100000 /* watermarks and gaps are memory, too */

static const struct outage_backoff commit_backoff = {100 * 1000, 5 * 1000 * 1000};

void flush_init(struct flush *flush, const struct config *config, const struct clock *clock,
	struct consume *consume, struct store *store, struct ingest *ingest)
{
	*flush = (struct flush){.config = config,
		.clock = clock,
		.consume = consume,
		.store = store,
		.ingest = ingest,
		.most_messages = MOST_MESSAGES,
		.totals.last_usec = clock_realtime_usec(clock)};
}

static bool is_full(const struct flush *flush)
{
	const struct ingest *ingest = flush->ingest;

	return flush->single_commits_left > 0 ||
	       rollup_keys(&ingest->rollup) >= flush->config->flush_keys ||
	       rollup_used_bytes(&ingest->rollup) >= flush->config->flush_memory / 2 ||
	       ingest->payloads.size >= INGEST_MAX_REFUSED_BYTES / 2 ||
	       ingest->pending_messages >= flush->most_messages;
}

bool flush_is_due(struct flush *flush, int64_t now_usec)
{
	if (!ingest_has_pending(flush->ingest))
		return false;
	if (flush->gathered_since_usec == 0)
		flush->gathered_since_usec = now_usec;
	return flush_idle_usec(flush, now_usec) == 0 || is_full(flush);
}

int64_t flush_idle_usec(const struct flush *flush, int64_t now_usec)
{
	int64_t left;

	if (flush->gathered_since_usec == 0)
		return INT64_MAX;
	left = flush->gathered_since_usec + flush->config->flush_interval - now_usec;
	return left > 0 ? left : 0;
}

void flush_drop(struct flush *flush)
{
	ingest_drop(flush->ingest);
	flush->gathered_since_usec = 0;
}

/* For lag tools. Memory for the list is all it may fail on. */
static void commit_to_kafka(struct flush *flush)
{
	const struct ingest *ingest = flush->ingest;
	struct topic_partition_offset *at = calloc(ingest->n_partitions, sizeof(*at));
	size_t count = 0;

	for (size_t i = 0; at && i < ingest->n_partitions; i++)
		if (ingest->partition[i].next_offset != ingest->partition[i].committed_offset)
			at[count++] = (struct topic_partition_offset){ingest->partition[i].topic,
				ingest->partition[i].partition, ingest->partition[i].next_offset};
	if (count > 0)
		consume_commit(flush->consume, at, count);
	free(at);
}

static void note_failure(struct flush *flush)
{
	const char *reason = store_error(flush->store);
	char quoted[LOG_QUOTED_SIZE];

	flush->totals.failures++;
	if (outage_failed(
		    &flush->outage, &commit_backoff, clock_monotonic_usec(flush->clock), reason))
		log_event(LOG_PRIORITY_WARNING, "postgres_away", "act=commit reason=%s",
			log_quote(quoted, reason));
}

static void note_committed(struct flush *flush)
{
	commit_to_kafka(flush);
	flush->totals.commits++;
	flush->totals.keys += rollup_keys(&flush->ingest->rollup);
	flush->totals.last_usec = clock_realtime_usec(flush->clock);
	ingest_commit(flush->ingest);
	flush->gathered_since_usec = 0;
	if (flush->single_commits_left > 0)
		flush->single_commits_left--;
	flush->most_messages *= 2; /* it was halved when a commit was too large */
	if (flush->most_messages > MOST_MESSAGES)
		flush->most_messages = MOST_MESSAGES;
	if (outage_over(&flush->outage))
		log_event(LOG_PRIORITY_NOTICE, "postgres_back", "act=commit%s", "");
}

static struct ingest_partition *only_pending(struct ingest *ingest)
{
	for (size_t i = 0; i < ingest->n_partitions; i++)
		if (ingest->partition[i].next_offset != ingest->partition[i].committed_offset)
			return &ingest->partition[i];
	return NULL;
}

/*
 * The database refuses a value. Read the same messages again and commit them one by one, so that
 * the one it refuses is found and kept in quarantine.
 */
static void search_poison(struct flush *flush)
{
	const uint64_t messages = flush->ingest->pending_messages;
	char quoted[LOG_QUOTED_SIZE];

	log_event(LOG_PRIORITY_WARNING, "value_refused", "messages=%" PRIu64 " reason=%s", messages,
		log_quote(quoted, store_error(flush->store)));
	if (messages == 1)
		(void)ingest_mark_poison(
			flush->ingest, only_pending(flush->ingest)); /* no memory: found again */
	else
		flush->single_commits_left = messages;
}

/* It took the server too long, or too much memory: half of it may pass. */
static int halve(struct flush *flush)
{
	const uint64_t messages = flush->ingest->pending_messages;

	store_disconnect(flush->store);
	if (messages <= 1)
		return -EAGAIN;
	flush->most_messages = messages / 2;
	log_event(LOG_PRIORITY_WARNING, "commit_halved", "messages=%" PRIu64, messages);
	return -EBADMSG;
}

static int write_all(struct flush *flush)
{
	const int64_t before = clock_monotonic_usec(flush->clock);
	int r = store_flush(flush->store, flush->ingest);

	flush->totals.spent_usec += clock_monotonic_usec(flush->clock) - before;
	return r;
}

int flush_commit(struct flush *flush)
{
	int r;

	if (!store_is_connected(flush->store))
		return -ECONNRESET;
	r = write_all(flush);
	switch (r) {
	case 0:
		note_committed(flush);
		return 0;
	case -ESTALE:
		return r;
	case -EBADMSG:
		search_poison(flush);
		return r;
	case -E2BIG:
		note_failure(flush);
		return halve(flush);
	case -ECONNRESET:
		note_failure(flush);
		return r;
	default:
		note_failure(flush);
		store_disconnect(flush->store);
		return -EAGAIN;
	}
}

int flush_resolve(struct flush *flush)
{
	bool was_committed = false;
	int r = 0;

	if (!store_is_connected(flush->store))
		r = store_connect(flush->store);
	if (r == 0)
		r = store_resolve(flush->store, flush->ingest, &was_committed);
	if (r == 0 && was_committed)
		note_committed(flush);
	if (r == 0)
		return was_committed ? 0 : -EAGAIN;
	if (r == -ESTALE || r == -EPROTONOSUPPORT)
		return r;
	note_failure(flush);
	store_disconnect(flush->store);
	return -ECONNRESET;
}

void flush_commit_or_drop(struct flush *flush, bool is_possible)
{
	char quoted[LOG_QUOTED_SIZE];
	int r = -ENOTCONN;

	if (ingest_has_pending(flush->ingest)) {
		if (is_possible && store_is_connected(flush->store))
			r = write_all(flush);
		if (r == 0)
			note_committed(flush);
		else
			log_event(LOG_PRIORITY_WARNING, "dropped", "keys=%zu reason=%s",
				rollup_keys(&flush->ingest->rollup),
				log_quote(quoted, store_error(flush->store)));
	}
	flush_drop(flush);
}
