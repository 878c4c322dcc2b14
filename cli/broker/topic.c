/*
 * AlterConfigs, the only request of librdkafka before 2.3 that changes settings, forgets those of a
 * topic that it does not name. So what the topic has of its own is read first and said again.
 */
#include "cli/broker/topic.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/broker/private.h"
#include "hubmeter/cleanup.h"

static inline void new_topic_destroyp(rd_kafka_NewTopic_t **topic)
{
	if (*topic)
		rd_kafka_NewTopic_destroy(*topic);
}

static inline void old_topic_destroyp(rd_kafka_DeleteTopic_t **topic)
{
	if (*topic)
		rd_kafka_DeleteTopic_destroy(*topic);
}

static inline void resource_destroyp(rd_kafka_ConfigResource_t **resource)
{
	if (*resource)
		rd_kafka_ConfigResource_destroy(*resource);
}

/* What became of the one topic that was asked about. */
static int topic_answer(struct broker *broker, const char *topic,
	const rd_kafka_topic_result_t **results, size_t count)
{
	rd_kafka_resp_err_t error;

	if (count != 1)
		return broker_fail(broker, -EIO, "%s: unexpected answer from the broker", topic);
	error = rd_kafka_topic_result_error(results[0]);
	if (error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
		return broker_fail(broker, -EEXIST, "exists already");
	if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
		return broker_refused(
			broker, topic, error, rd_kafka_topic_result_error_string(results[0]));
	return 0;
}

int broker_create_topic(struct broker *broker, const char *topic, int partitions, int replication,
	const struct broker_setting *setting, size_t count)
{
	hm_cleanup(queue_destroyp) rd_kafka_queue_t *queue = rd_kafka_queue_new(broker->rk);
	hm_cleanup(event_destroyp) rd_kafka_event_t *event = NULL;
	hm_cleanup(new_topic_destroyp) rd_kafka_NewTopic_t *new_topic = NULL;
	const rd_kafka_topic_result_t **results;
	size_t n_results = 0;
	char why[256];
	int r;

	new_topic = rd_kafka_NewTopic_new(
		topic, partitions, replication ? replication : -1, why, sizeof(why));
	if (!new_topic)
		return broker_fail(broker, -EINVAL, "%s", why);
	for (size_t i = 0; i < count; i++) {
		if (rd_kafka_NewTopic_set_config(new_topic, setting[i].name, setting[i].value))
			return broker_fail(
				broker, -EINVAL, "setting \"%s\" is refused", setting[i].name);
	}
	rd_kafka_CreateTopics(broker->rk, &new_topic, 1, NULL, queue);
	r = broker_await(broker, queue, topic, &event);
	if (r < 0)
		return r;
	results = rd_kafka_CreateTopics_result_topics(
		rd_kafka_event_CreateTopics_result(event), &n_results);
	return topic_answer(broker, topic, results, n_results);
}

int broker_delete_topic(struct broker *broker, const char *topic)
{
	hm_cleanup(queue_destroyp) rd_kafka_queue_t *queue = rd_kafka_queue_new(broker->rk);
	hm_cleanup(event_destroyp) rd_kafka_event_t *event = NULL;
	hm_cleanup(old_topic_destroyp) rd_kafka_DeleteTopic_t *old_topic =
		rd_kafka_DeleteTopic_new(topic);
	const rd_kafka_topic_result_t **results;
	size_t n_results = 0;
	int r;

	rd_kafka_DeleteTopics(broker->rk, &old_topic, 1, NULL, queue);
	r = broker_await(broker, queue, topic, &event);
	if (r < 0)
		return r;
	results = rd_kafka_DeleteTopics_result_topics(
		rd_kafka_event_DeleteTopics_result(event), &n_results);
	return topic_answer(broker, topic, results, n_results);
}

/* @resources: what one of two requests about settings answered. */
static int settings_answer(struct broker *broker, const char *topic,
	const rd_kafka_ConfigResource_t **resources, size_t count)
{
	rd_kafka_resp_err_t error;

	if (count != 1)
		return broker_fail(broker, -EIO, "%s: unexpected answer from the broker", topic);
	error = rd_kafka_ConfigResource_error(resources[0]);
	if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
		return broker_refused(
			broker, topic, error, rd_kafka_ConfigResource_error_string(resources[0]));
	return 0;
}

/* All settings of @topic. They live as long as *@ret_event, which the caller destroys. */
static int describe(struct broker *broker, const char *topic, rd_kafka_event_t **ret_event,
	const rd_kafka_ConfigEntry_t ***ret, size_t *ret_count)
{
	hm_cleanup(queue_destroyp) rd_kafka_queue_t *queue = rd_kafka_queue_new(broker->rk);
	hm_cleanup(resource_destroyp) rd_kafka_ConfigResource_t *resource =
		rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
	const rd_kafka_ConfigResource_t **resources;
	size_t n_resources = 0;
	int r;

	rd_kafka_DescribeConfigs(broker->rk, &resource, 1, NULL, queue);
	r = broker_await(broker, queue, topic, ret_event);
	if (r < 0)
		return r;
	resources = rd_kafka_DescribeConfigs_result_resources(
		rd_kafka_event_DescribeConfigs_result(*ret_event), &n_resources);
	r = settings_answer(broker, topic, resources, n_resources);
	if (r < 0)
		return r;
	*ret = rd_kafka_ConfigResource_configs(resources[0], ret_count);
	return 0;
}

int broker_topic_settings(
	struct broker *broker, const char *topic, struct broker_setting *setting, size_t count)
{
	hm_cleanup(event_destroyp) rd_kafka_event_t *event = NULL;
	const rd_kafka_ConfigEntry_t **entries = NULL;
	size_t n_entries = 0;
	int r = describe(broker, topic, &event, &entries, &n_entries);

	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++) {
		setting[i].value[0] = '\0';
		for (size_t j = 0; j < n_entries; j++) {
			const char *value = rd_kafka_ConfigEntry_value(entries[j]);

			if (value &&
				strcmp(rd_kafka_ConfigEntry_name(entries[j]), setting[i].name) == 0)
				(void)snprintf(
					setting[i].value, sizeof(setting[i].value), "%s", value);
		}
	}
	return 0;
}

static bool is_named(const char *name, const struct broker_setting *setting, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(setting[i].name, name) == 0)
			return true;
	}
	return false;
}

/* What the topic has of its own, but for @setting: librdkafka 2.0.2 would send both. */
static void add_own(rd_kafka_ConfigResource_t *resource, const rd_kafka_ConfigEntry_t **entries,
	size_t n_entries, const struct broker_setting *setting, size_t count)
{
	for (size_t i = 0; i < n_entries; i++) {
		const char *name = rd_kafka_ConfigEntry_name(entries[i]);

		if (rd_kafka_ConfigEntry_source(entries[i]) ==
				RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG &&
			!is_named(name, setting, count))
			(void)rd_kafka_ConfigResource_set_config(resource, /* fails without name */
				name, rd_kafka_ConfigEntry_value(entries[i]));
	}
}

int broker_change_topic(struct broker *broker, const char *topic,
	const struct broker_setting *setting, size_t count)
{
	hm_cleanup(queue_destroyp) rd_kafka_queue_t *queue = rd_kafka_queue_new(broker->rk);
	hm_cleanup(event_destroyp) rd_kafka_event_t *before = NULL;
	hm_cleanup(event_destroyp) rd_kafka_event_t *event = NULL;
	hm_cleanup(resource_destroyp) rd_kafka_ConfigResource_t *resource =
		rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
	const rd_kafka_ConfigEntry_t **entries = NULL;
	const rd_kafka_ConfigResource_t **resources;
	size_t n = 0;
	int r = describe(broker, topic, &before, &entries, &n);

	if (r < 0)
		return r;
	add_own(resource, entries, n, setting, count);
	for (size_t i = 0; i < count; i++)
		(void)rd_kafka_ConfigResource_set_config(
			resource, setting[i].name, setting[i].value);
	rd_kafka_AlterConfigs(broker->rk, &resource, 1, NULL, queue);
	r = broker_await(broker, queue, topic, &event);
	if (r < 0)
		return r;
	resources = rd_kafka_AlterConfigs_result_resources(
		rd_kafka_event_AlterConfigs_result(event), &n);
	return settings_answer(broker, topic, resources, n);
}
