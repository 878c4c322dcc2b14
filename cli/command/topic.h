/*
 * The usage topics: one per hub.
 */
#ifndef CLI_COMMAND_TOPIC_H
#define CLI_COMMAND_TOPIC_H

#include "cli/config.h"

int topic_create_run(const struct config *config, char **arguments);
int topic_list_run(const struct config *config, char **arguments);

#endif
