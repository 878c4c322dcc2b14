/*
 * Charges brought up to date: hub-day by hub-day, each in a transaction of its own.
 */
#ifndef CLI_COMMAND_RATE_H
#define CLI_COMMAND_RATE_H

#include "cli/config.h"
#include "cli/store/store.h"

int rate_run(const struct config *config, char **arguments);

/* Rate what waits, but for days that failed less than @retry_after (an interval) ago, and say so if
 * there was anything. Days that fail are named and skipped. Negative: store_error() says why. */
int rate_waiting(struct store *store, const char *retry_after);

#endif
