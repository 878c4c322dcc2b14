/* Every command says in the same words that there is no database, or not the right one, or no
 * Kafka. */
#include "cli/session.h"

#include "cli/command/command.h"

struct store *session_connect(const struct config *config)
{
	struct store *store = store_new(config->postgres);

	if (!store) {
		(void)command_failed("connect to the database", "out of memory");
		return NULL;
	}
	if (store_connect(store) < 0) {
		(void)command_failed("connect to the database", store_error(store));
		store_free(store);
		return NULL;
	}
	return store;
}

struct store *session_open(const struct config *config)
{
	struct store *store = session_connect(config);

	if (!store || store_check_schema(store) >= 0)
		return store;
	(void)command_failed("use the database", store_error(store));
	store_free(store);
	return NULL;
}

struct broker *session_open_broker(const struct config *config, const char *act)
{
	struct broker *broker = NULL;

	if (broker_open(&config->kafka, &broker) == 0)
		return broker;
	(void)command_failed(act, broker ? broker_error(broker) : "out of memory");
	broker_free(broker);
	return NULL;
}
