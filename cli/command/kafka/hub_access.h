/* Private to the files of cli/command/kafka/: whose access to what is given or taken. */
#ifndef CLI_COMMAND_KAFKA_HUB_ACCESS_H
#define CLI_COMMAND_KAFKA_HUB_ACCESS_H

#include <stdbool.h>

#include "cli/broker/access.h"
#include "cli/broker/topic.h"
#include "cli/config.h"

#define PRINCIPAL_SIZE (TOPIC_NAME_SIZE + 16)

struct hub_access {
	struct broker *broker;
	const char *act; /* for messages: "grant access" */
	const char *principal;
	char own_principal[PRINCIPAL_SIZE]; /* what that is without --principal */
	char topic[TOPIC_NAME_SIZE];
	char prefix[TOPIC_NAME_SIZE]; /* ends with the delimiter */
	bool dry_run;
	bool is_there; /* the topic, and with how many partitions */
	int partitions;
};

/* Check the words, connect, see that there are rules and look for the topic; other than
 * EXIT_SUCCESS: has said why. */
int hub_access_open(
	struct hub_access *access, const struct config *config, const char *hub, const char *act);
void hub_access_close(struct hub_access *access);

/* What failed is in the broker's words. Returns EXIT_FAILURE. */
int hub_access_failed(const struct hub_access *access);

/* Print one step: "TOPIC-OR-PRINCIPAL: [would be ]WHAT". */
void hub_access_say(const struct hub_access *access, const char *subject, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Warn of everybody else who may write to the topic. */
int hub_access_warn_of_others(const struct hub_access *access);

#endif
