/*
 * Funds: what they are worth, what they paid and what is left.
 */
#ifndef CLI_COMMAND_MONEY_FUND_H
#define CLI_COMMAND_MONEY_FUND_H

#include "cli/config.h"

int fund_list_run(const struct config *config, char **arguments);
/* FUND */
int fund_show_run(const struct config *config, char **arguments);
int fund_statement_run(const struct config *config, char **arguments);

#endif
