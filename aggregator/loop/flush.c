/* Commits: when PostgreSQL answers, when it does not, and when nobody knows whether it did. */
#include "aggregator/loop/flush.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/loop/lag.h"
#include "aggregator/loop/refusal.h"
#include "aggregator/rollup/part.h"
#include "common/log.h"

#define MOST_MESSAGES 100000 /* watermarks and gaps are memory, too */

#define NOTE_AFTER_USEC	 (30 * 1000 * 1000)
#define BEHIND_INTERVALS 5 /* between commits while there is a backlog */

/* After a commit that nobody waited for was undone so many are waited for: */
#define LEAST_CAUTION 16
#define MOST_CAUTION  1024

static const struct outage_backoff commit_backoff = {100 * 1000, 5 * 1000 * 1000};

void flush_init(struct flush *flush, const struct config *config, const struct clock *clock,
	struct consume *consume, struct store *store, struct ingest *ingest,
	struct takeover *takeover)
{
	*flush = (struct flush){.config = config,
		.clock = clock,
		.consume = consume,
		.store = store,
		.ingest = ingest,
		.takeover = takeover,
		.most_messages = MOST_MESSAGES,
		.next_caution = LEAST_CAUTION,
		.totals.last_usec = clock_realtime_usec(clock)};
}

static bool is_under_way(const struct flush *flush)
{
	return flush->flight && flight_is_up(flush->flight);
}

static bool is_full(const struct flush *flush)
{
	const struct ingest *ingest = flush->ingest;

	return rollup_keys(&ingest->rollup) >= flush->config->flush_keys ||
	       rollup_used_bytes(&ingest->rollup) >= ingest->limits.rollup_bytes / 4 * 3 ||
	       ingest->payloads.size >= INGEST_MAX_REFUSED_BYTES / 2 ||
	       ingest->pending_messages >= flush->most_messages;
}

/* More is to be read than was since the last commit: it will be of the same keys, mostly. */
static bool is_behind(const struct flush *flush)
{
	return lag_of_all(flush->consume, flush->ingest) > flush->ingest->pending_messages;
}

static int64_t due_usec(const struct flush *flush)
{
	return flush->gathered_since_usec + flush->intervals * flush->config->flush_interval;
}

/* The interval has passed; while there is a backlog, several have. */
static bool is_due_by_time(struct flush *flush, int64_t now_usec)
{
	while (now_usec >= due_usec(flush)) {
		if (flush->intervals >= BEHIND_INTERVALS || !is_behind(flush))
			return true;
		flush->intervals++;
	}
	return false;
}

bool flush_is_due(struct flush *flush, int64_t now_usec)
{
	if (!ingest_has_pending(flush->ingest))
		return false;
	if (flush->gathered_since_usec == 0) {
		flush->gathered_since_usec = now_usec;
		flush->intervals = 1;
	}
	if (is_full(flush))
		return true;
	return !is_under_way(flush) && is_due_by_time(flush, now_usec);
}

int64_t flush_idle_usec(const struct flush *flush, int64_t now_usec)
{
	int64_t left;

	if (flush->gathered_since_usec == 0 || is_under_way(flush))
		return INT64_MAX;
	left = due_usec(flush) - now_usec;
	return left > 0 ? left : 0;
}

void flush_drop(struct flush *flush)
{
	(void)flush_settle(flush); /* whatever became of it */
	ingest_drop(flush->ingest);
	flush->gathered_since_usec = 0;
}

/* For lag tools. Memory for the list is all it may fail on. */
static void commit_to_kafka(struct flush *flush)
{
	const struct ingest *ingest = flush->ingest;
	struct topic_partition_offset *at = calloc(ingest->n_partitions, sizeof(*at));
	size_t count = 0;

	for (size_t i = 0; at && i < ingest->n_partitions; i++) {
		struct ingest_partition *partition = &ingest->partition[i];

		if (partition->told_offset == partition->committed_offset)
			continue;
		partition->told_offset = partition->committed_offset;
		at[count++] = (struct topic_partition_offset){
			partition->topic, partition->partition, partition->committed_offset};
	}
	if (count > 0)
		consume_commit(flush->consume, at, count);
	free(at);
}

static void note_failure(struct flush *flush)
{
	const char *reason = store_error(flush->store);
	const int64_t now = clock_monotonic_usec(flush->clock);
	char quoted[LOG_QUOTED_SIZE];

	flush->totals.failures++;
	if (!flush->outage.is_on)
		flush->failing_since_usec = now;
	if (outage_failed(&flush->outage, &commit_backoff, now, reason))
		log_event(LOG_PRIORITY_WARNING, "postgres_away", "act=commit reason=%s",
			log_quote(quoted, reason));
}

/*
 * The server answers, and refuses the commit for half a minute (a renamed column, a
 * statement_timeout of milliseconds): hubmeter doctor shows it. A commit clears it.
 */
static void note_in_database(struct flush *flush)
{
	const struct ingest *ingest = flush->ingest;
	char reason[OUTAGE_REASON_SIZE + 16];

	if (!flush->outage.is_on || flush->is_noted ||
		clock_monotonic_usec(flush->clock) - flush->failing_since_usec < NOTE_AFTER_USEC)
		return;
	(void)snprintf(reason, sizeof(reason), "not committed: %s", flush->outage.reason); /* cut */
	flush->is_noted = true;
	for (size_t i = 0; i < ingest->n_partitions && store_is_connected(flush->store); i++)
		if (ingest_is_in_commit(&ingest->partition[i]))
			(void)store_note_waiting(flush->store, ingest->partition[i].topic,
				ingest->partition[i].partition,
				reason); /* the log has it as well */
}

/* The next part, or all is done. */
static int go_on(struct flush *flush)
{
	if (part_next(flush->ingest))
		return -EAGAIN;
	flush->gathered_since_usec = 0;
	return 0;
}

static void count_commit(struct flush *flush, size_t keys)
{
	commit_to_kafka(flush);
	flush->totals.commits++;
	flush->totals.keys += keys;
	flush->totals.last_usec = clock_realtime_usec(flush->clock);
	flush->is_noted = false;
}

static int note_committed(struct flush *flush)
{
	/* of a part only some are: not counted */
	const size_t keys = flush->ingest->is_parted ? 0 : rollup_keys(&flush->ingest->rollup);

	refusal_note_clean(flush->ingest);
	ingest_commit(flush->ingest);
	count_commit(flush, keys);
	flush->most_messages *= 2; /* it was halved when a commit was too large */
	if (flush->most_messages > MOST_MESSAGES)
		flush->most_messages = MOST_MESSAGES;
	if (flush->caution > 0)
		flush->caution--;
	if (outage_over(&flush->outage))
		log_event(LOG_PRIORITY_NOTICE, "postgres_back", "act=commit%s", "");
	return go_on(flush);
}

/* Find out whose it is, and go on without it. */
static int refused(struct flush *flush, int r)
{
	if (part_hold_half(flush->ingest))
		return -EAGAIN;
	if (r == -EREMCHG)
		refusal_look_again(flush);
	else
		refusal_set_aside(flush, r);
	return go_on(flush);
}

/* It took the server too long, or too much memory: less of it may pass. */
static int too_large(struct flush *flush)
{
	int r;

	note_failure(flush);
	if (flush->ingest->pending_messages > 1)
		flush->most_messages = flush->ingest->pending_messages / 2;
	r = refused(flush, -E2BIG);
	store_disconnect(flush->store);
	return r;
}

static int write_all(struct flush *flush)
{
	const int64_t before = clock_monotonic_usec(flush->clock);
	int r = store_flush(flush->store, flush->ingest);

	flush->totals.spent_usec += clock_monotonic_usec(flush->clock) - before;
	return r;
}

static int commit_part(struct flush *flush)
{
	int r;

	r = write_all(flush);
	if (store_is_refusal(r))
		return refused(flush, r);
	switch (r) {
	case 0:
		return note_committed(flush);
	case -ESTALE:
		return r;
	case -E2BIG:
		return too_large(flush);
	case -ECONNRESET:
		note_failure(flush);
		return r;
	default:
		note_failure(flush);
		store_disconnect(flush->store);
		return -EAGAIN;
	}
}

/* Commit while the loop waits: whatever speaks against it is found out. */
static int commit_here(struct flush *flush)
{
	const int64_t before = clock_monotonic_usec(flush->clock);
	bool is_theirs;
	int r;

	if (!store_is_connected(flush->store))
		return -ECONNRESET;
	if (!flush->ingest->is_parted)
		part_hold_suspects(flush->ingest);
	is_theirs = refusal_is_any_suspected(flush->ingest);
	r = commit_part(flush);
	if (is_theirs && r != -ESTALE)
		refusal_charge(flush, clock_monotonic_usec(flush->clock) - before);
	return r;
}

static bool is_any_wanted(const struct ingest *ingest)
{
	for (size_t i = 0; i < ingest->n_topics; i++)
		if (ingest->topic[i]->wanted.size > 0)
			return true;
	return false;
}

/* Does nothing speak against a commit that nobody waits for? */
static bool may_fly(const struct flush *flush)
{
	return flush->flight && flush->caution == 0 && store_is_connected(flush->store) &&
	       !flush->outage.is_on && !flush->ingest->is_parted &&
	       !refusal_is_any_suspected(flush->ingest) && !is_any_wanted(flush->ingest);
}

static void note_landed(struct flush *flush)
{
	const struct load *load = flight_load(flush->flight);

	for (size_t i = 0; i < load->n_refused; i++)
		refusal_recall(flush, load, &load->refused[i]);
	count_commit(flush, load->keys);
	if (++flush->landed >= flush->next_caution)
		flush->next_caution = LEAST_CAUTION;
}

/* Commits are waited for until some went well: more of them the more often one did not. */
static int note_undone(struct flush *flush, int r)
{
	const char *reason = store_error(flush->store);
	char quoted[LOG_QUOTED_SIZE];

	flush->totals.failures++;
	flush->caution = flush->next_caution;
	flush->landed = 0;
	if (flush->next_caution < MOST_CAUTION)
		flush->next_caution *= 2;
	if (r == -ESTALE)
		return r;
	log_event(LOG_PRIORITY_NOTICE, "commit_undone", "keys=%zu reason=%s",
		flight_load(flush->flight)->keys, log_quote(quoted, reason));
	store_disconnect(flush->store);
	return -ECANCELED;
}

int flush_settle(struct flush *flush)
{
	int r;

	if (!is_under_way(flush))
		return 0;
	r = flight_end(flush->flight);
	flush->totals.spent_usec += flight_spent_usec(flush->flight);
	if (r < 0)
		return note_undone(flush, r);
	note_landed(flush);
	return 0;
}

bool flush_has_landed(const struct flush *flush)
{
	return flush->flight && flight_has_landed(flush->flight);
}

size_t flush_waiting_keys(const struct flush *flush)
{
	const size_t keys = rollup_keys(&flush->ingest->rollup);

	return is_under_way(flush) ? keys + flight_load(flush->flight)->keys : keys;
}

size_t flush_waiting_bytes(const struct flush *flush)
{
	const size_t bytes = rollup_used_bytes(&flush->ingest->rollup);

	return is_under_way(flush) ? bytes + flight_load(flush->flight)->bytes : bytes;
}

bool flush_is_all_done(const struct flush *flush)
{
	return !ingest_has_pending(flush->ingest) && !is_under_way(flush);
}

int flush_commit(struct flush *flush)
{
	int r = flush_settle(flush);

	if (r < 0)
		return r;
	if (!ingest_has_pending(flush->ingest))
		return go_on(flush);
	if (!may_fly(flush) || flight_start(flush->flight, flush->ingest) < 0)
		return commit_here(flush);
	flush->gathered_since_usec = 0;
	return 0;
}

int flush_resolve(struct flush *flush)
{
	bool was_committed = false;
	int r = 0;

	if (!store_is_connected(flush->store))
		r = store_connect(flush->store);
	if (r == 0)
		r = store_resolve(flush->store, flush->ingest, &was_committed);
	if (r == 0) {
		r = was_committed ? note_committed(flush) : -EAGAIN;
		note_in_database(flush);
		return r;
	}
	if (r == -ESTALE || r == -EPROTONOSUPPORT)
		return r;
	note_failure(flush);
	store_disconnect(flush->store);
	return -ECONNRESET;
}

void flush_commit_or_drop(struct flush *flush, bool is_possible)
{
	char quoted[LOG_QUOTED_SIZE];
	int r;

	if (flush_settle(flush) < 0)
		is_possible = false; /* what was gathered since builds on it */
	if (ingest_has_pending(flush->ingest)) {
		do
			r = is_possible && store_is_connected(flush->store) ? write_all(flush)
									    : -ENOTCONN;
		while (r == 0 && note_committed(flush) == -EAGAIN);
		if (r < 0)
			log_event(LOG_PRIORITY_WARNING, "dropped", "keys=%zu reason=%s",
				rollup_keys(&flush->ingest->rollup),
				log_quote(quoted, store_error(flush->store)));
	}
	flush_drop(flush);
}
