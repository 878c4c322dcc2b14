/*
 * Bringing charges up to date, one hub-day per transaction. Two at once wait for each other.
 */
#ifndef CLI_COMMAND_RATE_H
#define CLI_COMMAND_RATE_H

#include "cli/config.h"

int rate_run(const struct config *config, char **arguments);

#endif
