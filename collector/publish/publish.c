/*
 * The producer is thrown away on the first failed delivery: behind a gap in what was persisted the
 * aggregator would take the later record first and then drop the earlier one as a duplicate.
 * enable.gapless.guarantee stops librdkafka at that point, and the spool replays in order.
 *
 * A record that Kafka refuses for what it is would be refused for ever, and all behind it would
 * wait. But librdkafka sends several records in one request, and all of them fail with the one that
 * is to blame. So the first that failed, and those behind it that failed, are sent again one by
 * one: what is refused when it was alone is set aside.
 */
#include "collector/publish/publish.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <librdkafka/rdkafka.h>

#include "collector/publish/date.h"
#include "collector/publish/in_flight.h"
#include "collector/publish/key_files.h"
#include "collector/publish/reason.h"
#include "common/kafka/settings.h"
#include "common/log.h"
#include "common/topic_name.h"
#include "hubmeter/cleanup.h"

#define THREAD_SLACK_NSEC 50000000ul
#define SAID_MAX	  4 /* reasons of as many kinds are said, then no more */
#define CONNECTION	  0 /* the kind of all that happens before a broker has answered */

struct publisher {
	struct publisher_config config;
	struct dater dater;
	struct key_files key_files; /* as this producer read them */
	bool has_key_files;
	int64_t keys_usec; /* when to look at them again, while the broker is away */
	int64_t held_usec; /* when to look whether the clock is set; 0: it is */
	struct spool *spool;
	int event_fd;
	rd_kafka_t *producer; /* NULL while backing off */
	rd_kafka_topic_t *topic;
	rd_kafka_queue_t *queue;
	char topic_name[TOPIC_NAME_SIZE];

	struct in_flight in_flight;
	uint64_t alone_until;	/* records up to this sequence are sent one by one */
	uint64_t last_read;	/* sequence last handed to librdkafka */
	uint64_t n_bad;		/* segments set aside, as far as that was said */
	uint64_t damaged_bytes; /* of the spool's reader when that was read */

	bool has_failed;	  /* a delivery failed: this producer's time is over */
	int64_t doomed_usec;	  /* it will take nothing more; until then the reports say why */
	int64_t retry_usec;	  /* when to make the next producer; 0: there is one */
	int64_t progress_usec;	  /* last delivery, or when what waits began to */
	bool was_idle;		  /* nothing waited when that was looked at last */
	char reason[REASON_SIZE]; /* why a connection failed last */
	bool is_away;		  /* said that the broker does not take our records */
	int said[SAID_MAX];	  /* of which kinds the reasons were, while it is */
	unsigned int n_said;
	bool said_spool_error;
	bool said_ack_error;
	uint64_t n_sent, n_acknowledged;
	struct in_flight_entry oldest; /* the first in flight when something last was */
};

const char *publisher_library_version(void)
{
	return rd_kafka_version_str();
}

rd_kafka_t *publisher_handle(struct publisher *publisher)
{
	return publisher->producer;
}

static rd_kafka_conf_t *make_conf(const struct option_pairs *user, char *error, size_t error_size)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	if (kafka_settings_apply(conf, KAFKA_CLIENT_SPOOL, user, error, error_size) < 0) {
		rd_kafka_conf_destroy(conf);
		return NULL;
	}
	rd_kafka_conf_set_events(
		conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
	return conf;
}

/*
 * librdkafka (2.0.2) rounds the time to its next timer down to whole milliseconds, wakes up before
 * it and asks the clock over and over until it has come: each second half a millisecond, which was
 * two thirds of what an idle producer costs. Threads that may sleep longer than they ask to wake up
 * behind it. Who has something to send is woken at once all the same.
 */
static rd_kafka_t *new_producer(rd_kafka_conf_t *conf, char *error, size_t error_size)
{
	int own_nsec = prctl(PR_GET_TIMERSLACK);
	rd_kafka_t *producer;

	(void)prctl(
		PR_SET_TIMERSLACK, THREAD_SLACK_NSEC); /* never fails; those made now inherit it */
	producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, error_size);
	if (own_nsec > 0)
		(void)prctl(PR_SET_TIMERSLACK, own_nsec); /* never fails */
	return producer;
}

static int start_producer(struct publisher *publisher, char *error, size_t error_size)
{
	static const uint64_t one = 1; /* what librdkafka writes into the eventfd */
	rd_kafka_conf_t *conf;
	rd_kafka_t *producer;

	publisher->has_key_files = key_files_note(&publisher->key_files, publisher->config.kafka);
	conf = make_conf(publisher->config.kafka, error, error_size);
	if (!conf)
		return -EINVAL;
	producer = new_producer(conf, error, error_size);
	if (!producer) {
		rd_kafka_conf_destroy(conf);
		return -EINVAL;
	}
	(void)rd_kafka_set_log_queue(producer, NULL); /* the main queue; can't fail for it */
	publisher->topic = rd_kafka_topic_new(producer, publisher->topic_name, NULL);
	if (!publisher->topic) {
		(void)snprintf(error, error_size, "topic \"%s\": %s", publisher->topic_name,
			rd_kafka_err2str(rd_kafka_last_error()));
		rd_kafka_destroy(producer);
		return -EINVAL;
	}
	publisher->producer = producer;
	publisher->queue = rd_kafka_queue_get_main(producer);
	rd_kafka_queue_io_event_enable(publisher->queue, publisher->event_fd, &one, sizeof(one));
	publisher->retry_usec = 0;
	return 0;
}

/* Whatever it still held is in the spool. */
static void stop_producer(struct publisher *publisher)
{
	if (!publisher->producer)
		return;
	(void)rd_kafka_purge(publisher->producer, /* asks; what can't be purged is not waited for */
		RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
	rd_kafka_queue_io_event_enable(publisher->queue, -1, NULL, 0);
	rd_kafka_queue_destroy(publisher->queue);
	rd_kafka_topic_destroy(publisher->topic);
	rd_kafka_destroy(publisher->producer);
	publisher->producer = NULL;
	publisher->topic = NULL;
	publisher->queue = NULL;
}

int publisher_new(const struct publisher_config *config, struct spool *spool, int64_t now_usec,
	char *error, size_t error_size, struct publisher **ret)
{
	struct publisher *publisher = calloc(1, sizeof(*publisher));
	int r;

	if (!publisher)
		return -ENOMEM;
	publisher->config = *config;
	publisher->spool = spool;
	publisher->progress_usec = now_usec;
	publisher->was_idle = true;
	dater_init(&publisher->dater, config->clock, config->boot_id);
	topic_name_make(config->hub, publisher->topic_name);
	publisher->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = publisher->event_fd < 0 ? -errno : start_producer(publisher, error, error_size);
	if (r < 0) {
		publisher_free(publisher);
		return r;
	}

	*ret = publisher;
	return 0;
}

void publisher_free(struct publisher *publisher)
{
	if (!publisher)
		return;
	stop_producer(publisher);
	dater_release(&publisher->dater);
	hm_closep(&publisher->event_fd);
	free(publisher);
}

int publisher_fd(const struct publisher *publisher)
{
	return publisher->event_fd;
}

/* Whether a reason of @kind, Kafka's error or CONNECTION, was said before, or many others were. */
static bool was_said(struct publisher *publisher, int kind)
{
	for (unsigned int i = 0; i < publisher->n_said; i++) {
		if (publisher->said[i] == kind)
			return true;
	}
	if (publisher->n_said == SAID_MAX)
		return true;
	publisher->said[publisher->n_said++] = kind;
	return false;
}

/* Once for each kind of reason, not at each attempt: one may hide another. */
static void log_unavailable(struct publisher *publisher, int kind, const char *reason)
{
	char quoted[LOG_QUOTED_SIZE];

	if (was_said(publisher, kind))
		return;
	publisher->is_away = true;
	log_event(LOG_PRIORITY_WARNING, "broker_away",
		"topic=%s reason=%s spooled_from=%" PRIu64 " spooled_to=%" PRIu64,
		publisher->topic_name, log_quote(quoted, reason), spool_acked(publisher->spool) + 1,
		spool_last_sequence(publisher->spool));
}

static void log_available(struct publisher *publisher)
{
	if (!publisher->is_away)
		return;
	publisher->is_away = false;
	publisher->n_said = 0;
	log_event(LOG_PRIORITY_NOTICE, "broker_back", "topic=%s acknowledged=%" PRIu64,
		publisher->topic_name, spool_acked(publisher->spool));
}

/*
 * Whether an error is about the record itself, and not about the broker, the topic or who may write
 * to it. A refused timestamp is not: librdkafka dates what it sends, so the same record is taken as
 * soon as the clock that is wrong, the node's or the broker's, was set.
 */
static bool is_of_record(rd_kafka_resp_err_t error)
{
	return error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
	       error == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE ||
	       error == RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE ||
	       error == RD_KAFKA_RESP_ERR_INVALID_RECORD;
}

static void take_failure(
	struct publisher *publisher, struct in_flight_entry *entry, rd_kafka_resp_err_t error)
{
	bool is_first = !publisher->has_failed; /* the others may only follow from it */

	publisher->has_failed = true;
	if (is_of_record(error))
		entry->refusal = error;
	else if (is_first)
		log_unavailable(publisher, error, reason_of_error(error));
}

static void take_reports(struct publisher *publisher, rd_kafka_event_t *event)
{
	const rd_kafka_message_t *message;
	struct in_flight_entry *entry;

	while ((message = rd_kafka_event_message_next(event))) {
		entry = message->_private;
		if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
			entry->is_delivered = true;
		else
			take_failure(publisher, entry, message->err);
	}
}

static void take_fatal(struct publisher *publisher, int64_t now_usec)
{
	char text[256];
	rd_kafka_resp_err_t error = rd_kafka_fatal_error(publisher->producer, text, sizeof(text));

	if (error == RD_KAFKA_RESP_ERR__GAPLESS_GUARANTEE) {
		/* it only follows from a delivery that failed, whose report says why */
		if (publisher->doomed_usec == 0)
			publisher->doomed_usec = now_usec + PUBLISHER_BACKOFF_USEC;
		return;
	}
	publisher->has_failed = true;
	if (error == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED)
		/* what who may write to no topic at all is answered first */
		log_unavailable(publisher, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
			"Broker: Topic authorization failed, as for every topic");
	else
		log_unavailable(publisher, error, text);
}

static void take_error(struct publisher *publisher, rd_kafka_event_t *event, int64_t now_usec)
{
	rd_kafka_resp_err_t error = rd_kafka_event_error(event);

	if (rd_kafka_event_error_is_fatal(event)) {
		take_fatal(publisher, now_usec);
		return;
	}
	/* A connection that broke is librdkafka's business until no broker is left, which it says
	 * without the reason. */
	if (error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || !publisher->reason[0])
		reason_make(rd_kafka_event_error_string(event), publisher->reason);
	if (error != RD_KAFKA_RESP_ERR__TRANSPORT && error != RD_KAFKA_RESP_ERR__RESOLVE)
		log_unavailable(publisher, CONNECTION, publisher->reason);
}

/* Its chatter is for who debugs it. */
static void take_log(rd_kafka_event_t *event)
{
	const char *facility, *text;
	char quoted[LOG_QUOTED_SIZE];
	int level;

	if (rd_kafka_event_log(event, &facility, &text, &level) == 0)
		log_event(LOG_PRIORITY_DEBUG, "librdkafka", "level=%d facility=%s text=%s", level,
			facility, log_quote(quoted, text));
}

static void take_events(struct publisher *publisher, int64_t now_usec)
{
	rd_kafka_event_t *event;

	while ((event = rd_kafka_queue_poll(publisher->queue, 0))) {
		switch (rd_kafka_event_type(event)) {
		case RD_KAFKA_EVENT_DR:
			take_reports(publisher, event);
			break;
		case RD_KAFKA_EVENT_ERROR:
			take_error(publisher, event, now_usec);
			break;
		case RD_KAFKA_EVENT_LOG:
			take_log(event);
			break;
		default:
			break;
		}
		rd_kafka_event_destroy(event);
	}
}

static void acknowledge(struct publisher *publisher, int64_t now_usec)
{
	const unsigned int n_before = in_flight_count(&publisher->in_flight);
	uint64_t acked = in_flight_take_delivered(&publisher->in_flight);
	int r;

	if (acked == 0)
		return;

	publisher->n_acknowledged += n_before - in_flight_count(&publisher->in_flight);
	publisher->progress_usec = now_usec;
	r = spool_ack(publisher->spool, acked);
	if (r < 0 && !publisher->said_ack_error)
		log_event(LOG_PRIORITY_WARNING, "spool_ack_failed",
			"reason=\"%s\" consequence=\"records may be sent again\"", strerror(-r));
	publisher->said_ack_error = r < 0;
	log_available(publisher);
}

/* Kafka refused it twice, the second time alone. */
static void set_aside(struct publisher *publisher, const struct in_flight_entry *entry)
{
	int r = spool_refuse(publisher->spool, entry->sequence);

	if (r == -ENOENT)
		return; /* it can't be read any more, which is said where it is read */
	if (r == 0)
		log_event(LOG_PRIORITY_ERROR, "record_refused",
			"sequence=%" PRIu64 " size=%zu reason=\"%s\" kept=refused/%020" PRIu64
			".rec",
			entry->sequence, entry->size, rd_kafka_err2str(entry->refusal),
			entry->sequence);
	else
		log_event(LOG_PRIORITY_ERROR, "record_lost",
			"sequence=%" PRIu64 " size=%zu reason=\"%s\" not_kept=\"%s\"",
			entry->sequence, entry->size, rd_kafka_err2str(entry->refusal),
			spool_error_text(r));
}

/* Who is to blame for what was refused, if anything was. */
static void judge_refusals(struct publisher *publisher)
{
	uint64_t last = 0;
	const struct in_flight_entry *first = in_flight_refused(&publisher->in_flight, &last);

	if (!first)
		return;
	if (first->sequence <= publisher->alone_until &&
		in_flight_count(&publisher->in_flight) == 1)
		set_aside(publisher, first);
	else if (last > publisher->alone_until)
		publisher->alone_until = last;
}

static void back_off(struct publisher *publisher, int64_t now_usec)
{
	stop_producer(publisher);
	spool_rewind(publisher->spool);
	in_flight_clear(&publisher->in_flight);
	publisher->has_failed = false;
	publisher->doomed_usec = 0;
	publisher->retry_usec = now_usec + PUBLISHER_BACKOFF_USEC;
}

static void retry(struct publisher *publisher, int64_t now_usec)
{
	char error[256] = "";

	if (start_producer(publisher, error, sizeof(error)) == 0)
		return;
	/* out of threads or memory, or of a new key and certificate only one is there: the settings
	 * worked before */
	log_unavailable(publisher, RD_KAFKA_RESP_ERR__INVALID_ARG, error);
	publisher->retry_usec = now_usec + PUBLISHER_BACKOFF_USEC;
}

/* A jump in the sequence beside bytes that are no record: those were records once. */
static void note_damage(struct publisher *publisher, uint64_t sequence)
{
	uint64_t damaged_bytes = publisher->spool->reader.damaged_bytes;

	if (damaged_bytes > publisher->damaged_bytes && sequence > publisher->last_read)
		log_event(LOG_PRIORITY_ERROR, "spool_damaged",
			"bytes=%" PRIu64 " before_sequence=%" PRIu64,
			damaged_bytes - publisher->damaged_bytes, sequence);
	publisher->damaged_bytes = damaged_bytes;
	if (sequence > publisher->last_read)
		publisher->last_read = sequence;
}

/* Found when it was opened, or when it was read. */
static void note_bad_segments(struct publisher *publisher)
{
	char name[SEGMENT_NAME_SIZE];

	if (publisher->spool->n_bad == publisher->n_bad)
		return;
	log_event(LOG_PRIORITY_ERROR, "spool_segment_bad", "count=%" PRIu64 " last=%s.bad",
		publisher->spool->n_bad - publisher->n_bad,
		segment_name(name, publisher->spool->last_bad));
	publisher->n_bad = publisher->spool->n_bad;
}

static void send_record(struct publisher *publisher, const struct spool_record *record)
{
	const char *node = publisher->config.node;
	const void *batch = record->batch;
	size_t size = record->batch_size;
	int64_t end_usec = dater_date(&publisher->dater, record->sequence, &batch, &size);
	struct in_flight_entry *entry =
		in_flight_add(&publisher->in_flight, record->sequence, size);

	entry->end_usec = end_usec;
	publisher->n_sent++;
	if (rd_kafka_produce(publisher->topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY,
		    (void *)(uintptr_t)batch, size, node, strlen(node), entry) != 0)
		take_failure(publisher, entry, rd_kafka_last_error());
}

static bool has_room(const struct publisher *publisher)
{
	const struct in_flight *in_flight = &publisher->in_flight;

	if (spool_acked(publisher->spool) < publisher->alone_until)
		return in_flight_count(in_flight) == 0;
	return in_flight_count(in_flight) < IN_FLIGHT_MAX && in_flight->bytes < PUBLISHER_MAX_BYTES;
}

static void produce_pending(struct publisher *publisher)
{
	struct spool_record record;
	int r = 0;

	while (has_room(publisher)) {
		r = spool_next(publisher->spool, &record);
		if (r <= 0)
			break;
		note_damage(publisher, record.sequence);
		send_record(publisher, &record);
		if (publisher->has_failed)
			return;
	}
	note_bad_segments(publisher);
	if (r < 0 && !publisher->said_spool_error)
		log_event(LOG_PRIORITY_ERROR, "spool_read_failed", "reason=\"%s\"",
			spool_error_text(r));
	publisher->said_spool_error = r < 0;
	if (r < 0)
		publisher->has_failed = true; /* read again from the last acknowledged, later */
}

/* What waits now and did not before is not late yet, however long ago the last delivery was. */
static void note_stall(struct publisher *publisher, int64_t now_usec)
{
	if (publisher->was_idle)
		publisher->progress_usec = now_usec;
	publisher->was_idle = publisher_is_idle(publisher);
	if (now_usec - publisher->progress_usec >= PUBLISHER_STALL_USEC && !publisher->is_away)
		log_unavailable(publisher, CONNECTION, "nothing was acknowledged for a minute");
}

/*
 * A certificate that has expired, or is not trusted any more, is renewed where it lies, and this
 * producer would not look at it again. One that works is left alone.
 */
static void note_new_keys(struct publisher *publisher, int64_t now_usec)
{
	if (!publisher->is_away || !publisher->has_key_files || now_usec < publisher->keys_usec)
		return;
	publisher->keys_usec = now_usec + PUBLISHER_KEYS_USEC;
	if (!key_files_changed(&publisher->key_files, publisher->config.kafka))
		return;
	log_event(LOG_PRIORITY_NOTICE, "keys_renewed", "topic=%s", publisher->topic_name);
	publisher->has_failed = true;
}

static void drain_event_fd(int fd)
{
	uint64_t count;
	ssize_t n = read(fd, &count, sizeof(count));

	(void)n; /* -EAGAIN: called for another reason */
}

/* Not while the clock can't be right: what is sent gets a date then. */
static bool is_time_to_send(struct publisher *publisher, int64_t now_usec)
{
	bool is_held = !dater_is_clock_set(&publisher->dater);

	if (is_held && publisher->held_usec == 0)
		log_event(LOG_PRIORITY_WARNING, "clock_not_set",
			"consequence=\"nothing is sent until it is, metering goes on\"");
	publisher->held_usec = is_held ? now_usec + PUBLISHER_CLOCK_USEC : 0;
	return !is_held;
}

void publisher_work(struct publisher *publisher, int64_t now_usec)
{
	drain_event_fd(publisher->event_fd);
	if (!publisher->producer && now_usec >= publisher->retry_usec)
		retry(publisher, now_usec);
	if (publisher->producer) {
		take_events(publisher, now_usec);
		acknowledge(publisher, now_usec);
		if (publisher->doomed_usec && now_usec >= publisher->doomed_usec)
			publisher->has_failed = true;
		if (!publisher->has_failed && !publisher->doomed_usec &&
			is_time_to_send(publisher, now_usec))
			produce_pending(publisher);
		note_new_keys(publisher, now_usec);
	}
	if (in_flight_count(&publisher->in_flight) > 0)
		publisher->oldest = *in_flight_first(&publisher->in_flight);
	if (publisher->has_failed) {
		judge_refusals(publisher);
		back_off(publisher, now_usec);
	}
	note_stall(publisher, now_usec);
}

int64_t publisher_deadline_usec(const struct publisher *publisher)
{
	if (!publisher->producer)
		return publisher->retry_usec;
	if (publisher->doomed_usec)
		return publisher->doomed_usec;
	if (publisher->held_usec)
		return publisher->held_usec;
	if (publisher->is_away && publisher->has_key_files)
		return publisher->keys_usec;
	if (!publisher->is_away && !publisher_is_idle(publisher))
		return publisher->progress_usec + PUBLISHER_STALL_USEC;
	return INT64_MAX;
}

struct publisher_figures publisher_figures(const struct publisher *publisher)
{
	const bool has_oldest = publisher->oldest.sequence > spool_acked(publisher->spool);

	return (struct publisher_figures){
		.n_sent = publisher->n_sent,
		.n_acknowledged = publisher->n_acknowledged,
		.oldest_usec = has_oldest ? publisher->oldest.end_usec : 0,
		.is_away = publisher->is_away,
	};
}

bool publisher_is_idle(const struct publisher *publisher)
{
	return spool_acked(publisher->spool) == spool_last_sequence(publisher->spool);
}
