/*
 * What can be told of the user's kafka.* settings without librdkafka. Pure.
 */
#ifndef COMMON_KAFKA_SERVERS_H
#define COMMON_KAFKA_SERVERS_H

#include <stdbool.h>

#include "common/options/options.h"

/* Whether the user said where the brokers are, by either name of that setting. */
bool kafka_has_servers(const struct option_pairs *user);

#endif
