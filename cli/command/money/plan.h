/*
 * Plans that say which funds pay: what is wrong with them, and their approval by somebody else than
 * who entered them.
 */
#ifndef CLI_COMMAND_MONEY_PLAN_H
#define CLI_COMMAND_MONEY_PLAN_H

#include "cli/config.h"

/* List versions; fails when one that waits or counts has a fault. */
int plan_check_run(const struct config *config, char **arguments);
int plan_approve_run(const struct config *config, char **arguments);

#endif
