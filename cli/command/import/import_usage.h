/*
 * Usage that another accounting system knows: checked as a whole, then sent through Kafka as a
 * collector would. See common/usage_interval.h for the columns and proto/interval_batch.h for what
 * is sent and why the same file counts once.
 */
#ifndef CLI_COMMAND_IMPORT_IMPORT_USAGE_H
#define CLI_COMMAND_IMPORT_IMPORT_USAGE_H

#include "cli/config.h"

int import_usage_run(const struct config *config, char **arguments);

#endif
