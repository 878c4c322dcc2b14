/*
 * Kafka, as this program uses it: which usage topics are there and how much they hold. topic.h
 * makes and changes one, access.h says who may write to it. The files of cli/broker/ are the only
 * users of librdkafka.
 *
 * Invariants
 *  - After a failure broker_error() says why, for people, without a secret.
 *  - No call waits longer than about 10 s. No callback runs on a thread of librdkafka.
 *
 * Life cycle: broker_open() -> calls -> broker_free(), whatever broker_open() returned.
 */
#ifndef CLI_BROKER_BROKER_H
#define CLI_BROKER_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/options/options.h"
#include "common/topic_name.h"

struct broker;

struct broker_topic {
	char name[TOPIC_NAME_SIZE];
	char hub[TOPIC_NAME_SIZE];
	int partitions;
	bool is_compacted; /* as broker_read_policies() found: records vanish between others */
};

struct broker_topics {
	int n_brokers;
	struct broker_topic *topic; /* usage.<hub>.v1, sorted by name */
	size_t count;
};

/* "librdkafka 2.0.2" */
const char *broker_library(void);

/*
 * Take @kafka's settings; does not connect yet. -EINVAL: a setting is refused, see broker_error().
 * *@ret is set whatever is returned, unless out of memory.
 */
int broker_open(const struct option_pairs *kafka, struct broker **ret);
const char *broker_error(const struct broker *broker);
void broker_free(struct broker *broker);

/* Ask for all topics. -ENOTCONN: nobody answers. The caller releases *@ret. */
int broker_topics(struct broker *broker, struct broker_topics *ret);
void broker_topics_release(struct broker_topics *topics);

/* NULL: there is none of that name. */
const struct broker_topic *broker_topics_find(const struct broker_topics *topics, const char *name);

/* Ask for cleanup.policy of every topic. -EACCES: we may not. */
int broker_read_policies(struct broker *broker, struct broker_topics *topics);

/* Offsets held, [*ret_low, *ret_high). */
int broker_watermarks(struct broker *broker, const char *topic, int partition, int64_t *ret_low,
	int64_t *ret_high);

#endif
