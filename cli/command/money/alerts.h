/*
 * Alerts of budgets and funds: listed, and sent to a webhook until it has taken them.
 */
#ifndef CLI_COMMAND_MONEY_ALERTS_H
#define CLI_COMMAND_MONEY_ALERTS_H

#include "cli/config.h"

int alerts_list_run(const struct config *config, char **arguments);
int alerts_send_run(const struct config *config, char **arguments);

#endif
