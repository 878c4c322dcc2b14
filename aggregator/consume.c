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

#define TOPIC_PATTERN	    "^usage\\.[A-Za-z0-9][A-Za-z0-9_-]{0,199}\\.v1$" /* topic_name.h */
#define LIMITS_TIMEOUT_MSEC 5000

struct consume {
	rd_kafka_t *kafka;
	struct consume_handler handler;
	rd_kafka_message_t *message; /* the one the caller looks at */
	rd_kafka_topic_partition_list_t *granted;
	struct consume_place *place; /* of granted */
	bool has_news;		     /* granted was not reported yet */
	bool is_suspect;
	bool is_fatal;
};

static int priority_of(int syslog_level)
{
	if (syslog_level <= LOG_PRIORITY_ERROR)
		return LOG_PRIORITY_WARNING; /* librdkafka retries by itself */
	return syslog_level <= LOG_PRIORITY_DEBUG ? syslog_level : LOG_PRIORITY_DEBUG;
}

static void on_log(const rd_kafka_t *kafka, int level, const char *facility, const char *text)
{
	char quoted[LOG_QUOTED_SIZE];

	(void)kafka;
	log_event((enum log_priority)priority_of(level), "kafka_log", "facility=%s text=%s",
		facility, log_quote(quoted, text));
}

static void on_error(rd_kafka_t *kafka, int error, const char *reason, void *opaque)
{
	struct consume *consume = opaque;
	char quoted[LOG_QUOTED_SIZE];

	(void)kafka;
	if (error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
		error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
		consume->is_suspect = true;
	if (error == RD_KAFKA_RESP_ERR__FATAL)
		consume->is_fatal = true;
	log_event(LOG_PRIORITY_WARNING, "kafka_error", "code=%d reason=%s", error,
		log_quote(quoted, reason));
}

static void forget_granted(struct consume *consume)
{
	if (consume->granted)
		rd_kafka_topic_partition_list_destroy(consume->granted);
	consume->granted = NULL;
	free(consume->place);
	consume->place = NULL;
	consume->has_news = false;
}

/* Take the grant, read nothing yet: the caller says from where. */
static void on_assign(struct consume *consume, const rd_kafka_topic_partition_list_t *list)
{
	forget_granted(consume);
	consume->place = calloc((size_t)list->cnt + 1, sizeof(*consume->place));
	if (!consume->place)
		return; /* nothing is read; the next rebalance tries again */
	consume->granted = rd_kafka_topic_partition_list_copy(list);
	for (int i = 0; i < list->cnt; i++)
		consume->place[i] = (struct consume_place){
			consume->granted->elems[i].topic, consume->granted->elems[i].partition, 0};
	consume->has_news = true;
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
	forget_granted(consume);
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
	forget_granted(consume);
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
		return CONSUME_EVENT_MESSAGE;
	case RD_KAFKA_RESP_ERR__PARTITION_EOF:
		return CONSUME_EVENT_END;
	case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
	case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
		return CONSUME_EVENT_OUT_OF_RANGE;
	case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
	case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
	case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
		consume->is_suspect = true;
		break;
	default:
		break;
	}
	log_event(LOG_PRIORITY_WARNING, "kafka_message_error", "code=%d topic=%s reason=%s",
		message->err, ret->topic, log_quote(quoted, rd_kafka_message_errstr(message)));
	return CONSUME_EVENT_NONE;
}

enum consume_event consume_poll(
	struct consume *consume, int timeout_msec, struct consume_message *ret)
{
	enum consume_event event = CONSUME_EVENT_NONE;

	*ret = (struct consume_message){.topic = ""};
	drop_message(consume);
	if (!consume->has_news && !consume->is_suspect)
		consume->message = rd_kafka_consumer_poll(consume->kafka, timeout_msec);
	if (consume->message)
		event = event_of(consume, consume->message, ret);
	if (consume->is_fatal)
		return CONSUME_EVENT_FATAL;
	if (event == CONSUME_EVENT_NONE && consume->has_news) {
		consume->has_news = false;
		return CONSUME_EVENT_ASSIGN;
	}
	if (event == CONSUME_EVENT_NONE && consume->is_suspect) {
		consume->is_suspect = false;
		return CONSUME_EVENT_SUSPECT;
	}
	return event;
}

size_t consume_granted(const struct consume *consume, const struct consume_place **ret)
{
	*ret = consume->place;
	return consume->granted ? (size_t)consume->granted->cnt : 0;
}

static rd_kafka_topic_partition_list_t *list_of(const struct consume_place *place, size_t count)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);

	for (size_t i = 0; i < count; i++)
		rd_kafka_topic_partition_list_add(list, place[i].topic, place[i].partition)
			->offset = place[i].offset;
	return list;
}

int consume_assign(struct consume *consume, const struct consume_place *place, size_t count)
{
	rd_kafka_topic_partition_list_t *list = list_of(place, count);
	rd_kafka_resp_err_t error = rd_kafka_assign(consume->kafka, list);

	rd_kafka_topic_partition_list_destroy(list);
	return error ? -EIO : 0;
}

void consume_pause(struct consume *consume, const char *topic, int32_t partition)
{
	const struct consume_place place = {topic, partition, 0};
	rd_kafka_topic_partition_list_t *list = list_of(&place, 1);

	/* Saves the traffic only: the messages of a stopped partition are skipped anyway. */
	(void)rd_kafka_pause_partitions(consume->kafka, list);
	rd_kafka_topic_partition_list_destroy(list);
}

int consume_limits(struct consume *consume, const char *topic, int32_t partition, int64_t *ret_low,
	int64_t *ret_high)
{
	rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
		consume->kafka, topic, partition, ret_low, ret_high, LIMITS_TIMEOUT_MSEC);

	if (error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
		error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
		return -ENOENT;
	return error ? -EAGAIN : 0;
}

uint64_t consume_lag(const struct consume *consume, const struct consume_place *place)
{
	int64_t low = 0;
	int64_t high = 0;

	if (rd_kafka_get_watermark_offsets(
		    consume->kafka, place->topic, place->partition, &low, &high) ||
		high <= place->offset)
		return 0;
	return (uint64_t)(high - place->offset);
}

void consume_commit(struct consume *consume, const struct consume_place *place, size_t count)
{
	rd_kafka_topic_partition_list_t *list = list_of(place, count);

	(void)rd_kafka_commit(consume->kafka, list, 1); /* informational, the next one follows */
	rd_kafka_topic_partition_list_destroy(list);
}

void consume_close(struct consume *consume)
{
	drop_message(consume);
	(void)rd_kafka_consumer_close(consume->kafka); /* we leave in any case */
}
