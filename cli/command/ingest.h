/* Decisions about partitions that nobody reads any more, because what must come next is not there.
 */
#ifndef CLI_COMMAND_INGEST_H
#define CLI_COMMAND_INGEST_H

#include "cli/config.h"

int ingest_accept_gap_run(const struct config *config, char **arguments);
int ingest_restart_run(const struct config *config, char **arguments);

#endif
