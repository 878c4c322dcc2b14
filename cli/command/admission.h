#ifndef CLI_COMMAND_ADMISSION_H
#define CLI_COMMAND_ADMISSION_H

#include "cli/config.h"

int can_spawn_run(const struct config *config, char **arguments);
int admission_run(const struct config *config, char **arguments);
int lien_list_run(const struct config *config, char **arguments);
int lien_release_run(const struct config *config, char **arguments);

#endif
