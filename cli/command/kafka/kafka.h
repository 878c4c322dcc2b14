/*
 * Who may write as which hub: a hub's topic, and Kafka's access rules for whoever sends to it.
 *
 * Invariants
 *  - A second run changes nothing. --dry-run never does, and says the same.
 *  - Every step says what it did on standard output, before the next one begins.
 */
#ifndef CLI_COMMAND_KAFKA_KAFKA_H
#define CLI_COMMAND_KAFKA_KAFKA_H

#include "cli/config.h"

int kafka_grant_run(const struct config *config, char **arguments);
int kafka_revoke_run(const struct config *config, char **arguments);

#endif
