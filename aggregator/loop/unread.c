/*
 * Partitions that are not read: why, what is said of that, and when they are tried again. What is
 * to be read instead is takeover.c's.
 */
#include "aggregator/loop/unread.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/log.h"

#define SKIP_MOST_USEC	   (5 * 1000 * 1000) /* rather than read all others anew */
#define SUSPECT_EVERY_USEC (10 * 1000 * 1000)

static const struct outage_backoff waiting_backoff = {500 * 1000, 30 * 1000 * 1000};
/* How soon an operator's decision is seen. */
static const struct outage_backoff stopped_backoff = {5 * 1000 * 1000, 5 * 1000 * 1000};

size_t takeover_count(const struct takeover *takeover, enum ingest_reading reading)
{
	const struct ingest *ingest = takeover->ingest;
	size_t count = 0;

	for (size_t i = 0; i < ingest->n_partitions; i++)
		count += ingest->partition[i].reading == reading;
	return count;
}

struct outage *unread_retry_of(struct takeover *takeover, const struct ingest_partition *partition)
{
	return &takeover->retry[partition - takeover->ingest->partition];
}

void unread_retry_by(struct takeover *takeover, int64_t usec)
{
	if (takeover->next_retry_usec > usec)
		takeover->next_retry_usec = usec;
}

/* Not now, because of @reason. true: that is news. */
static bool try_later(struct takeover *takeover, const struct ingest_partition *partition,
	const struct outage_backoff *backoff, const char *reason)
{
	struct outage *retry = unread_retry_of(takeover, partition);
	bool news = outage_failed(retry, backoff, clock_monotonic_usec(takeover->clock), reason);

	unread_retry_by(takeover, retry->next_try_usec);
	return news;
}

void unread_waits(struct takeover *takeover, struct ingest_partition *partition, const char *reason)
{
	char quoted[LOG_QUOTED_SIZE];

	partition->reading = INGEST_READING_WAITS;
	if (!try_later(takeover, partition, &waiting_backoff, reason))
		return;
	log_event(LOG_PRIORITY_WARNING, "partition_waits",
		"topic=%s partition=%" PRId32 " reason=%s", partition->topic, partition->partition,
		log_quote(quoted, reason));
	if (store_is_connected(takeover->store))
		(void)store_note_waiting(takeover->store, partition->topic, partition->partition,
			reason); /* for doctor; the log has it as well */
}

void unread_stopped(
	struct takeover *takeover, struct ingest_partition *partition, const char *reason)
{
	char quoted[LOG_QUOTED_SIZE];

	partition->reading = INGEST_READING_STOPPED;
	if (try_later(takeover, partition, &stopped_backoff, reason))
		log_event(LOG_PRIORITY_ERROR, "partition_stopped",
			"topic=%s partition=%" PRId32 " reason=%s", partition->topic,
			partition->partition, log_quote(quoted, reason));
}

/*
 * Those that go on are assigned anew, and no other. A partition that is paused instead would stay
 * so, whatever is assigned afterwards (librdkafka 2.0.2), and resumed it goes on from what the
 * client thinks was read. Until then its messages are skipped.
 */
static void do_not_fetch(struct takeover *takeover)
{
	takeover->must_assign = true;
	unread_retry_by(takeover, clock_monotonic_usec(takeover->clock));
}

/*
 * For doctor, and for whoever takes it over next. Tried again until it is there; not before all
 * that was read is committed, or an operator would give that up as well.
 */
static void record_stop(
	struct takeover *takeover, const struct ingest_partition *partition, const char *reason)
{
	bool *unrecorded = &takeover->unrecorded[partition - takeover->ingest->partition];
	char quoted[LOG_QUOTED_SIZE];
	int r;

	if (partition->next_offset != partition->committed_offset) {
		*unrecorded = true;
		return;
	}
	r = store_stop(takeover->store, partition, reason);
	if (r < 0 && !*unrecorded)
		log_event(LOG_PRIORITY_WARNING, "stop_not_recorded",
			"topic=%s partition=%" PRId32 " reason=%s", partition->topic,
			partition->partition, log_quote(quoted, store_error(takeover->store)));
	*unrecorded = r < 0 && r != -ESTALE; /* another one's: it finds out by itself */
}

void takeover_stop(
	struct takeover *takeover, struct ingest_partition *partition, const char *reason)
{
	if (partition->reading == INGEST_READING_STOPPED)
		return;
	do_not_fetch(takeover);
	unread_stopped(takeover, partition, reason);
	record_stop(takeover, partition, reason);
}

void takeover_record_stops(struct takeover *takeover)
{
	struct ingest *ingest = takeover->ingest;

	for (size_t i = 0; i < ingest->n_partitions; i++)
		if (takeover->unrecorded[i])
			record_stop(takeover, &ingest->partition[i], takeover->retry[i].reason);
}

void takeover_stop_changed(
	struct takeover *takeover, struct ingest_partition *partition, int64_t offset)
{
	takeover_stop(takeover, partition,
		offset == partition->next_offset - 1
			? "another record is where the last one was read: made anew"
			: "the last record read is not there any more: compacted (is "
			  "cleanup.policy=delete?), truncated or made anew");
}

void takeover_suspect(struct takeover *takeover, const char *topic)
{
	const int64_t now = clock_monotonic_usec(takeover->clock);
	const int64_t when = takeover->next_suspect_usec > now ? takeover->next_suspect_usec : now;
	struct ingest *ingest = takeover->ingest;
	size_t count = 0;

	for (size_t i = 0; i < ingest->n_partitions; i++) {
		struct ingest_partition *partition = &ingest->partition[i];

		if (partition->reading != INGEST_READING_GOES_ON ||
			(*topic && strcmp(partition->topic, topic) != 0))
			continue;
		partition->reading = INGEST_READING_WAITS;
		takeover->retry[i].next_try_usec = when;
		count++;
	}
	if (count == 0)
		return;
	log_event(LOG_PRIORITY_INFO, "topic_suspect", "topic=%s partitions=%zu",
		*topic ? topic : "any", count);
	takeover->next_suspect_usec = when + SUSPECT_EVERY_USEC;
	do_not_fetch(takeover);
	unread_retry_by(takeover, when);
}

void takeover_later(struct takeover *takeover, struct ingest_partition *partition, int64_t usec)
{
	partition->reading = INGEST_READING_WAITS;
	unread_retry_of(takeover, partition)->next_try_usec = usec;
	unread_retry_by(takeover, usec);
	if (usec - clock_monotonic_usec(takeover->clock) > SKIP_MOST_USEC)
		do_not_fetch(takeover);
}
