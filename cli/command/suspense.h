/*
 * Usage that no department pays for, and somebody's decision who does. The list is a report.
 */
#ifndef CLI_COMMAND_SUSPENSE_H
#define CLI_COMMAND_SUSPENSE_H

#include "cli/config.h"

/* HUB, USERNAME; the rest are options. */
int suspense_assign_run(const struct config *config, char **arguments);

#endif
