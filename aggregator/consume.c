/*
 * The only user of librdkafka in this program. Rebalancing is eager (range): partitions come and
 * go all together, so the caller may forget everything it gathered at once.
 */
#include "aggregator/consume.h"

#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/kafka/settings.h"
#include "common/log.h"
#include "common/topic_name.h"

#define TOPIC_PATTERN	    "^usage\\.[A-Za-z0-9][A-Za-z0-9_-]{0,199}\\.v1$" /* topic_name.h */
#define LIMITS_TIMEOUT_MSEC 3000
#define LEADER_TIMEOUT_MSEC 1000 /* when some leader did not answer: for each of them */
#define ERROR_SIZE	    256

struct consume {
	rd_kafka_t *kafka;
	struct consume_handler handler;
	rd_kafka_message_t *message; /* the one the caller looks at */
	rd_kafka_topic_partition_list_t *assignment;
	struct topic_partition_offset *assigned; /* the same, for the caller */
	const rd_kafka_metadata_t *metadata;	 /* of consume_describe(); NULL: never asked */
	bool is_newly_assigned;			 /* the caller was not told yet; so are the next */
	bool is_topic_gone;
	char gone_topic[TOPIC_NAME_SIZE]; /* "": it is not known which, or several */
	bool is_unreachable;
	bool is_fatal;
	char error[ERROR_SIZE];
};

/* librdkafka retries by itself; failed connections are on_error()'s, too. */
static enum log_priority priority_of(int syslog_level, const char *facility)
{
	if (strcmp(facility, "FAIL") == 0 || syslog_level >= LOG_PRIORITY_DEBUG)
		return LOG_PRIORITY_DEBUG;
	return syslog_level <= LOG_PRIORITY_WARNING ? LOG_PRIORITY_WARNING
						    : (enum log_priority)syslog_level;
}

static void on_log(const rd_kafka_t *kafka, int level, const char *facility, const char *text)
{
	char quoted[LOG_QUOTED_SIZE];

	(void)kafka;
	log_event(priority_of(level, facility), "kafka_log", "facility=%s text=%s", facility,
		log_quote(quoted, text));
}

/* The reason up to what differs from attempt to attempt: "(after 0ms in state CONNECT, ...)". */
static void keep_error(struct consume *consume, const char *reason)
{
	const char *end = strstr(reason, " (after ");
	size_t size = end ? (size_t)(end - reason) : strlen(reason);

	(void)snprintf(
		consume->error, sizeof(consume->error), "%.*s", (int)size, reason); /* cut to fit */
}

/* The first usage topic that @text names; "": none. */
static void find_topic_name(const char *text, char ret[TOPIC_NAME_SIZE])
{
	char word[TOPIC_NAME_SIZE], hub[TOPIC_NAME_SIZE];

	ret[0] = '\0';
	while (*text && !ret[0]) {
		const size_t size = strcspn(text, " :");

		(void)snprintf(word, sizeof(word), "%.*s", (int)size, text); /* a name fits */
		if (topic_name_hub(word, hub))
			memcpy(ret, word, sizeof(word));
		text += size;
		text += strspn(text, " :");
	}
}

/* "usage.physics.v1 [0]: desired partition no longer exists (...)" */
static void note_topic_gone(struct consume *consume, const char *text)
{
	char topic[TOPIC_NAME_SIZE];

	find_topic_name(text, topic);
	if (!consume->is_topic_gone)
		(void)snprintf(consume->gone_topic, sizeof(consume->gone_topic), "%s", topic);
	else if (strcmp(consume->gone_topic, topic) != 0)
		consume->gone_topic[0] = '\0';
	consume->is_topic_gone = true;
}

static enum log_priority note_error(struct consume *consume, int error, const char *reason)
{
	switch (error) {
	case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
	case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
		note_topic_gone(consume, reason);
		return LOG_PRIORITY_WARNING;
	case RD_KAFKA_RESP_ERR__TRANSPORT:
	case RD_KAFKA_RESP_ERR__RESOLVE:
	case RD_KAFKA_RESP_ERR__SSL:
	case RD_KAFKA_RESP_ERR__AUTHENTICATION:
		keep_error(consume, reason);
		return LOG_PRIORITY_DEBUG;
	case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
		consume->is_unreachable = true;
		return LOG_PRIORITY_DEBUG; /* the caller says it, in its own time */
	default:
		return LOG_PRIORITY_WARNING;
	}
}

static void on_error(rd_kafka_t *kafka, int error, const char *reason, void *opaque)
{
	struct consume *consume = opaque;
	char quoted[LOG_QUOTED_SIZE];

	if (error == RD_KAFKA_RESP_ERR__FATAL) {
		consume->is_fatal = true;
		(void)rd_kafka_fatal_error(kafka, consume->error, sizeof(consume->error));
		return;
	}
	log_event(note_error(consume, error, reason), "kafka_error", "code=%d reason=%s", error,
		log_quote(quoted, reason));
}

static void forget_assignment(struct consume *consume)
{
	if (consume->assignment)
		rd_kafka_topic_partition_list_destroy(consume->assignment);
	consume->assignment = NULL;
	free(consume->assigned);
	consume->assigned = NULL;
	consume->is_newly_assigned = false;
}

/* Take the assignment, read nothing yet: the caller says from where. */
static void on_assign(struct consume *consume, const rd_kafka_topic_partition_list_t *list)
{
	forget_assignment(consume);
	consume->assigned = calloc((size_t)list->cnt + 1, sizeof(*consume->assigned));
	if (!consume->assigned)
		return; /* nothing is read; the next rebalance tries again */
	consume->assignment = rd_kafka_topic_partition_list_copy(list);
	for (int i = 0; i < list->cnt; i++)
		consume->assigned[i] =
			(struct topic_partition_offset){consume->assignment->elems[i].topic,
				consume->assignment->elems[i].partition, 0};
	consume->is_newly_assigned = true;
}

static void on_rebalance(rd_kafka_t *kafka, rd_kafka_resp_err_t error,
	rd_kafka_topic_partition_list_t *list, void *opaque)
{
	struct consume *consume = opaque;

	if (error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
		rd_kafka_topic_partition_list_t *none = rd_kafka_topic_partition_list_new(0);

		on_assign(consume, list);
		(void)rd_kafka_assign(kafka, none); /* fails only when the client is closing */
		rd_kafka_topic_partition_list_destroy(none);
		return;
	}
	consume->handler.revoke(consume->handler.context, rd_kafka_assignment_lost(kafka) != 0);
	forget_assignment(consume);
	(void)rd_kafka_assign(kafka, NULL); /* as above */
}

static int set(rd_kafka_conf_t *conf, const char *name, const char *value, char *ret_error,
	size_t error_size)
{
	return rd_kafka_conf_set(conf, name, value, ret_error, error_size) == RD_KAFKA_CONF_OK
		       ? 0
		       : -EINVAL;
}

static int set_all(rd_kafka_conf_t *conf, const struct consume_options *options, char *ret_error,
	size_t error_size)
{
	int r;

	r = kafka_settings_apply(
		conf, KAFKA_CLIENT_CONSUMER, options->kafka, ret_error, error_size);
	if (r == 0)
		r = set(conf, "group.id", options->group_id, ret_error, error_size);
	if (r == 0 && options->want_ends)
		r = set(conf, "enable.partition.eof", "true", ret_error, error_size);
	return r;
}

int consume_new(const struct consume_options *options, const struct consume_handler *handler,
	char *ret_error, size_t error_size, struct consume **ret)
{
	struct consume *consume = calloc(1, sizeof(*consume));
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	if (!consume || set_all(conf, options, ret_error, error_size) < 0) {
		rd_kafka_conf_destroy(conf);
		free(consume);
		return consume ? -EINVAL : -ENOMEM;
	}
	consume->handler = *handler;
	rd_kafka_conf_set_opaque(conf, consume);
	rd_kafka_conf_set_log_cb(conf, on_log);
	rd_kafka_conf_set_error_cb(conf, on_error);
	rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
	consume->kafka = rd_kafka_new(RD_KAFKA_CONSUMER, conf, ret_error, error_size);
	if (!consume->kafka) {
		rd_kafka_conf_destroy(conf);
		free(consume);
		return -EINVAL;
	}
	(void)rd_kafka_poll_set_consumer(consume->kafka);   /* fails for producers only */
	(void)rd_kafka_set_log_queue(consume->kafka, NULL); /* fails without log.queue only */
	*ret = consume;
	return 0;
}

static void drop_message(struct consume *consume)
{
	if (consume->message)
		rd_kafka_message_destroy(consume->message);
	consume->message = NULL;
}

void consume_free(struct consume *consume)
{
	if (!consume)
		return;
	drop_message(consume);
	forget_assignment(consume);
	rd_kafka_metadata_destroy(consume->metadata);
	rd_kafka_destroy(consume->kafka);
	free(consume);
}

const char *consume_library_version(void)
{
	return rd_kafka_version_str();
}

int consume_subscribe(struct consume *consume)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_resp_err_t error;

	(void)rd_kafka_topic_partition_list_add(list, TOPIC_PATTERN, RD_KAFKA_PARTITION_UA);
	error = rd_kafka_subscribe(consume->kafka, list);
	rd_kafka_topic_partition_list_destroy(list);
	return error ? -EIO : 0;
}

void consume_unsubscribe(struct consume *consume)
{
	(void)rd_kafka_unsubscribe(consume->kafka); /* fails only when the client is closing */
}

static struct record_time written_at(const rd_kafka_message_t *message)
{
	rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
	const int64_t msec = rd_kafka_message_timestamp(message, &type);
	struct record_time written = {RECORD_CLOCK_NONE, 0};

	if (__builtin_mul_overflow(msec, 1000, &written.usec))
		written.usec = INT64_MAX;
	if (type == RD_KAFKA_TIMESTAMP_CREATE_TIME)
		written.clock = RECORD_CLOCK_PRODUCER;
	if (type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME)
		written.clock = RECORD_CLOCK_BROKER;
	return written;
}

static enum consume_event event_of(
	struct consume *consume, const rd_kafka_message_t *message, struct consume_message *ret)
{
	char quoted[LOG_QUOTED_SIZE];

	ret->topic = message->rkt ? rd_kafka_topic_name(message->rkt) : "";
	ret->partition = message->partition;
	ret->offset = message->offset;
	switch (message->err) {
	case RD_KAFKA_RESP_ERR_NO_ERROR:
		ret->value = message->payload;
		ret->size = message->len;
		ret->written = written_at(message);
		return CONSUME_EVENT_MESSAGE;
	case RD_KAFKA_RESP_ERR__PARTITION_EOF:
		return CONSUME_EVENT_END;
	case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
	case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
		return CONSUME_EVENT_OUT_OF_RANGE;
	case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
	case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
	case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
		note_topic_gone(consume, ret->topic);
		break;
	default:
		break;
	}
	log_event(LOG_PRIORITY_WARNING, "kafka_message_error", "code=%d topic=%s reason=%s",
		message->err, ret->topic, log_quote(quoted, rd_kafka_message_errstr(message)));
	return CONSUME_EVENT_NONE;
}

/* What callbacks left for the caller, most urgent first. Each is told once. */
static enum consume_event take_news(struct consume *consume, struct consume_message *ret)
{
	if (consume->is_newly_assigned) {
		consume->is_newly_assigned = false;
		return CONSUME_EVENT_ASSIGNED;
	}
	if (consume->is_topic_gone) {
		consume->is_topic_gone = false;
		ret->topic = consume->gone_topic;
		return CONSUME_EVENT_TOPIC_GONE;
	}
	if (consume->is_unreachable) {
		consume->is_unreachable = false;
		return CONSUME_EVENT_UNREACHABLE;
	}
	return CONSUME_EVENT_NONE;
}

enum consume_event consume_poll(
	struct consume *consume, int timeout_msec, struct consume_message *ret)
{
	enum consume_event event = CONSUME_EVENT_NONE;

	*ret = (struct consume_message){.topic = ""};
	drop_message(consume);
	if (!consume->is_newly_assigned && !consume->is_topic_gone)
		consume->message = rd_kafka_consumer_poll(consume->kafka, timeout_msec);
	if (consume->message)
		event = event_of(consume, consume->message, ret);
	if (consume->is_fatal)
		return CONSUME_EVENT_FATAL;
	return event == CONSUME_EVENT_NONE ? take_news(consume, ret) : event;
}

const char *consume_error(const struct consume *consume)
{
	return consume->error;
}

size_t consume_assignment(const struct consume *consume, const struct topic_partition_offset **ret)
{
	*ret = consume->assigned;
	return consume->assignment ? (size_t)consume->assignment->cnt : 0;
}

int consume_describe(struct consume *consume, int timeout_msec)
{
	const rd_kafka_metadata_t *metadata;

	if (rd_kafka_metadata(consume->kafka, 1, NULL, &metadata, timeout_msec))
		return -EAGAIN;
	rd_kafka_metadata_destroy(consume->metadata);
	consume->metadata = metadata;
	return 0;
}

static const rd_kafka_metadata_topic_t *find_topic(
	const rd_kafka_metadata_t *metadata, const char *topic)
{
	for (int i = 0; i < metadata->topic_cnt; i++)
		if (strcmp(metadata->topics[i].topic, topic) == 0)
			return &metadata->topics[i];
	return NULL;
}

static const rd_kafka_metadata_partition_t *find_partition(
	const rd_kafka_metadata_topic_t *topic, int32_t partition)
{
	for (int i = 0; i < topic->partition_cnt; i++)
		if (topic->partitions[i].id == partition)
			return &topic->partitions[i];
	return NULL;
}

const char *consume_unreadable(const struct consume *consume, const char *topic, int32_t partition)
{
	const rd_kafka_metadata_topic_t *of;
	const rd_kafka_metadata_partition_t *found;

	if (!consume->metadata)
		return NULL;
	of = find_topic(consume->metadata, topic);
	if (!of)
		return "there is no such topic";
	if (of->err)
		return rd_kafka_err2str(of->err);
	found = find_partition(of, partition);
	if (!found)
		return "there is no such partition";
	return found->leader < 0 ? "the partition has no leader" : NULL;
}

static rd_kafka_topic_partition_list_t *list_of(
	const struct topic_partition_offset *at, size_t count)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);

	for (size_t i = 0; i < count; i++)
		rd_kafka_topic_partition_list_add(list, at[i].topic, at[i].partition)->offset =
			at[i].offset;
	return list;
}

/*
 * Wait until the client has stopped what it does not read any more. An assignment that changes
 * again before that aborts the program: a partition is stopped twice (librdkafka#5573, in all
 * versions up to 2.15.0). The client's main thread does one thing after the other: the stop is
 * behind the assignment in its queue, and what it leads to behind the first question.
 */
static void wait_for_stops(struct consume *consume)
{
	for (int i = 0; i < 2; i++) {
		rd_kafka_topic_partition_list_t *list = NULL;

		if (rd_kafka_assignment(consume->kafka, &list) == RD_KAFKA_RESP_ERR_NO_ERROR)
			rd_kafka_topic_partition_list_destroy(list);
	}
}

int consume_assign(struct consume *consume, const struct topic_partition_offset *at, size_t count)
{
	rd_kafka_topic_partition_list_t *list = list_of(at, count);
	rd_kafka_resp_err_t error = rd_kafka_assign(consume->kafka, list);

	rd_kafka_topic_partition_list_destroy(list);
	wait_for_stops(consume);
	return error ? -EIO : 0;
}

/*
 * The first offsets, or those behind the last: what librdkafka calls offsets by time knows these
 * two as times, as the protocol does (KIP-79: -2 earliest, -1 latest).
 */
static int ask_offsets(struct consume *consume, rd_kafka_topic_partition_list_t *list, int64_t time,
	int timeout_msec)
{
	rd_kafka_resp_err_t error;

	if (list->cnt == 0)
		return 0;
	for (int i = 0; i < list->cnt; i++)
		list->elems[i].offset = time;
	error = rd_kafka_offsets_for_times(consume->kafka, list, timeout_msec);
	return error ? -EAGAIN : 0;
}

#define ANY_LEADER (-1)

static bool is_led_by(
	const struct consume *consume, const struct topic_partition_limits *of, int32_t leader)
{
	const rd_kafka_metadata_topic_t *topic;
	const rd_kafka_metadata_partition_t *partition;

	if (leader == ANY_LEADER)
		return true;
	topic = find_topic(consume->metadata, of->topic);
	partition = topic ? find_partition(topic, of->partition) : NULL;
	return partition && partition->leader == leader;
}

/* Of those that @leader leads. librdkafka answers in the order in which it was asked. */
static int ask_limits(struct consume *consume, struct topic_partition_limits *of, size_t count,
	int32_t leader, int timeout_msec)
{
	rd_kafka_topic_partition_list_t *low = rd_kafka_topic_partition_list_new((int)count);
	rd_kafka_topic_partition_list_t *high;
	int r, next = 0;

	for (size_t i = 0; i < count; i++)
		if (is_led_by(consume, &of[i], leader))
			(void)rd_kafka_topic_partition_list_add(low, of[i].topic, of[i].partition);
	high = rd_kafka_topic_partition_list_copy(low);
	r = ask_offsets(consume, low, RD_KAFKA_OFFSET_BEGINNING, timeout_msec);
	if (r == 0)
		r = ask_offsets(consume, high, RD_KAFKA_OFFSET_END, timeout_msec);
	for (size_t i = 0; i < count && r == 0; i++) {
		if (!is_led_by(consume, &of[i], leader))
			continue;
		of[i].low = low->elems[next].offset;
		of[i].high = high->elems[next].offset;
		of[i].is_known = !low->elems[next].err && !high->elems[next].err &&
				 of[i].low >= 0 && of[i].high >= of[i].low;
		next++;
	}
	rd_kafka_topic_partition_list_destroy(low);
	rd_kafka_topic_partition_list_destroy(high);
	return r;
}

/* One answer that does not come leaves librdkafka without any. So ask leader by leader then. */
int consume_limits(struct consume *consume, struct topic_partition_limits *of, size_t count)
{
	int r;

	for (size_t i = 0; i < count; i++)
		of[i].is_known = false;
	r = ask_limits(consume, of, count, ANY_LEADER, LIMITS_TIMEOUT_MSEC);
	if (r == 0 || !consume->metadata)
		return r;
	for (int i = 0; i < consume->metadata->broker_cnt; i++)
		if (ask_limits(consume, of, count, consume->metadata->brokers[i].id,
			    LEADER_TIMEOUT_MSEC) == 0)
			r = 0;
	return r;
}

uint64_t consume_lag(const struct consume *consume, const struct topic_partition_offset *at)
{
	int64_t low = 0;
	int64_t high = 0;

	if (rd_kafka_get_watermark_offsets(consume->kafka, at->topic, at->partition, &low, &high) ||
		high <= at->offset)
		return 0;
	return (uint64_t)(high - at->offset);
}

void consume_commit(struct consume *consume, const struct topic_partition_offset *at, size_t count)
{
	rd_kafka_topic_partition_list_t *list = list_of(at, count);

	(void)rd_kafka_commit(consume->kafka, list, 1); /* informational, the next one follows */
	rd_kafka_topic_partition_list_destroy(list);
}

void consume_close(struct consume *consume)
{
	drop_message(consume);
	(void)rd_kafka_consumer_close(consume->kafka); /* we leave in any case */
}
