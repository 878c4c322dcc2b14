/*
 * Why a charge line is what it is: usage, price, who pays by which rule, and what that stands on.
 */
#ifndef CLI_COMMAND_EXPLAIN_H
#define CLI_COMMAND_EXPLAIN_H

#include "cli/config.h"

/* LINE, as `report detail` numbers them. */
int explain_run(const struct config *config, char **arguments);

#endif
