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

#include "aggregator/loop/unread.h"
#include "common/log.h"
#include "hubmeter/cleanup.h"

#define REASON_SIZE	      160
#define DESCRIBE_TIMEOUT_MSEC 5000
#define ANOTHER_TIME_USEC     (1000 * 1000)
#define RETRY_TIMEOUT_MSEC    1000 /* the other partitions wait meanwhile */

static const char no_leader[] = "no leader says where its partitions begin and end";
static const char silent_leader[] = "its leader does not say where it begins and ends";

static const struct outage_backoff all_backoff = {100 * 1000, 5 * 1000 * 1000};

/* Partitions on their way to be read: what PostgreSQL is asked of each, then what Kafka has. */
struct candidates {
	struct store_claim *claim;
	struct topic_partition_limits *limits; /* under the same number */
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
	free(takeover->unrecorded);
	takeover->retry = NULL;
	takeover->unrecorded = NULL;
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

	partition->at_end = false;
	r = store_takeover(takeover->store, &claim, 1);
	if (r == 0)
		r = claim.result;
	if (r < 0)
		return r;
	partition->verify = false;
	partition->reading = INGEST_READING_GOES_ON;
	return 0;
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
	if (outage_over(unread_retry_of(takeover, partition)))
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

static void add_candidate(struct candidates *candidates, struct ingest_partition *partition)
{
	candidates->claim[candidates->count++].partition = partition;
}

/* Those that somebody can read stay, as far as is known. */
static void drop_unreadable(struct takeover *takeover, struct candidates *candidates)
{
	size_t kept = 0;

	for (size_t i = 0; i < candidates->count; i++) {
		struct ingest_partition *partition = candidates->claim[i].partition;
		const char *why = consume_unreadable(
			takeover->consume, partition->topic, partition->partition);

		if (why) {
			unread_waits(takeover, partition, why);
			continue;
		}
		candidates->claim[kept] = candidates->claim[i];
		candidates->limits[kept++] = (struct topic_partition_limits){
			.topic = partition->topic, .partition = partition->partition};
	}
	candidates->count = kept;
}

/* Those whose leaders said what they have stay. */
static void drop_unknown(struct takeover *takeover, struct candidates *candidates)
{
	size_t kept = 0;

	for (size_t i = 0; i < candidates->count; i++) {
		const struct topic_partition_limits *limits = &candidates->limits[i];
		struct store_claim *claim = &candidates->claim[i];

		if (!limits->is_known) {
			unread_waits(takeover, claim->partition, silent_leader);
			continue;
		}
		claim->low_offset = limits->low;
		candidates->limits[kept] = *limits;
		candidates->claim[kept++] = *claim;
	}
	candidates->count = kept;
}

static bool ends_before_start(const struct candidates *candidates, size_t i)
{
	const struct store_claim *claim = &candidates->claim[i];

	return claim->result == 0 && candidates->limits[i].high < claim->partition->next_offset;
}

/*
 * Whoever owned it until now may have read on since Kafka said where it ends: then that is asked
 * once more, as from now on nobody moves it but us.
 */
static int ask_again(struct takeover *takeover, struct candidates *candidates)
{
	for (size_t i = 0; i < candidates->count; i++)
		if (ends_before_start(candidates, i))
			return consume_limits(
				takeover->consume, candidates->limits, candidates->count);
	return 0;
}

/* It is ours. */
static void settle(struct takeover *takeover, const struct store_claim *claim,
	const struct topic_partition_limits *limits)
{
	if (claim->result < 0)
		unread_stopped(takeover, claim->partition, claim->reason);
	else if (!limits->is_known)
		unread_waits(takeover, claim->partition, silent_leader);
	else
		begin(takeover, claim->partition, limits);
}

/*
 * All at once, so that it takes as long for a thousand as for one. Negative: Kafka, if *ret_kafka
 * says why, or PostgreSQL failed. Everything else is settled: each goes on, waits or is stopped.
 */
static int take(struct takeover *takeover, struct candidates *candidates, const char **ret_kafka)
{
	int r;

	drop_unreadable(takeover, candidates);
	r = consume_limits(takeover->consume, candidates->limits, candidates->count);
	if (r < 0) {
		*ret_kafka = no_leader;
		return r;
	}
	drop_unknown(takeover, candidates);
	r = store_takeover(takeover->store, candidates->claim, candidates->count);
	if (r < 0)
		return r;
	r = ask_again(takeover, candidates);
	if (r < 0)
		*ret_kafka = no_leader;
	for (size_t i = 0; i < candidates->count && r == 0; i++)
		settle(takeover, &candidates->claim[i], &candidates->limits[i]);
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

	takeover_release(takeover);
	takeover->retry = calloc(count + 1, sizeof(*takeover->retry));
	takeover->unrecorded = calloc(count + 1, sizeof(*takeover->unrecorded));
	takeover->next_retry_usec = INT64_MAX;
	takeover->must_assign = false;
	if (!takeover->retry || !takeover->unrecorded)
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
		add_candidate(&candidates, &ingest->partition[i]);
	if (r == 0)
		r = take(takeover, &candidates, ret_kafka);
	candidates_release(&candidates);
	if (r < 0)
		return r;
	r = start_reading(takeover);
	takeover->must_assign = false;
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
		unread_retry_by(
			takeover, clock_monotonic_usec(takeover->clock) + ANOTHER_TIME_USEC);
}

/* Their time has come. */
static void add_due(struct takeover *takeover, struct candidates *candidates, int64_t now)
{
	struct ingest *ingest = takeover->ingest;

	for (size_t i = 0; i < ingest->n_partitions; i++) {
		struct ingest_partition *partition = &ingest->partition[i];

		if (partition->reading == INGEST_READING_GOES_ON)
			continue;
		if (!outage_may_try(&takeover->retry[i], now))
			unread_retry_by(takeover, takeover->retry[i].next_try_usec);
		else if (partition->next_offset != partition->committed_offset)
			unread_retry_by(
				takeover, now + ANOTHER_TIME_USEC); /* that is committed first */
		else
			add_candidate(candidates, partition);
	}
}

/* Those about which an operator has to decide, and has not, stay stopped. */
static int drop_undecided(struct takeover *takeover, struct candidates *candidates)
{
	size_t kept = 0;
	int r = store_find_stopped(takeover->store, candidates->claim, candidates->count);

	for (size_t i = 0; i < candidates->count && r == 0; i++) {
		struct store_claim *claim = &candidates->claim[i];
		struct ingest_partition *partition = claim->partition;

		if (takeover->unrecorded[partition - takeover->ingest->partition]) {
			unread_stopped(
				takeover, partition, unread_retry_of(takeover, partition)->reason);
		} else if (claim->result < 0) {
			unread_stopped(takeover, partition, claim->reason);
		} else {
			partition->reading = INGEST_READING_WAITS;
			candidates->claim[kept++] = *claim;
		}
	}
	if (r == 0)
		candidates->count = kept;
	return r;
}

/* The new backend is the one to be ended, should it ever be in a successor's way. */
static int reconnect(struct takeover *takeover)
{
	bool was_committed;
	int r;

	if (store_is_connected(takeover->store))
		return 0;
	r = takeover_connect(takeover);
	if (r == 0)
		r = store_resolve(takeover->store, takeover->ingest, &was_committed);
	return r == -ESTALE ? 0 : r; /* another process owns one: the next commit says so */
}

static void retry_later(
	struct takeover *takeover, struct ingest_partition *partition, const char *why)
{
	if (partition->reading == INGEST_READING_STOPPED)
		unread_stopped(takeover, partition, unread_retry_of(takeover, partition)->reason);
	else
		unread_waits(takeover, partition, why);
}

/* Each begins as if it had just been given to us. Kafka is asked only if there is a reason to. */
static void take_due(struct takeover *takeover, struct candidates *candidates)
{
	const char *kafka = NULL;
	int r = reconnect(takeover);

	takeover_record_stops(takeover);
	if (r == 0)
		r = drop_undecided(takeover, candidates);
	if (candidates->count == 0)
		return;
	if (r == 0) {
		r = consume_describe(takeover->consume, RETRY_TIMEOUT_MSEC);
		if (r < 0)
			kafka = "no broker says which partitions there are";
	}
	for (size_t i = 0; i < candidates->count && r == 0; i++)
		candidates->claim[i].partition->at_end = false;
	if (r == 0)
		r = take(takeover, candidates, &kafka);
	for (size_t i = 0; i < candidates->count; i++) {
		struct ingest_partition *partition = candidates->claim[i].partition;

		if (r < 0)
			retry_later(
				takeover, partition, kafka ? kafka : store_error(takeover->store));
		takeover->must_assign |= partition->reading == INGEST_READING_GOES_ON;
	}
}

bool takeover_retry(struct takeover *takeover)
{
	const int64_t now = clock_monotonic_usec(takeover->clock);
	struct candidates candidates = {0};
	bool is_read_anew = false;

	takeover->next_retry_usec = INT64_MAX;
	if (candidates_init(&candidates, takeover->ingest->n_partitions) == 0) {
		add_due(takeover, &candidates, now);
		if (candidates.count > 0)
			take_due(takeover, &candidates);
	} else {
		unread_retry_by(takeover, now + ANOTHER_TIME_USEC);
	}
	candidates_release(&candidates);
	if (takeover->must_assign) {
		is_read_anew = start_reading(takeover) == 0;
		takeover->must_assign = !is_read_anew;
	}
	if (takeover->must_assign)
		unread_retry_by(takeover, now + ANOTHER_TIME_USEC);
	return is_read_anew;
}
