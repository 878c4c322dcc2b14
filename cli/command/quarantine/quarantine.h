/* What the aggregator refused: look at it, take it after all, or give it up. */
#ifndef CLI_COMMAND_QUARANTINE_QUARANTINE_H
#define CLI_COMMAND_QUARANTINE_QUARANTINE_H

#include "cli/config.h"

int quarantine_run(const struct config *config, char **arguments);

#endif
