/*
 * The demonstration federation (cli/demo): written as files, and brought into a database that is
 * for nothing else.
 */
#ifndef CLI_COMMAND_DEMO_H
#define CLI_COMMAND_DEMO_H

#include "cli/config.h"

int demo_federation_run(const struct config *config, char **arguments);
int demo_load_run(const struct config *config, char **arguments);
int demo_nodes_run(const struct config *config, char **arguments);
int demo_usage_run(const struct config *config, char **arguments);

#endif
