/*
 * What departments may spend in a fiscal year, and whether it lasts.
 */
#ifndef CLI_COMMAND_MONEY_BUDGET_H
#define CLI_COMMAND_MONEY_BUDGET_H

#include "cli/config.h"

/* As whoever signed in: a steward, or who imports. */
int budget_set_run(const struct config *config, char **arguments);
int budget_status_run(const struct config *config, char **arguments);

#endif
