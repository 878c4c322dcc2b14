/* The tables of usage, made anew from Kafka in a database of their own, and compared. */
#ifndef CLI_COMMAND_REPLAY_REPLAY_H
#define CLI_COMMAND_REPLAY_REPLAY_H

#include "cli/config.h"

int replay_run(const struct config *config, char **arguments);

#endif
