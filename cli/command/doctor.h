/*
 * Looks at the whole path, from broker to charges: one line each check, what is wrong and what to
 * do. What a finding means is decided in doctor_evaluate.h.
 */
#ifndef CLI_COMMAND_DOCTOR_H
#define CLI_COMMAND_DOCTOR_H

#include "cli/config.h"

int doctor_run(const struct config *config, char **arguments);

#endif
