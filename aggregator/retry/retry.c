/* What the loop does with messages of Kafka, for those that are in the database, one at a time. */
#include "aggregator/retry/retry.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "aggregator/retry/judge.h"
#include "aggregator/retry/request.h"
#include "aggregator/rollup/ingest.h"
#include "aggregator/store/quarantine.h"
#include "hubmeter/cleanup.h"

#define ATTEMPTS 10 /* each waits for locks, or for the server, by itself */

struct retry {
	const struct config *config;
	struct request request;
	struct store *store;
	struct ingest *ingest;
	FILE *out;
	bool is_doubtful; /* the connection went with a commit of this message */
};

/* One message, as far as it is known what the database makes of it. */
struct attempt {
	int64_t id;
	struct store_quarantined message;
	bool without_classes;  /* its hub names more of them than it may */
	enum hm_reject reason; /* NONE: not refused so far */
};

const char *retry_fault(const struct config *config)
{
	struct request request;
	const char *fault;
	int r;

	if (!retry_is_asked(config))
		return *config->retry_shift || *config->retry_reason
			       ? "options \"retry_shift\" and \"retry_reason\" need retry_quarantine"
			       : NULL;
	r = request_parse(config->retry_quarantine, config->retry_shift, config->retry_reason,
		&request, &fault);
	if (r == 0)
		request_release(&request);
	return r == -EINVAL ? fault : NULL;
}

static void say(const struct retry *retry, int64_t id, const char *outcome, const char *more)
{
	(void)fprintf(retry->out, "%" PRId64 "\t%s%s%s\n", id, outcome, *more ? "\t" : "", more);
	(void)fflush(retry->out); /* whoever reads it is told as it goes on */
}

static int make_ingest(struct retry *retry, const struct clock *clock)
{
	struct ingest_limits limits = {
		.max_age_usec = retry->config->max_age,
		.max_future_usec = retry->config->max_future,
		.rollup_bytes = retry->config->flush_memory,
	};

	if (getrandom(&limits.seed, sizeof(limits.seed), 0) != sizeof(limits.seed))
		return -EIO;
	return ingest_new(clock, &limits, &retry->ingest);
}

/* What is known of streams is kept for the messages of one topic, which come one after the other.
 */
static void forget_other_topics(struct ingest *ingest, const char *topic)
{
	if (ingest->n_partitions > 0 && strcmp(ingest->partition[0].topic, topic) != 0)
		ingest_drop(ingest);
}

/* The partition of the message, which stands before it. */
static int stand_before(
	struct retry *retry, const struct attempt *attempt, struct ingest_partition **ret)
{
	const struct store_quarantined *message = &attempt->message;
	struct ingest_partition *partition;
	int r = 0;

	forget_other_topics(retry->ingest, message->topic);
	partition = ingest_find_partition(retry->ingest, message->topic, message->partition);
	if (!partition)
		r = ingest_add_partition(
			retry->ingest, message->topic, message->partition, &partition);
	if (r < 0)
		return r;
	partition->reading = INGEST_READING_GOES_ON;
	partition->next_offset = partition->committed_offset = message->offset;
	partition->poison_offset = attempt->without_classes ? message->offset : -1;
	*ret = partition;
	return store_load_streams_of(retry->store, partition);
}

static int settle(struct retry *retry, const struct attempt *attempt,
	const struct ingest_partition *partition)
{
	struct store_settlement settlement = {
		.quarantine_id = attempt->id,
		.outcome = "taken",
		.shift_usec = retry->request.shift_usec,
		.max_age_usec = retry->config->max_age,
		.reason = retry->request.reason,
	};
	int r;

	if (attempt->reason != HM_REJECT_NONE) {
		settlement.outcome = "refused";
		settlement.still_refused_as = hm_reject_name(attempt->reason);
	} else if (partition->counts.duplicates > 0) {
		settlement.outcome = "duplicate";
	}
	if (strcmp(settlement.outcome, "taken") == 0)
		r = store_flush_settling(retry->store, retry->ingest, &settlement);
	else
		r = store_settle(retry->store, &settlement);
	if (r < 0)
		return r;
	say(retry, attempt->id, settlement.outcome,
		settlement.still_refused_as ? settlement.still_refused_as : "");
	return 0;
}

/* Take it as the loop would. */
static int take(struct retry *retry, struct attempt *attempt, struct ingest_partition **ret)
{
	const struct record_time time = judge_time(&attempt->message, retry->request.shift_usec);
	int r;

	r = stand_before(retry, attempt, ret);
	if (r < 0)
		return r;
	r = ingest_message(retry->ingest, *ret, attempt->message.offset, attempt->message.payload,
		attempt->message.payload_size, &time);
	if (r == 0 && retry->ingest->n_refused > 0)
		attempt->reason = retry->ingest->refused[0].reason;
	return r;
}

/*
 * What the database said of it, as the loop has it: a stream is not as it was known here, or a
 * value or a name is one too many. 0: another attempt may come to something.
 */
static int learn(struct retry *retry, struct attempt *attempt, int r)
{
	const struct store_quarantined *message = &attempt->message;
	struct ingest *ingest = retry->ingest;

	switch (r) {
	case -EREMCHG: /* one stream is never too many */
		(void)ingest_want_streams(
			ingest_find_partition(ingest, message->topic, message->partition)
				->its_topic);
		break;
	case -EDQUOT:
		attempt->reason =
			attempt->without_classes ? HM_REJECT_TOO_MANY_NAMES : HM_REJECT_NONE;
		attempt->without_classes = true;
		break;
	case -EBADMSG:
		attempt->reason = HM_REJECT_OVERFLOW;
		break;
	case -ECONNRESET:
		retry->is_doubtful = true;
		break;
	case -EAGAIN:
		break;
	default:
		return r;
	}
	ingest_drop(ingest);
	return 0;
}

/* -EALREADY: it is not open. */
static int find(struct retry *retry, struct attempt *attempt)
{
	int r;

	store_quarantined_release(&attempt->message);
	r = store_find_quarantined(retry->store, attempt->id, &attempt->message);
	if (r == 0 && strcmp(attempt->message.state, "open") != 0)
		return -EALREADY;
	if (r == 0 && retry->request.shift_usec)
		r = judge_redate(&attempt->message, retry->request.shift_usec);
	if (r == -EBADMSG) {
		attempt->reason = HM_REJECT_MALFORMED;
		return 0;
	}
	return r;
}

static int try_once(struct retry *retry, struct attempt *attempt)
{
	struct ingest_partition *partition = NULL;
	int r = 0;

	if (!store_is_connected(retry->store))
		r = store_connect(retry->store);
	if (r == 0)
		r = find(retry, attempt);
	if (r == 0 && attempt->reason == HM_REJECT_NONE)
		r = take(retry, attempt, &partition);
	if (r == 0)
		r = settle(retry, attempt, partition);
	if (r == 0)
		ingest_commit(retry->ingest);
	return r;
}

/* It is not open: whose doing that is. */
static int tell_closed(struct retry *retry, const struct attempt *attempt)
{
	struct store_quarantined found = {.topic = NULL};
	int r = store_find_quarantined(retry->store, attempt->id, &found);

	if (r < 0)
		return r;
	if (retry->is_doubtful)
		say(retry, attempt->id, found.state, "");
	else
		say(retry, attempt->id, "closed", found.state);
	store_quarantined_release(&found);
	ingest_drop(retry->ingest);
	return 0;
}

static int try_message(struct retry *retry, struct attempt *attempt)
{
	int r = -EAGAIN;

	retry->is_doubtful = false;
	for (int i = 0; i < ATTEMPTS; i++) {
		r = try_once(retry, attempt);
		if (r == 0)
			return 0;
		if (r == -EALREADY)
			return tell_closed(retry, attempt);
		if (r == -ENOENT) {
			say(retry, attempt->id, "absent", "");
			return 0;
		}
		if (learn(retry, attempt, r) < 0)
			return r;
	}
	return r;
}

static void say_failed(const struct retry *retry, int64_t id, int r)
{
	const char *why = store_error(retry->store);

	if (r == -ENOMEM || !*why)
		why = strerror(-r);
	say(retry, id, "failed", why);
}

static int retry_all(struct retry *retry)
{
	for (size_t i = 0; i < retry->request.n_ids; i++) {
		struct attempt attempt = {.id = retry->request.id[i]};
		int r = try_message(retry, &attempt);

		if (r < 0)
			say_failed(retry, attempt.id, r);
		store_quarantined_release(&attempt.message);
		if (r < 0)
			return r;
	}
	return 0;
}

int retry_run(const struct config *config, const struct clock *clock, FILE *out)
{
	struct retry retry = {.config = config, .out = out};
	int r;

	r = request_parse(config->retry_quarantine, config->retry_shift, config->retry_reason,
		&retry.request, NULL);
	if (r == 0)
		r = make_ingest(&retry, clock);
	if (r == 0)
		r = store_new(config->postgres, config->postgres_timeout, clock, &retry.store);
	if (r == 0)
		r = retry_all(&retry);
	store_free(retry.store);
	ingest_free(retry.ingest);
	request_release(&retry.request);
	return r;
}
