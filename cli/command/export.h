/*
 * A month's charges for other programs.
 */
#ifndef CLI_COMMAND_EXPORT_H
#define CLI_COMMAND_EXPORT_H

#include "cli/config.h"

int export_focus_run(const struct config *config, char **arguments);

#endif
