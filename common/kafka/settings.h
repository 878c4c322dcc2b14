/*
 * How every program's Kafka client is set up: one table of defaults, of what is not to be changed,
 * and the user's own `kafka.*` settings between the two.
 *
 * Invariants
 *  - A default gives way to the user's setting of the same name; a fixed setting is what
 *    exactly-once stands on, and the user's is refused with a reason.
 *  - A value is never repeated in an error: it may be a password.
 *
 *	rd_kafka_conf_t *conf = rd_kafka_conf_new();
 *	char error[256];
 *
 *	if (kafka_settings_apply(conf, KAFKA_CLIENT_CONSUMER, &config->kafka, error, sizeof(error)))
 *		rd_kafka_conf_destroy(conf);
 *
 * Don't set callbacks, events or the opaque pointer here: they belong to the room that polls.
 */
#ifndef COMMON_KAFKA_SETTINGS_H
#define COMMON_KAFKA_SETTINGS_H

#include <librdkafka/rdkafka.h>
#include <stddef.h>

#include "common/options/options.h"

enum kafka_client {
	KAFKA_CLIENT_SPOOL,    /* hubmeter-collector: sends its spool in order, for ever */
	KAFKA_CLIENT_IMPORT,   /* hubmeter: sends a file in order, gives up in the end */
	KAFKA_CLIENT_CONSUMER, /* hubmeter-aggregator: reads from the offsets it is told */
	KAFKA_CLIENT_ADMIN     /* hubmeter: asks and makes topics */
};

/*
 * Set up @conf for @client. -EINVAL, with one line in @error that names the setting: librdkafka
 * refuses it, or it is fixed. @conf is then half set and good for rd_kafka_conf_destroy() only.
 */
int kafka_settings_apply(rd_kafka_conf_t *conf, enum kafka_client client,
	const struct option_pairs *user, char *error, size_t error_size);

#endif
