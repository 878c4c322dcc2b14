/*
 * hubmeter metrics: budgets, funds, bills and rating, for Prometheus.
 */
#ifndef CLI_COMMAND_METRICS_H
#define CLI_COMMAND_METRICS_H

#include "cli/config.h"

int metrics_run(const struct config *config, char **arguments);

#endif
