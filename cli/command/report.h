/*
 * Reports of one month, from the views of the report schema.
 */
#ifndef CLI_COMMAND_REPORT_H
#define CLI_COMMAND_REPORT_H

#include <stdbool.h>

#include "cli/config.h"

/* YYYY-MM, 2000-01 to 2199-12. */
bool report_month_valid(const char *month);

int report_departments_run(const struct config *config, char **arguments);
int report_users_run(const struct config *config, char **arguments);
int report_nodes_run(const struct config *config, char **arguments);

#endif
