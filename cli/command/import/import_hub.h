/*
 * The groups of a JupyterHub and who is in them, as they are now: who is missing has left.
 */
#ifndef CLI_COMMAND_IMPORT_IMPORT_HUB_H
#define CLI_COMMAND_IMPORT_IMPORT_HUB_H

#include "cli/config.h"

/* @arguments: the hub's URL. */
int import_jupyterhub_run(const struct config *config, char **arguments);

#endif
