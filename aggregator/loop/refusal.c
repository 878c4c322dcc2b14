/* A topic in which something was refused is suspected: it has less at once, and a part of the time.
 */
#include "aggregator/loop/refusal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/rollup/part.h"
#include "common/log.h"

#define TELL_EVERY_USEC (60 * 1000 * 1000)

/* Of a topic in which something was refused: */
#define TRUSTED_MESSAGES 32768		    /* so many in one commit, and it is as any other */
#define CLEAN_COMMITS	 16		    /* so many without a refusal, and it may have more */
#define SHARE_PART	 5		    /* of the time one part in so many is theirs ... */
#define SHARE_MOST_USEC	 (1000 * 1000)	    /* ... and so much at a time */
#define SHARE_PAUSE_USEC (2 * 1000 * 1000)  /* at least: all others are read anew after it */
#define HALVE_PAUSE_USEC (500 * 1000)	    /* to read anew costs the others what is on its way */
#define LARGE_PAUSE_USEC (60 * 1000 * 1000) /* one message that takes the server too long */

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
void refusal_charge(struct flush *flush, int64_t spent_usec)
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

bool refusal_is_any_suspected(const struct ingest *ingest)
{
	for (size_t i = 0; i < ingest->n_partitions; i++)
		if (is_suspected(&ingest->partition[i]))
			return true;
	return false;
}

void refusal_note_clean(struct ingest *ingest)
{
	for (size_t i = 0; i < ingest->n_partitions; i++)
		if (is_suspected(&ingest->partition[i]))
			trust_more(&ingest->partition[i]);
}

static const struct ingest_partition *first_in_commit(const struct ingest *ingest)
{
	for (size_t i = 0; i < ingest->n_partitions; i++)
		if (ingest_is_in_commit(&ingest->partition[i]))
			return &ingest->partition[i];
	return NULL;
}

static void log_suspect(const char *topic, const char *act, uint64_t messages, const char *reason)
{
	char quoted[LOG_QUOTED_SIZE];

	log_event(LOG_PRIORITY_WARNING, "commit_refused",
		"act=%s topic=%s messages=%" PRIu64 " reason=%s", act, topic, messages,
		log_quote(quoted, reason));
}

static void log_moved(const char *topic, uint64_t messages, const char *reason)
{
	char quoted[LOG_QUOTED_SIZE];

	log_event(LOG_PRIORITY_NOTICE, "stream_moved", "topic=%s messages=%" PRIu64 " reason=%s",
		topic, messages, log_quote(quoted, reason));
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
void refusal_look_again(struct flush *flush)
{
	struct ingest *ingest = flush->ingest;
	const struct ingest_partition *first = first_in_commit(ingest);
	struct ingest_topic *topic = first->its_topic;
	const uint64_t messages = part_messages(ingest);
	const bool is_first_look = topic->wanted.size == 0;
	const bool is_enough = ingest_want_streams(topic) && is_first_look;

	log_moved(topic->name, messages, store_error(flush->store));
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
void refusal_set_aside(struct flush *flush, int r)
{
	struct ingest *ingest = flush->ingest;
	const struct ingest_partition *first = first_in_commit(ingest);
	const uint64_t messages = part_messages(ingest);
	const bool is_poison = messages == 1 && r != -E2BIG;
	const bool is_too_large = messages == 1 && r == -E2BIG;

	if (is_news(flush, first))
		log_suspect(first->topic, is_poison ? "condemn" : (is_too_large ? "wait" : "halve"),
			messages, store_error(flush->store));
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

/* Back to where the database has it, and not before @wait_usec. */
static void recall_partition(struct flush *flush, struct ingest_partition *partition,
	const struct ingest_partition *sent, int64_t wait_usec)
{
	partition->committed_offset = sent->committed_offset;
	if (partition->next_offset == partition->committed_offset &&
		partition->reading != INGEST_READING_GOES_ON)
		return;
	wait_aside(flush, partition, wait_usec);
}

void refusal_recall(
	struct flush *flush, const struct load *load, const struct load_refused *refused)
{
	struct ingest *ingest = flush->ingest;
	struct ingest_topic *topic = ingest->topic[refused->topic];
	const bool is_moved = refused->result == -EREMCHG;

	if (is_moved)
		log_moved(topic->name, refused->messages, refused->reason);
	else
		log_suspect(topic->name, "recall", refused->messages, refused->reason);
	if (is_moved) {
		const struct buffer wanted = topic->wanted;

		topic->wanted = load->ingest->topic[refused->topic]->wanted;
		load->ingest->topic[refused->topic]->wanted = wanted;
	}
	for (size_t i = 0; i < ingest->n_partitions; i++) {
		struct ingest_partition *partition = &ingest->partition[i];

		if (partition->its_topic != topic)
			continue;
		if (!is_moved)
			partition->most_pending = refused->messages > 1 ? refused->messages / 2 : 1;
		partition->clean_commits = 0;
		recall_partition(flush, partition, &load->ingest->partition[i],
			is_moved ? 0 : HALVE_PAUSE_USEC);
	}
}
