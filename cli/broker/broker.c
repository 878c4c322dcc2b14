/*
 * Everything here is a question and an answer; no messages are read or written, so a bare
 * producer handle is enough and no consumer group is joined.
 */
#include "cli/broker/broker.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/broker/private.h"
#include "common/kafka/servers.h"
#include "common/kafka/settings.h"
#include "hubmeter/cleanup.h"

#define METADATA_MS   500 /* one try to reach anybody */
#define METADATA_TRYS 10

const char *broker_library(void)
{
	static char text[64];

	(void)snprintf(text, sizeof(text), "librdkafka %s", rd_kafka_version_str());
	return text;
}

int broker_fail(struct broker *broker, int r, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(broker->error, sizeof(broker->error), format, arguments);
	va_end(arguments);
	return r;
}

/*
 * Called by rd_kafka_poll() on our thread. "All brokers are down" explains nothing, and nor does
 * how long librdkafka was in which state.
 */
static void on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
	struct broker *broker = opaque;

	const char *state = strstr(reason, " (after ");
	int size = state ? (int)(state - reason) : (int)strlen(reason);

	(void)rk;
	if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
		(void)snprintf(broker->reason, sizeof(broker->reason), "%.*s", size, reason);
}

int broker_open(const struct option_pairs *kafka, struct broker **ret)
{
	struct broker *broker = calloc(1, sizeof(*broker));
	rd_kafka_conf_t *conf;
	char why[256];
	int r;

	if (!broker)
		return -ENOMEM;
	*ret = broker;
	if (!kafka_has_servers(kafka))
		return broker_fail(broker, -EINVAL, "no --kafka.bootstrap.servers given");
	conf = rd_kafka_conf_new();
	r = kafka_settings_apply(
		conf, KAFKA_CLIENT_ADMIN, kafka, broker->error, sizeof(broker->error));
	if (r < 0) {
		rd_kafka_conf_destroy(conf);
		return r;
	}
	rd_kafka_conf_set_error_cb(conf, on_error);
	rd_kafka_conf_set_opaque(conf, broker);
	broker->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
	if (!broker->rk) {
		rd_kafka_conf_destroy(conf);
		return broker_fail(broker, -EINVAL, "%s", why);
	}
	return 0;
}

const char *broker_error(const struct broker *broker)
{
	return broker->error;
}

void broker_free(struct broker *broker)
{
	if (!broker)
		return;
	if (broker->rk)
		rd_kafka_destroy(broker->rk);
	free(broker);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(
		((const struct broker_topic *)a)->name, ((const struct broker_topic *)b)->name);
}

static int take_topics(const struct rd_kafka_metadata *metadata, struct broker_topics *ret)
{
	struct broker_topics topics = {.n_brokers = metadata->broker_cnt};

	topics.topic = calloc((size_t)metadata->topic_cnt + 1, sizeof(*topics.topic));
	if (!topics.topic)
		return -ENOMEM;
	for (int i = 0; i < metadata->topic_cnt; i++) {
		struct broker_topic *topic = &topics.topic[topics.count];

		if (!topic_name_hub(metadata->topics[i].topic, topic->hub))
			continue;
		(void)snprintf(topic->name, sizeof(topic->name), "%s", metadata->topics[i].topic);
		topic->partitions = metadata->topics[i].partition_cnt;
		topics.count++;
	}
	qsort(topics.topic, topics.count, sizeof(*topics.topic), by_name);

	*ret = topics;
	return 0;
}

static void poll_errors(struct broker *broker)
{
	while (rd_kafka_poll(broker->rk, 0) > 0)
		;
}

int broker_topics(struct broker *broker, struct broker_topics *ret)
{
	const struct rd_kafka_metadata *metadata = NULL;
	rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR__TIMED_OUT;
	int r;

	for (int i = 0; i < METADATA_TRYS && error != RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
		error = rd_kafka_metadata(broker->rk, 1, NULL, &metadata, METADATA_MS);
		poll_errors(broker);
	}
	if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
		return broker_fail(broker, -ENOTCONN, "%s",
			broker->reason[0] ? broker->reason : rd_kafka_err2str(error));
	r = take_topics(metadata, ret);
	rd_kafka_metadata_destroy(metadata);
	return r;
}

void broker_topics_release(struct broker_topics *topics)
{
	free(topics->topic);
	*topics = (struct broker_topics){0};
}

const struct broker_topic *broker_topics_find(const struct broker_topics *topics, const char *name)
{
	for (size_t i = 0; i < topics->count; i++) {
		if (strcmp(topics->topic[i].name, name) == 0)
			return &topics->topic[i];
	}
	return NULL;
}

int broker_watermarks(struct broker *broker, const char *topic, int partition, int64_t *ret_low,
	int64_t *ret_high)
{
	int64_t low, high;
	rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
		broker->rk, topic, partition, &low, &high, BROKER_ANSWER_MS);

	if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
		return broker_fail(
			broker, -EIO, "%s/%d: %s", topic, partition, rd_kafka_err2str(error));
	*ret_low = low;
	*ret_high = high;
	return 0;
}

int broker_refused(
	struct broker *broker, const char *subject, rd_kafka_resp_err_t code, const char *text)
{
	if (code == RD_KAFKA_RESP_ERR_SECURITY_DISABLED)
		return broker_fail(broker, -EIO,
			"the broker has no authorizer, so everybody may write everything: set "
			"authorizer.class.name there");
	if (code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED ||
		code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
		return broker_fail(broker, -EACCES,
			"%s: the broker does not let us: kafka.* must say who is a super user",
			subject);
	return broker_fail(broker, -EIO, "%s: %s", subject, text ? text : rd_kafka_err2str(code));
}

int broker_await(
	struct broker *broker, rd_kafka_queue_t *queue, const char *subject, rd_kafka_event_t **ret)
{
	hm_cleanup(event_destroyp) rd_kafka_event_t *event =
		rd_kafka_queue_poll(queue, 2 * BROKER_ANSWER_MS);

	poll_errors(broker);
	if (!event)
		return broker_fail(broker, -ENOTCONN, "%s",
			broker->reason[0] ? broker->reason : "no answer from the broker");
	if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return broker_refused(broker, subject, rd_kafka_event_error(event),
			rd_kafka_event_error_string(event));
	*ret = hm_steal(&event);
	return 0;
}

static void note_policy(const rd_kafka_ConfigResource_t *resource, struct broker_topic *topic)
{
	const rd_kafka_ConfigEntry_t **entry;
	size_t count;

	entry = rd_kafka_ConfigResource_configs(resource, &count);
	for (size_t i = 0; i < count; i++) {
		const char *value = rd_kafka_ConfigEntry_value(entry[i]);

		if (strcmp(rd_kafka_ConfigEntry_name(entry[i]), "cleanup.policy") == 0)
			topic->is_compacted = value && strstr(value, "compact");
	}
}

/* librdkafka answers in the order in which it was asked. */
static int policies_answer(
	struct broker *broker, rd_kafka_event_t *event, struct broker_topics *topics)
{
	const rd_kafka_ConfigResource_t **resource;
	size_t count = 0;

	resource = rd_kafka_DescribeConfigs_result_resources(
		rd_kafka_event_DescribeConfigs_result(event), &count);
	if (count != topics->count)
		return broker_fail(broker, -EIO, "unexpected answer from the broker");
	for (size_t i = 0; i < count; i++) {
		rd_kafka_resp_err_t error = rd_kafka_ConfigResource_error(resource[i]);

		if (error)
			return broker_refused(broker, topics->topic[i].name, error,
				rd_kafka_ConfigResource_error_string(resource[i]));
		note_policy(resource[i], &topics->topic[i]);
	}
	return 0;
}

int broker_read_policies(struct broker *broker, struct broker_topics *topics)
{
	hm_cleanup(queue_destroyp) rd_kafka_queue_t *queue = rd_kafka_queue_new(broker->rk);
	hm_cleanup(event_destroyp) rd_kafka_event_t *event = NULL;
	rd_kafka_ConfigResource_t **resource = calloc(topics->count + 1, sizeof(*resource));
	int r;

	if (!resource)
		return broker_fail(broker, -ENOMEM, "out of memory");
	for (size_t i = 0; i < topics->count; i++)
		resource[i] =
			rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topics->topic[i].name);
	if (topics->count)
		rd_kafka_DescribeConfigs(broker->rk, resource, topics->count, NULL, queue);
	rd_kafka_ConfigResource_destroy_array(resource, topics->count);
	free(resource);
	if (!topics->count)
		return 0;
	r = broker_await(broker, queue, "settings of topics", &event);
	return r < 0 ? r : policies_answer(broker, event, topics);
}
