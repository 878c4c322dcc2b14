/* Does one thing at a time, as its state says: the order of events is the order of the code. */
#include "aggregator/loop/loop.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>

#include "aggregator/loop/private.h"
#include "common/log.h"
#include "common/notify.h"

#define POLL_MOST_USEC	   (200 * 1000)
#define WAIT_MSEC	   100
#define REST_FROM_USEC	   (800 * 1000)
#define PROBE_TIMEOUT_MSEC 1000

static const struct outage_backoff rejoin_backoff = {1000 * 1000, 30 * 1000 * 1000};
static const struct outage_backoff probe_backoff = {1000 * 1000, 5 * 1000 * 1000};

static int64_t now_usec(const struct loop *loop)
{
	return clock_monotonic_usec(loop->clock);
}

/* States in which nothing gathered is of use any more. */
static bool forgets(enum loop_state state)
{
	return state == LOOP_STATE_HAS_LEFT_GROUP || state == LOOP_STATE_JOINED ||
	       state == LOOP_STATE_HAS_ASSIGNMENT;
}

/* All changes of state are made here. */
static void handle(struct loop *loop, enum loop_event event)
{
	if (event == LOOP_EVENT_NONE)
		return;
	loop->state = loop_state_next(loop->state, event);
	if (!forgets(loop->state))
		return;
	flush_drop(&loop->flush);
	loop->has_message = false;
	loop->is_resting = false;
}

static void end(struct loop *loop, int result)
{
	loop->result = result;
	handle(loop, LOOP_EVENT_END);
}

void loop_on_revoke(void *context, bool lost)
{
	struct loop *loop = context;

	log_event(LOG_PRIORITY_INFO, "revoked", "partitions=%zu lost=%d",
		loop->ingest->n_partitions, lost);
	flush_commit_or_drop(&loop->flush, !lost && loop->state != LOOP_STATE_IN_DOUBT);
	handle(loop, LOOP_EVENT_REVOKED);
}

static void on_commit_result(struct loop *loop, int r);

/* No commit is under way any more: the store may be used. false: nothing gathered is of use. */
static bool settle(struct loop *loop)
{
	int r = flush_settle(&loop->flush);

	if (r < 0)
		on_commit_result(loop, r);
	return r == 0;
}

/* After all before it is settled: what came back is read again, and this found again then. */
static bool is_still_read(struct loop *loop, const struct ingest_partition *partition)
{
	return settle(loop) && partition->reading == INGEST_READING_GOES_ON;
}

/* Another record is where the next one of @partition was to be. */
static void on_changed(struct loop *loop, struct ingest_partition *partition)
{
	if (is_still_read(loop, partition))
		takeover_stop_changed(&loop->takeover, partition, loop->message.offset);
}

static void on_unfit(struct loop *loop, struct ingest_partition *partition, const char *reason)
{
	if (is_still_read(loop, partition))
		takeover_stop(&loop->takeover, partition, reason);
}

/* Gather one message; one that finds no room is kept for after the commit. */
static enum loop_event on_message(struct loop *loop)
{
	const struct consume_message *message = &loop->message;
	struct ingest_partition *partition =
		ingest_find_partition(loop->ingest, message->topic, message->partition);
	int r = 0;

	if (partition &&
		message->offset >= until_offset(&loop->until, message->topic, message->partition)) {
		partition->at_end = true;
		return LOOP_EVENT_NONE;
	}
	if (partition)
		r = ingest_message(loop->ingest, partition, message->offset, message->value,
			message->size, &message->written);
	loop->has_message = r == -EAGAIN;
	if (r == -EAGAIN)
		return LOOP_EVENT_COMMIT_DUE;
	if (r == -ESTALE)
		on_changed(loop, partition);
	else if (r < 0)
		on_unfit(loop, partition, strerror(-r));
	else if (partition && partition->pending > 0 && ingest_is_enough(loop->ingest, partition))
		return LOOP_EVENT_COMMIT_DUE; /* while the message is in hand */
	return LOOP_EVENT_NONE;
}

/* Was @offset asked for before the partition was given to us anew? librdkafka 2.0.2 says so late.
 */
static bool is_of_before(const struct ingest_partition *partition, int64_t offset)
{
	return offset >= 0 && offset < partition->next_offset - partition->verify;
}

static void on_out_of_range(struct loop *loop)
{
	struct ingest_partition *partition =
		ingest_find_partition(loop->ingest, loop->message.topic, loop->message.partition);

	if (partition && !is_of_before(partition, loop->message.offset))
		on_unfit(loop, partition,
			"the next record is not there: deleted, truncated or made anew");
}

static void on_end(struct loop *loop)
{
	struct ingest_partition *partition =
		ingest_find_partition(loop->ingest, loop->message.topic, loop->message.partition);

	if (partition)
		partition->at_end = true;
}

/* A topic of ours was deleted: look at its positions again, and only at those. */
static enum loop_event on_topic_gone(struct loop *loop)
{
	takeover_suspect(&loop->takeover, loop->message.topic);
	return loop->state == LOOP_STATE_READING && ingest_has_pending(loop->ingest)
		       ? LOOP_EVENT_COMMIT_DUE
		       : LOOP_EVENT_NONE;
}

/* A client that lost idle connections only says the same, so ask before it is announced. */
static void probe_kafka(struct loop *loop)
{
	char quoted[LOG_QUOTED_SIZE];

	if (consume_describe(loop->consume, PROBE_TIMEOUT_MSEC) == 0) {
		if (outage_over(&loop->kafka))
			log_event(LOG_PRIORITY_NOTICE, "kafka_back", "act=read");
		return;
	}
	if (outage_failed(
		    &loop->kafka, &probe_backoff, now_usec(loop), consume_error(loop->consume)))
		log_event(LOG_PRIORITY_WARNING, "kafka_away", "act=read reason=%s",
			log_quote(quoted, loop->kafka.reason));
}

static enum loop_event on_fatal(struct loop *loop)
{
	char quoted[LOG_QUOTED_SIZE];

	log_event(LOG_PRIORITY_ERROR, "kafka_gave_up", "reason=%s",
		log_quote(quoted, consume_error(loop->consume)));
	loop->result = -EIO;
	return LOOP_EVENT_END;
}

static int poll_msec(const struct loop *loop, int64_t now)
{
	int64_t idle = flush_idle_usec(&loop->flush, now);

	return (int)(((idle < POLL_MOST_USEC ? idle : POLL_MOST_USEC) + 999) / 1000);
}

static enum loop_event poll_kafka(struct loop *loop, int64_t now)
{
	switch (consume_poll(loop->consume, poll_msec(loop, now), &loop->message)) {
	case CONSUME_EVENT_NONE:
		break;
	case CONSUME_EVENT_MESSAGE:
		return on_message(loop);
	case CONSUME_EVENT_END:
		on_end(loop);
		break;
	case CONSUME_EVENT_OUT_OF_RANGE:
		on_out_of_range(loop);
		break;
	case CONSUME_EVENT_ASSIGNED:
		return LOOP_EVENT_ASSIGNED;
	case CONSUME_EVENT_TOPIC_GONE:
		return on_topic_gone(loop);
	case CONSUME_EVENT_UNREACHABLE:
		probe_kafka(loop);
		break;
	case CONSUME_EVENT_FATAL:
		return on_fatal(loop);
	}
	if (loop->kafka.is_on && outage_may_try(&loop->kafka, now))
		probe_kafka(loop);
	return LOOP_EVENT_NONE;
}

static void poll_once(struct loop *loop)
{
	if (loop->state != LOOP_STATE_ENDED)
		handle(loop, poll_kafka(loop, now_usec(loop)));
}

static void end_unfit(struct loop *loop)
{
	char quoted[LOG_QUOTED_SIZE];

	log_event(LOG_PRIORITY_ERROR, "postgres_unfit", "reason=%s",
		log_quote(quoted, store_error(loop->store)));
	end(loop, -EPROTONOSUPPORT);
}

/* PostgreSQL is wanted soon: be early to say that it is away, or not what we need. */
static void stay_connected(struct loop *loop)
{
	if (takeover_connect(&loop->takeover) == -EPROTONOSUPPORT)
		end_unfit(loop);
}

static void join(struct loop *loop)
{
	if (outage_may_try(&loop->fenced, now_usec(loop)) && consume_subscribe(loop->consume) == 0)
		handle(loop, LOOP_EVENT_JOINED);
}

static void take_over(struct loop *loop)
{
	int r = takeover_all(&loop->takeover);

	if (r == 0)
		handle(loop, LOOP_EVENT_TAKEN_OVER);
	else if (r == -EPROTONOSUPPORT)
		end_unfit(loop);
}

static bool is_caught_up(const struct loop *loop)
{
	const struct ingest *ingest = loop->ingest;

	for (size_t i = 0; i < ingest->n_partitions; i++)
		if (!ingest->partition[i].at_end &&
			ingest->partition[i].reading != INGEST_READING_STOPPED)
			return false;
	return true;
}

static void end_if_caught_up(struct loop *loop)
{
	if (!loop->config->exit_when_caught_up || loop->state != LOOP_STATE_READING ||
		!is_caught_up(loop))
		return;
	if (!flush_is_all_done(&loop->flush)) {
		handle(loop, LOOP_EVENT_COMMIT_DUE);
		return;
	}
	takeover_record_stops(&loop->takeover);
	end(loop, takeover_count(&loop->takeover, INGEST_READING_STOPPED) ? -ENOENT : 0);
}

static void read_on(struct loop *loop)
{
	const int64_t now = now_usec(loop);
	const bool may_retry = now >= loop->takeover.next_retry_usec;
	enum loop_event event;

	if (loop->is_resting)
		takeover_read(&loop->takeover);
	loop->is_resting = false;
	if ((may_retry || flush_has_landed(&loop->flush)) && !settle(loop))
		return;
	if (loop->ingest->is_parted) { /* something came back: it is in no sum that goes on */
		handle(loop, LOOP_EVENT_COMMIT_DUE);
		return;
	}
	if (may_retry && takeover_retry(&loop->takeover))
		loop->has_message = false;
	event = loop->has_message ? on_message(loop) : poll_kafka(loop, now);
	if (event == LOOP_EVENT_NONE && loop->state == LOOP_STATE_READING &&
		flush_is_due(&loop->flush, now))
		event = LOOP_EVENT_COMMIT_DUE;
	handle(loop, event);
}

/* Another process owns a partition of ours: come back later. */
static void leave_group(struct loop *loop)
{
	const char *reason = store_error(loop->store);
	char quoted[LOG_QUOTED_SIZE];

	(void)outage_failed(&loop->fenced, &rejoin_backoff, now_usec(loop), reason);
	log_event(LOG_PRIORITY_WARNING, "fenced", "dropped=%zu reason=%s",
		rollup_keys(&loop->ingest->rollup), log_quote(quoted, reason));
	handle(loop, LOOP_EVENT_FENCED);
	consume_unsubscribe(loop->consume);
}

static void on_commit_result(struct loop *loop, int r)
{
	loop->has_message |= loop->flush.must_offer_again;
	loop->flush.must_offer_again = false;
	switch (r) {
	case 0:
		(void)outage_over(&loop->fenced); /* its end was never announced as such */
		handle(loop, LOOP_EVENT_COMMITTED);
		break;
	case -ECONNRESET:
		handle(loop, LOOP_EVENT_DISCONNECTED);
		break;
	case -ESTALE:
		leave_group(loop);
		break;
	case -EPROTONOSUPPORT:
		end_unfit(loop);
		break;
	case -ECANCELED:
		handle(loop, LOOP_EVENT_UNDONE);
		break;
	default:
		handle(loop, LOOP_EVENT_NOT_COMMITTED);
	}
}

/* What the group and the brokers say is heard. Nothing is assigned, so there are no messages. */
static enum loop_event poll_resting(struct loop *loop)
{
	switch (consume_poll(loop->consume, WAIT_MSEC, &loop->message)) {
	case CONSUME_EVENT_ASSIGNED:
		return LOOP_EVENT_ASSIGNED; /* what we had was revoked before */
	case CONSUME_EVENT_FATAL:
		return on_fatal(loop);
	case CONSUME_EVENT_UNREACHABLE:
		probe_kafka(loop);
		break;
	case CONSUME_EVENT_NONE:
	case CONSUME_EVENT_MESSAGE:
	case CONSUME_EVENT_END:
	case CONSUME_EVENT_OUT_OF_RANGE:
		break; /* it says so again when we read */
	case CONSUME_EVENT_TOPIC_GONE:
		takeover_suspect(&loop->takeover, loop->message.topic);
		break;
	}
	return LOOP_EVENT_NONE;
}

/*
 * A short wait keeps what Kafka's client holds ready. In a long one nothing is fetched, and the
 * group is answered: else a member that joins would wait for us, who wait for PostgreSQL. What was
 * fetched is given back, not paused: where a paused partition goes on is the client's own idea of
 * what was read (librdkafka 2.0.2), and ours is in PostgreSQL.
 */
static void rest(struct loop *loop)
{
	if (loop->flush.outage.wait_usec < REST_FROM_USEC) {
		(void)poll(NULL, 0, WAIT_MSEC); /* interrupted by a signal: looked at again */
		return;
	}
	if (!loop->is_resting && consume_assign(loop->consume, NULL, 0) == 0) {
		loop->is_resting = true;
		loop->has_message = false;
	}
	handle(loop, poll_resting(loop));
}

static bool has_to_commit(const struct loop *loop)
{
	return loop->state == LOOP_STATE_COMMITTING || loop->state == LOOP_STATE_IN_DOUBT;
}

/* Until the next attempt is due. false: there is none, what was gathered is not ours any more. */
static bool wait_backoff(struct loop *loop)
{
	while (!*loop->orders.stop && has_to_commit(loop) &&
		!outage_may_try(&loop->flush.outage, now_usec(loop)))
		rest(loop);
	return !*loop->orders.stop && has_to_commit(loop);
}

static void step(struct loop *loop)
{
	switch (loop->state) {
	case LOOP_STATE_HAS_LEFT_GROUP:
		join(loop);
		stay_connected(loop);
		poll_once(loop);
		break;
	case LOOP_STATE_JOINED:
		stay_connected(loop);
		poll_once(loop);
		break;
	case LOOP_STATE_HAS_ASSIGNMENT:
		take_over(loop);
		poll_once(loop);
		break;
	case LOOP_STATE_READING:
		read_on(loop);
		break;
	case LOOP_STATE_COMMITTING:
		if (wait_backoff(loop))
			on_commit_result(loop, flush_commit(&loop->flush));
		break;
	case LOOP_STATE_IN_DOUBT:
		if (wait_backoff(loop))
			on_commit_result(loop, flush_resolve(&loop->flush));
		break;
	case LOOP_STATE_ENDED:
	case LOOP_STATE_COUNT:
		break;
	}
}

/* What took its own copy of the configuration is given the new one; the rest reads it anyway. */
static void reload_if_told(struct loop *loop)
{
	if (!*loop->orders.reload)
		return;
	*loop->orders.reload = 0;
	loop->orders.reread(loop->orders.context);
	loop->ingest->limits.max_age_usec = loop->config->max_age;
	loop->ingest->limits.max_future_usec = loop->config->max_future;
}

/* Whoever waits too long for PostgreSQL or Kafka is not seen to be alive. */
static void tell_manager(struct loop *loop)
{
	const int64_t now = now_usec(loop);
	const int64_t every = notify_watchdog_usec();

	if (every == 0 || now < loop->watchdog_usec)
		return;
	(void)notify_state("WATCHDOG=1"); /* the next one follows */
	loop->watchdog_usec = now + every;
}

int loop_run(struct loop *loop)
{
	int r = notify_state("READY=1");

	if (r < 0)
		log_event(LOG_PRIORITY_WARNING, "not_notified", "reason=\"%s\"", strerror(-r));
	while (!*loop->orders.stop && loop->state != LOOP_STATE_ENDED) {
		step(loop);
		end_if_caught_up(loop);
		figures_tell(&loop->figures, loop->kafka.is_on);
		tell_manager(loop);
		reload_if_told(loop);
	}
	return loop->result;
}

void loop_close(struct loop *loop)
{
	(void)notify_state("STOPPING=1"); /* informational */
	flush_commit_or_drop(&loop->flush, loop->state != LOOP_STATE_IN_DOUBT);
	consume_close(loop->consume);
	figures_log(&loop->figures);
}
