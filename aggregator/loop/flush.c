/* Commits: when PostgreSQL answers, when it does not, and when nobody knows whether it did. */
#include "aggregator/loop/flush.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/rollup/part.h"
#include "common/log.h"

#define MOST_MESSAGES 100000 /* watermarks and gaps are memory, too */

#define TELL_EVERY_USEC (60 * 1000 * 1000)
#define NOTE_AFTER_USEC (30 * 1000 * 1000)

/* Of a topic in which something was refused: */
#define TRUSTED_MESSAGES 32768		    /* so many in one commit, and it is as any other */
#define CLEAN_COMMITS	 16		    /* so many without a refusal, and it may have more */
#define SHARE_PART	 5		    /* of the time one part in so many is theirs ... */
#define SHARE_MOST_USEC	 (1000 * 1000)	    /* ... and so much at a time */
#define SHARE_PAUSE_USEC (2 * 1000 * 1000)  /* at least: all others are read anew after it */
#define HALVE_PAUSE_USEC (500 * 1000)	    /* to read anew costs the others what is on its way */
#define LARGE_PAUSE_USEC (60 * 1000 * 1000) /* one message that takes the server too long */

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
		.totals.last_usec = clock_realtime_usec(clock)};
}

static bool is_full(const struct flush *flush)
{
	const struct ingest *ingest = flush->ingest;

	return rollup_keys(&ingest->rollup) >= flush->config->flush_keys ||
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
		if (ingest_is_in_commit(&ingest->partition[i]))
			at[count++] = (struct topic_partition_offset){ingest->partition[i].topic,
				ingest->partition[i].partition, ingest->partition[i].next_offset};
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

static bool was_condemned_in(const struct ingest_partition *partition)
{
	return partition->poison_offset >= partition->committed_offset &&
	       partition->poison_offset < partition->next_offset;
}

static bool is_suspected(const struct ingest_partition *partition)
{
	return ingest_is_in_commit(partition) && partition->most_pending != INGEST_ANY;
}

/* Nothing was refused: after some such commits twice as many messages at once. */
static void trust_more(struct ingest_partition *partition)
{
	if (was_condemned_in(partition) || ++partition->clean_commits < CLEAN_COMMITS)
		return;
	partition->clean_commits = 0;
	partition->most_pending = partition->most_pending < TRUSTED_MESSAGES
					  ? partition->most_pending * 2
					  : INGEST_ANY;
}

/*
 * What is refused is committed message by message, which takes time that is the others'. Suspected
 * topics have a part of it only: what they spend beyond that they wait for.
 */
static void charge_suspects(struct flush *flush, int64_t spent_usec)
{
	struct ingest *ingest = flush->ingest;
	const int64_t now = clock_monotonic_usec(flush->clock);
	int64_t pause = SHARE_PAUSE_USEC;

	flush->share_usec += (now - flush->share_counted_usec) / SHARE_PART;
	flush->share_counted_usec = now;
	if (flush->share_usec > SHARE_MOST_USEC)
		flush->share_usec = SHARE_MOST_USEC;
	flush->share_usec -= spent_usec;
	if (flush->share_usec >= 0)
		return;
	if (pause < -flush->share_usec * SHARE_PART)
		pause = -flush->share_usec * SHARE_PART;
	for (size_t i = 0; i < ingest->n_partitions; i++) {
		struct ingest_partition *partition = &ingest->partition[i];

		if (partition->most_pending != INGEST_ANY &&
			partition->next_offset == partition->committed_offset &&
			partition->reading == INGEST_READING_GOES_ON)
			takeover_later(flush->takeover, partition, now + pause);
	}
}

static bool is_any_suspected(const struct ingest *ingest)
{
	for (size_t i = 0; i < ingest->n_partitions; i++)
		if (is_suspected(&ingest->partition[i]))
			return true;
	return false;
}

static void note_clean(struct ingest *ingest)
{
	for (size_t i = 0; i < ingest->n_partitions; i++)
		if (is_suspected(&ingest->partition[i]))
			trust_more(&ingest->partition[i]);
}

/* The next part, or all is done. */
static int go_on(struct flush *flush)
{
	if (part_next(flush->ingest))
		return -EAGAIN;
	flush->gathered_since_usec = 0;
	return 0;
}

static int note_committed(struct flush *flush)
{
	commit_to_kafka(flush);
	note_clean(flush->ingest);
	flush->totals.commits++;
	if (!flush->ingest->is_parted) /* else only some of them: not counted */
		flush->totals.keys += rollup_keys(&flush->ingest->rollup);
	flush->totals.last_usec = clock_realtime_usec(flush->clock);
	ingest_commit(flush->ingest);
	flush->most_messages *= 2; /* it was halved when a commit was too large */
	if (flush->most_messages > MOST_MESSAGES)
		flush->most_messages = MOST_MESSAGES;
	flush->is_noted = false;
	if (outage_over(&flush->outage))
		log_event(LOG_PRIORITY_NOTICE, "postgres_back", "act=commit%s", "");
	return go_on(flush);
}

static const struct ingest_partition *first_in_commit(const struct ingest *ingest)
{
	for (size_t i = 0; i < ingest->n_partitions; i++)
		if (ingest_is_in_commit(&ingest->partition[i]))
			return &ingest->partition[i];
	return NULL;
}

static void log_suspect(const struct flush *flush, const struct ingest_partition *partition,
	const char *act, uint64_t messages)
{
	char quoted[LOG_QUOTED_SIZE];

	log_event(LOG_PRIORITY_WARNING, "commit_refused",
		"act=%s topic=%s messages=%" PRIu64 " reason=%s", act, partition->topic, messages,
		log_quote(quoted, store_error(flush->store)));
}

/* Is the message that @partition took last the one that was read last of all? */
static bool is_in_hand(const struct flush *flush, const struct ingest_partition *partition)
{
	const struct consume_message *message = flush->in_hand;

	return message && message->offset == partition->next_offset - 1 &&
	       message->partition == partition->partition &&
	       strcmp(message->topic, partition->topic) == 0;
}

/*
 * It comes again, at once where nothing has to be read for that. A value that was refused goes to
 * quarantine. Where it was a name (-EDQUOT) it counts without its classes, unless that was refused,
 * too: then it was the node's.
 */
static void condemn(struct flush *flush, struct ingest_partition *partition, int r)
{
	const bool is_at_hand = is_in_hand(flush, partition);
	const bool is_first_try = partition->poison_offset != partition->next_offset - 1;

	partition->poison_offset = partition->next_offset - 1;
	partition->poison_reason = HM_REJECT_OVERFLOW;
	if (r == -EDQUOT)
		partition->poison_reason = is_first_try ? HM_REJECT_NONE : HM_REJECT_TOO_MANY_NAMES;
	part_set_aside(flush->ingest, partition);
	if (is_at_hand && takeover_reload(flush->takeover, partition) == 0)
		flush->must_offer_again = true;
	else
		takeover_later(flush->takeover, partition, clock_monotonic_usec(flush->clock));
}

static void wait_aside(struct flush *flush, struct ingest_partition *partition, int64_t wait_usec)
{
	part_set_aside(flush->ingest, partition);
	takeover_later(flush->takeover, partition, clock_monotonic_usec(flush->clock) + wait_usec);
}

/* Of a topic in which message after message is refused one line a minute is enough. */
static bool is_news(struct flush *flush, const struct ingest_partition *partition)
{
	const int64_t now = clock_monotonic_usec(flush->clock);

	if (partition->most_pending != INGEST_ANY &&
		now - flush->refusal_told_usec < TELL_EVERY_USEC)
		return false;
	flush->refusal_told_usec = now;
	return true;
}

/*
 * A stream of the topic came through a partition of another process, or memory did not hold it: no
 * fault of the topic's. It is read again, all its partitions with what the database knows of its
 * streams now. If that was not enough, or those are more than can be asked for at once, less of it
 * at a time: there is less to be wrong in, so this ends.
 */
static void look_again(struct flush *flush)
{
	struct ingest *ingest = flush->ingest;
	const struct ingest_partition *first = first_in_commit(ingest);
	struct ingest_topic *topic = first->its_topic;
	const uint64_t messages = part_messages(ingest);
	const bool is_first_look = topic->wanted.size == 0;
	const bool is_enough = ingest_want_streams(topic) && is_first_look;
	char quoted[LOG_QUOTED_SIZE];

	log_event(LOG_PRIORITY_NOTICE, "stream_moved", "topic=%s messages=%" PRIu64 " reason=%s",
		topic->name, messages, log_quote(quoted, store_error(flush->store)));
	for (size_t i = 0; i < ingest->n_partitions; i++) {
		struct ingest_partition *partition = &ingest->partition[i];

		if (partition->its_topic != topic)
			continue;
		if (!is_enough)
			partition->most_pending = messages > 1 ? messages / 2 : 1;
		if (ingest_is_in_commit(partition) || partition->reading == INGEST_READING_GOES_ON)
			wait_aside(flush, partition, 0);
	}
}

/* What was set aside took what is known of the topic's streams with it: its other partitions wait.
 */
static void know_streams(struct flush *flush, const struct ingest_topic *topic)
{
	struct ingest *ingest = flush->ingest;

	for (size_t i = 0; i < ingest->n_partitions && !topic->is_loaded; i++)
		if (ingest->partition[i].its_topic == topic &&
			ingest->partition[i].reading == INGEST_READING_GOES_ON)
			takeover_later(flush->takeover, &ingest->partition[i],
				clock_monotonic_usec(flush->clock));
}

/*
 * It is this topic's messages. They are read again, half as many at a time: of one message it is
 * known whose fault it is. What is too large even alone waits, as more memory or time may be what
 * it takes.
 */
static void set_aside(struct flush *flush, int r)
{
	struct ingest *ingest = flush->ingest;
	const struct ingest_partition *first = first_in_commit(ingest);
	const uint64_t messages = part_messages(ingest);
	const bool is_poison = messages == 1 && r != -E2BIG;
	const bool is_too_large = messages == 1 && r == -E2BIG;

	if (is_news(flush, first))
		log_suspect(flush, first, is_poison ? "condemn" : (is_too_large ? "wait" : "halve"),
			messages);
	for (size_t i = 0; i < ingest->n_partitions; i++) {
		struct ingest_partition *partition = &ingest->partition[i];

		if (partition->its_topic != first->its_topic)
			continue;
		partition->most_pending = messages > 1 ? messages / 2 : 1;
		partition->clean_commits = 0;
		if (!ingest_is_in_commit(partition))
			continue;
		if (is_too_large)
			(void)store_note_waiting(flush->store, partition->topic,
				partition->partition,
				flush->outage.reason); /* for doctor; the log has it as well */
		if (is_poison)
			condemn(flush, partition, r);
		else
			wait_aside(flush, partition,
				is_too_large ? LARGE_PAUSE_USEC : HALVE_PAUSE_USEC);
	}
	know_streams(flush, first->its_topic);
}

/* Find out whose it is, and go on without it. */
static int refused(struct flush *flush, int r)
{
	if (part_hold_half(flush->ingest))
		return -EAGAIN;
	if (r == -EREMCHG)
		look_again(flush);
	else
		set_aside(flush, r);
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
	switch (r) {
	case 0:
		return note_committed(flush);
	case -ESTALE:
		return r;
	case -EBADMSG:
	case -EDQUOT:
	case -EREMCHG:
		return refused(flush, r);
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

int flush_commit(struct flush *flush)
{
	const int64_t before = clock_monotonic_usec(flush->clock);
	bool is_theirs;
	int r;

	if (!store_is_connected(flush->store))
		return -ECONNRESET;
	if (!flush->ingest->is_parted)
		part_hold_suspects(flush->ingest);
	is_theirs = is_any_suspected(flush->ingest);
	r = commit_part(flush);
	if (is_theirs && r != -ESTALE)
		charge_suspects(flush, clock_monotonic_usec(flush->clock) - before);
	return r;
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
