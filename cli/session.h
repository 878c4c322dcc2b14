/*
 * A connection to the database or to Kafka for the length of a command.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/broker/broker.h"
#include "cli/config.h"
#include "cli/store/store.h"

/*
 * Connect to a database with the schema that this program wants; NULL after saying why not on
 * standard error. The caller frees.
 */
struct store *session_open(const struct config *config);

/* The same for any database: for those who make or look after the schema. */
struct store *session_connect(const struct config *config);

/* Kafka; NULL after saying why its settings are refused. The caller frees. */
struct broker *session_open_broker(const struct config *config, const char *act);

static inline void session_broker_freep(struct broker **broker)
{
	broker_free(*broker);
}

static inline void session_closep(struct store **store)
{
	store_free(*store);
}

#endif
