/*
 * Reports that show a view as it is, each a row of the store's table.
 */
#ifndef CLI_COMMAND_REPORT_VIEW_H
#define CLI_COMMAND_REPORT_VIEW_H

#include "cli/config.h"

/* The report called @name. An option that would limit it by what it has no column for is refused:
 * whoever gave it would take the whole for a part. */
int report_view_run(const struct config *config, const char *name);

#endif
