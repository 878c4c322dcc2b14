/*
 * A topic and its settings: made, looked at, changed, deleted. Part of cli/broker/broker.h: what a
 * call returns below 0 has its reason in broker_error().
 */
#ifndef CLI_BROKER_TOPIC_H
#define CLI_BROKER_TOPIC_H

#include <stddef.h>

#include "cli/broker/broker.h"

struct broker_setting {
	const char *name; /* as Kafka spells it: retention.ms */
	char value[64];
};

/*
 * @replication 0: as many copies as the broker makes by itself. -EEXIST: there is one of that name.
 */
int broker_create_topic(struct broker *broker, const char *topic, int partitions, int replication,
	const struct broker_setting *setting, size_t count);

/* The values that hold for the settings that @setting[0 .. @count) name; "": the broker has no
 * such. */
int broker_topic_settings(
	struct broker *broker, const char *topic, struct broker_setting *setting, size_t count);

/* Set those, and leave all others of the topic as they are. */
int broker_change_topic(struct broker *broker, const char *topic,
	const struct broker_setting *setting, size_t count);

/* With all it holds. */
int broker_delete_topic(struct broker *broker, const char *topic);

#endif
