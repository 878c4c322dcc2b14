/*
 * Kafka says where a partition begins and ends, PostgreSQL how far it was read: only together they
 * tell where to go on.
 */
#include "aggregator/loop/takeover.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "hubmeter/cleanup.h"

#define REASON_SIZE	      160
#define DESCRIBE_TIMEOUT_MSEC 5000
#define ANOTHER_TIME_USEC     (1000 * 1000)
#define SKIP_MOST_USEC	      (5 * 1000 * 1000) /* rather than read all others anew */
#define RETRY_TIMEOUT_MSEC    1000		/* the other partitions wait meanwhile */

static const struct outage_backoff all_backoff = {100 * 1000, 5 * 1000 * 1000};
static const struct outage_backoff waiting_backoff = {500 * 1000, 30 * 1000 * 1000};
/* How soon an operator's decision is seen. */
static const struct outage_backoff stopped_backoff = {5 * 1000 * 1000, 5 * 1000 * 1000};

/* Partitions on their way to be read: of each what Kafka has, and what PostgreSQL is asked. */
struct candidates {
	struct topic_partition_limits *limits;
	struct store_claim *claim; /* its partition; and its limits under the same number */
	size_t count;
};

void takeover_init(struct takeover *takeover, const struct clock *clock, struct consume *consume,
	struct store *store, struct ingest *ingest)
{
	*takeover = (struct takeover){.clock = clock,
		.consume = consume,
		.store = store,
		.ingest = ingest,
		.next_retry_usec = INT64_MAX};
}

void takeover_release(struct takeover *takeover)
{
	free(takeover->retry);
	takeover->retry = NULL;
}

size_t takeover_count(const struct takeover *takeover, enum ingest_reading reading)
{
	const struct ingest *ingest = takeover->ingest;
	size_t count = 0;

	for (size_t i = 0; i < ingest->n_partitions; i++)
		count += ingest->partition[i].reading == reading;
	return count;
}

static struct outage *retry_of(struct takeover *takeover, const struct ingest_partition *partition)
{
	return &takeover->retry[partition - takeover->ingest->partition];
}

static void retry_by(struct takeover *takeover, int64_t usec)
{
	if (takeover->next_retry_usec > usec)
		takeover->next_retry_usec = usec;
}

/* Not now, because of @reason. true: that is news. */
static bool try_later(struct takeover *takeover, const struct ingest_partition *partition,
	const struct outage_backoff *backoff, const char *reason)
{
	struct outage *retry = retry_of(takeover, partition);
	bool news = outage_failed(retry, backoff, clock_monotonic_usec(takeover->clock), reason);

	retry_by(takeover, retry->next_try_usec);
	return news;
}

static void wait_for_partition(
	struct takeover *takeover, struct ingest_partition *partition, const char *reason)
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

/* Stopped, as the database knows: an operator has not decided yet. */
static void note_stopped(
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
	retry_by(takeover, clock_monotonic_usec(takeover->clock));
}

void takeover_stop(
	struct takeover *takeover, struct ingest_partition *partition, const char *reason)
{
	char quoted[LOG_QUOTED_SIZE];

	if (partition->reading == INGEST_READING_STOPPED)
		return;
	do_not_fetch(takeover);
	note_stopped(takeover, partition, reason);
	if (store_stop(takeover->store, partition, reason) < 0)
		log_event(LOG_PRIORITY_WARNING, "stop_not_recorded",
			"topic=%s partition=%" PRId32 " reason=%s", partition->topic,
			partition->partition, log_quote(quoted, store_error(takeover->store)));
}

void takeover_later(struct takeover *takeover, struct ingest_partition *partition, int64_t usec)
{
	partition->reading = INGEST_READING_WAITS;
	retry_of(takeover, partition)->next_try_usec = usec;
	retry_by(takeover, usec);
	if (usec - clock_monotonic_usec(takeover->clock) > SKIP_MOST_USEC)
		do_not_fetch(takeover);
}

/* Where to start reading. -ERANGE with the reason when what must come next is not there. */
static int find_start(struct ingest_partition *partition,
	const struct topic_partition_limits *limits, char reason[REASON_SIZE])
{
	const int64_t next = partition->next_offset;

	if (limits->low > next) {
		(void)snprintf(reason, REASON_SIZE,
			"records %" PRId64 " to %" PRId64 " were deleted before they were read",
			next, limits->low - 1); /* fits; so does the next */
		return -ERANGE;
	}
	if (limits->high < next) {
		(void)snprintf(reason, REASON_SIZE,
			"ends at %" PRId64 ", but was read up to %" PRId64
			": truncated or made anew",
			limits->high, next);
		return -ERANGE;
	}
	partition->verify = partition->last.has_crc32c && next > limits->low;
	return 0;
}

int takeover_reload(struct takeover *takeover, struct ingest_partition *partition)
{
	struct store_claim claim = {.partition = partition};
	int r;

	ingest_reset_partition(takeover->ingest, partition);
	r = store_takeover(takeover->store, &claim, 1);
	if (r == 0)
		r = claim.result;
	if (r < 0)
		return r;
	partition->verify = false;
	partition->reading = INGEST_READING_GOES_ON;
	return 0;
}

/* It cannot be read now, because of @why, nor can PostgreSQL be asked about it. */
static void leave_unread(
	struct takeover *takeover, struct ingest_partition *partition, const char *why)
{
	if (partition->reading == INGEST_READING_WAITS)
		wait_for_partition(takeover, partition, why);
	else
		note_stopped(takeover, partition, retry_of(takeover, partition)->reason);
}

/* It is ours, and goes on or is stopped. */
static void begin(struct takeover *takeover, struct ingest_partition *partition,
	const struct topic_partition_limits *limits)
{
	char reason[REASON_SIZE];

	if (find_start(partition, limits, reason) < 0) {
		partition->reading = INGEST_READING_WAITS;
		takeover_stop(takeover, partition, reason);
		return;
	}
	partition->reading = INGEST_READING_GOES_ON;
	if (outage_over(retry_of(takeover, partition)))
		log_event(LOG_PRIORITY_NOTICE, "partition_goes_on",
			"topic=%s partition=%" PRId32 " offset=%" PRId64, partition->topic,
			partition->partition, partition->next_offset);
}

static int candidates_init(struct candidates *candidates, size_t count)
{
	candidates->limits = calloc(count + 1, sizeof(*candidates->limits));
	candidates->claim = calloc(count + 1, sizeof(*candidates->claim));
	candidates->count = 0;
	return candidates->limits && candidates->claim ? 0 : -ENOMEM;
}

static void candidates_release(struct candidates *candidates)
{
	free(candidates->limits);
	free(candidates->claim);
}

/* Unless it is known that nobody can read it. */
static void add_candidate(struct takeover *takeover, struct candidates *candidates,
	struct ingest_partition *partition)
{
	const char *why =
		consume_unreadable(takeover->consume, partition->topic, partition->partition);

	if (why) {
		leave_unread(takeover, partition, why);
		return;
	}
	candidates->limits[candidates->count] = (struct topic_partition_limits){
		.topic = partition->topic, .partition = partition->partition};
	candidates->claim[candidates->count++].partition = partition;
}

/* Those whose leaders said what they have stay. */
static void drop_unknown(struct takeover *takeover, struct candidates *candidates)
{
	size_t kept = 0;

	for (size_t i = 0; i < candidates->count; i++) {
		const struct topic_partition_limits *limits = &candidates->limits[i];
		struct store_claim *claim = &candidates->claim[i];

		if (!limits->is_known) {
			leave_unread(takeover, claim->partition,
				"its leader does not say where it begins and ends");
			continue;
		}
		claim->low_offset = limits->low;
		candidates->limits[kept] = *limits;
		candidates->claim[kept++] = *claim;
	}
	candidates->count = kept;
}

/*
 * All at once, so that it takes as long for a thousand as for one. Negative: Kafka, if *ret_kafka
 * says why, or PostgreSQL failed. Everything else is settled: each goes on, waits or is stopped.
 */
static int take(struct takeover *takeover, struct candidates *candidates, const char **ret_kafka)
{
	int r;

	r = consume_limits(takeover->consume, candidates->limits, candidates->count);
	if (r < 0) {
		*ret_kafka = "no leader says where its partitions begin and end";
		return r;
	}
	drop_unknown(takeover, candidates);
	r = store_takeover(takeover->store, candidates->claim, candidates->count);
	for (size_t i = 0; i < candidates->count && r == 0; i++) {
		const struct store_claim *claim = &candidates->claim[i];

		if (claim->result < 0)
			note_stopped(takeover, claim->partition, claim->reason);
		else
			begin(takeover, claim->partition, &candidates->limits[i]);
	}
	return r;
}

/* Read what goes on, each from where it is, and nothing else. */
static int start_reading(struct takeover *takeover)
{
	const struct ingest *ingest = takeover->ingest;
	hm_cleanup(hm_freep) struct topic_partition_offset *at =
		calloc(ingest->n_partitions + 1, sizeof(*at));
	size_t count = 0;

	if (!at)
		return -ENOMEM;
	for (size_t i = 0; i < ingest->n_partitions; i++) {
		const struct ingest_partition *partition = &ingest->partition[i];

		if (partition->reading == INGEST_READING_GOES_ON)
			at[count++] = (struct topic_partition_offset){partition->topic,
				partition->partition, partition->next_offset - partition->verify};
	}
	return consume_assign(takeover->consume, at, count);
}

/* Every partition the group gave us, as one that waits. */
static int add_assigned(struct takeover *takeover)
{
	const struct topic_partition_offset *assigned;
	const size_t count = consume_assignment(takeover->consume, &assigned);
	struct ingest_partition *partition;
	int r = 0;

	free(takeover->retry);
	takeover->retry = calloc(count + 1, sizeof(*takeover->retry));
	takeover->next_retry_usec = INT64_MAX;
	takeover->must_assign = false;
	if (!takeover->retry)
		return -ENOMEM;
	for (size_t i = 0; i < count && (r == 0 || r == -EINVAL); i++)
		r = ingest_add_partition(takeover->ingest, assigned[i].topic, assigned[i].partition,
			&partition); /* -EINVAL: no topic of ours */
	return r == -EINVAL ? 0 : r;
}

/* Nothing is read meanwhile: what Kafka is asked would wait behind fetches. */
static int take_all(struct takeover *takeover, const char **ret_kafka)
{
	struct ingest *ingest = takeover->ingest;
	struct candidates candidates = {0};
	int r;

	r = add_assigned(takeover);
	if (r == 0)
		r = candidates_init(&candidates, ingest->n_partitions);
	if (r == 0 && ingest->n_partitions > 0) {
		(void)consume_assign(
			takeover->consume, NULL, 0); /* start_reading() comes after it */
		r = consume_describe(takeover->consume, DESCRIBE_TIMEOUT_MSEC);
		if (r < 0)
			*ret_kafka = "no broker says which partitions there are";
	}
	for (size_t i = 0; i < ingest->n_partitions && r == 0; i++)
		add_candidate(takeover, &candidates, &ingest->partition[i]);
	if (r == 0)
		r = take(takeover, &candidates, ret_kafka);
	candidates_release(&candidates);
	if (r < 0)
		return r;
	r = start_reading(takeover);
	if (r < 0)
		*ret_kafka = "the client does not take what it is to read";
	return r;
}

/* @kafka: why, when it is Kafka that failed; NULL: PostgreSQL. */
static void note_failure(struct takeover *takeover, const char *kafka)
{
	const char *reason = kafka ? kafka : store_error(takeover->store);
	char quoted[LOG_QUOTED_SIZE];

	takeover->is_kafkas = kafka != NULL;
	if (outage_failed(
		    &takeover->outage, &all_backoff, clock_monotonic_usec(takeover->clock), reason))
		log_event(LOG_PRIORITY_WARNING, kafka ? "kafka_away" : "postgres_away",
			"act=take_over reason=%s", log_quote(quoted, reason));
	if (!kafka)
		store_disconnect(takeover->store); /* a new session has the server's new settings */
}

static void note_success(struct takeover *takeover)
{
	if (outage_over(&takeover->outage))
		log_event(LOG_PRIORITY_NOTICE, takeover->is_kafkas ? "kafka_back" : "postgres_back",
			"act=take_over");
}

int takeover_connect(struct takeover *takeover)
{
	int r;

	if (store_is_connected(takeover->store))
		return 0;
	if (!outage_may_try(&takeover->outage, clock_monotonic_usec(takeover->clock)))
		return -EAGAIN;
	r = store_connect(takeover->store);
	if (r == 0 && !takeover->is_kafkas)
		note_success(takeover);
	if (r < 0 && r != -EPROTONOSUPPORT)
		note_failure(takeover, NULL);
	return r;
}

int takeover_all(struct takeover *takeover)
{
	const char *kafka = NULL;
	int64_t began_usec;
	int r;

	if (!outage_may_try(&takeover->outage, clock_monotonic_usec(takeover->clock)))
		return -EAGAIN;
	r = takeover_connect(takeover);
	if (r < 0)
		return r;
	began_usec = clock_monotonic_usec(takeover->clock);
	r = take_all(takeover, &kafka);
	if (r < 0) {
		ingest_drop(takeover->ingest);
		note_failure(takeover, kafka);
		return -EAGAIN;
	}
	note_success(takeover);
	log_event(LOG_PRIORITY_INFO, "assigned",
		"partitions=%zu reading=%zu waiting=%zu stopped=%zu msec=%" PRId64,
		takeover->ingest->n_partitions, takeover_count(takeover, INGEST_READING_GOES_ON),
		takeover_count(takeover, INGEST_READING_WAITS),
		takeover_count(takeover, INGEST_READING_STOPPED),
		(clock_monotonic_usec(takeover->clock) - began_usec) / 1000);
	return 0;
}

void takeover_read(struct takeover *takeover)
{
	takeover->must_assign = start_reading(takeover) < 0;
	if (takeover->must_assign)
		retry_by(takeover, clock_monotonic_usec(takeover->clock) + ANOTHER_TIME_USEC);
}

/* Their time has come: each begins as if it had just been given to us. */
static void add_due(struct takeover *takeover, struct candidates *candidates, int64_t now)
{
	struct ingest *ingest = takeover->ingest;

	for (size_t i = 0; i < ingest->n_partitions; i++) {
		struct ingest_partition *partition = &ingest->partition[i];

		if (partition->reading == INGEST_READING_GOES_ON)
			continue;
		if (!outage_may_try(&takeover->retry[i], now)) {
			retry_by(takeover, takeover->retry[i].next_try_usec);
		} else if (partition->next_offset != partition->committed_offset) {
			retry_by(takeover, now + ANOTHER_TIME_USEC); /* that is committed first */
		} else {
			ingest_reset_partition(ingest, partition);
			add_candidate(takeover, candidates, partition);
		}
	}
}

static void take_due(struct takeover *takeover, struct candidates *candidates)
{
	const char *kafka = NULL;
	int r;

	if (candidates->count == 0)
		return;
	r = store_is_connected(takeover->store) ? 0 : store_connect(takeover->store);
	if (r == 0)
		r = take(takeover, candidates, &kafka);
	for (size_t i = 0; i < candidates->count; i++) {
		struct ingest_partition *partition = candidates->claim[i].partition;

		if (r < 0)
			leave_unread(
				takeover, partition, kafka ? kafka : store_error(takeover->store));
		takeover->must_assign |= partition->reading == INGEST_READING_GOES_ON;
	}
}

bool takeover_retry(struct takeover *takeover)
{
	const int64_t now = clock_monotonic_usec(takeover->clock);
	const bool is_described = consume_describe(takeover->consume, RETRY_TIMEOUT_MSEC) == 0;
	struct candidates candidates = {0};
	bool is_read_anew = false;

	takeover->next_retry_usec = INT64_MAX;
	if (is_described && candidates_init(&candidates, takeover->ingest->n_partitions) == 0) {
		add_due(takeover, &candidates, now);
		take_due(takeover, &candidates);
	} else {
		retry_by(takeover, now + ANOTHER_TIME_USEC);
	}
	candidates_release(&candidates);
	if (takeover->must_assign) {
		is_read_anew = start_reading(takeover) == 0;
		takeover->must_assign = !is_read_anew;
	}
	if (takeover->must_assign)
		retry_by(takeover, now + ANOTHER_TIME_USEC);
	return is_read_anew;
}
