/*
 * Topics are made on purpose (brokers should not make them by themselves), under a name that
 * access rules and the aggregator can rely on.
 */
#include "cli/command/topic.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/broker/topic.h"
#include "cli/command/command.h"
#include "cli/session.h"
#include "common/format/table.h"
#include "hubmeter/cleanup.h"

/* There is a topic: fine if it is the one that was asked for. */
static int print_existing(const struct broker_topic *topic, int partitions)
{
	(void)printf("%s: exists, %d partition%s\n", topic->name, topic->partitions,
		topic->partitions == 1 ? "" : "s");
	if (topic->partitions != partitions)
		(void)fprintf(stderr,
			"hubmeter: warning: \"%s\" has %d partitions, not %d, and keeps them: with "
			"other "
			"partitions a node's batches would go elsewhere\n",
			topic->name, topic->partitions, partitions);
	return EXIT_SUCCESS;
}

/* Windows are judged by the time of the record: the broker's, not what a producer says. */
static const struct broker_setting settings[] = {
	{"message.timestamp.type", "LogAppendTime"},
	{"cleanup.policy", "delete"},
};

static int create(struct broker *broker, const char *name, int partitions)
{
	struct broker_topics topics;
	const struct broker_topic *existing;
	int status;

	if (broker_topics(broker, &topics) < 0)
		return command_failed("create the topic", broker_error(broker));
	existing = broker_topics_find(&topics, name);
	if (existing) {
		status = print_existing(existing, partitions);
	} else {
		int r = broker_create_topic(broker, name, partitions, 0, settings,
			sizeof(settings) / sizeof(settings[0]));

		if (r < 0 && r != -EEXIST)
			status = command_failed("create the topic", broker_error(broker));
		else
			status = EXIT_SUCCESS;
		if (r == 0)
			(void)printf("%s: created, %d partition%s\n", name, partitions,
				partitions == 1 ? "" : "s");
	}
	broker_topics_release(&topics);
	return status;
}

int topic_create_run(const struct config *config, char **arguments)
{
	hm_cleanup(session_broker_freep) struct broker *broker = NULL;
	char name[TOPIC_NAME_SIZE];

	if (!hub_name_valid(arguments[0]))
		return command_usage_error("hub \"%s\": a name has letters, digits, - and _ only, "
					   "the first a letter or digit",
			arguments[0]);
	topic_name_make(arguments[0], name);
	broker = session_open_broker(config, "create the topic");
	if (!broker)
		return EXIT_FAILURE;
	return create(broker, name, (int)config->partitions);
}

/* Records held in all partitions of @topic. */
static int count_records(struct broker *broker, const struct broker_topic *topic, int64_t *ret)
{
	int64_t records = 0;

	for (int i = 0; i < topic->partitions; i++) {
		int64_t low, high;
		int r = broker_watermarks(broker, topic->name, i, &low, &high);

		if (r < 0)
			return r;
		records += high - low;
	}
	*ret = records;
	return 0;
}

static int fill(struct broker *broker, const struct broker_topics *topics, struct table *table)
{
	for (size_t i = 0; i < topics->count; i++) {
		const struct broker_topic *topic = &topics->topic[i];
		char partitions[16];
		char records[24];
		const char *const cells[] = {topic->name, topic->hub, partitions, records};
		int64_t count;

		if (count_records(broker, topic, &count) < 0)
			return command_failed("list the topics", broker_error(broker));
		(void)snprintf(partitions, sizeof(partitions), "%d", topic->partitions);
		(void)snprintf(records, sizeof(records), "%" PRId64, count);
		if (table_add(table, cells) < 0)
			return command_failed("list the topics", "out of memory");
	}
	return EXIT_SUCCESS;
}

static int list(struct broker *broker, enum table_format format)
{
	static const struct table_column columns[] = {
		{"topic", false},
		{"hub", false},
		{"partitions", true},
		{"records", true},
	};
	struct broker_topics topics;
	struct table table;
	int status;

	if (broker_topics(broker, &topics) < 0)
		return command_failed("list the topics", broker_error(broker));
	if (table_init(&table, columns, sizeof(columns) / sizeof(columns[0])) < 0) {
		broker_topics_release(&topics);
		return command_failed("list the topics", "out of memory");
	}
	status = fill(broker, &topics, &table);
	if (status == EXIT_SUCCESS)
		(void)table_print(&table, format, stdout); /* main() asks ferror() */
	table_release(&table);
	broker_topics_release(&topics);
	return status;
}

int topic_list_run(const struct config *config, char **arguments)
{
	hm_cleanup(session_broker_freep) struct broker *broker =
		session_open_broker(config, "list the topics");

	(void)arguments;
	return broker ? list(broker, config->table_format) : EXIT_FAILURE;
}
