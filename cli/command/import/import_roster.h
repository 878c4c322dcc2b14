/*
 * People, groups and members as student systems and allocation systems export them: all files of a
 * roster at once, the whole of it or nothing.
 */
#ifndef CLI_COMMAND_IMPORT_IMPORT_ROSTER_H
#define CLI_COMMAND_IMPORT_IMPORT_ROSTER_H

#include "cli/config.h"

/* @arguments: a folder or files, NULL behind the last. */
int import_canvas_run(const struct config *config, char **arguments);
int import_oneroster_run(const struct config *config, char **arguments);
int import_coldfront_run(const struct config *config, char **arguments);

#endif
