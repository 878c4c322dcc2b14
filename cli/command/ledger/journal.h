/* "hubmeter journal ...": closed months for the ledger system, and what that says of them. */
#ifndef CLI_COMMAND_LEDGER_JOURNAL_H
#define CLI_COMMAND_LEDGER_JOURNAL_H

#include "cli/config.h"

int journal_list_run(const struct config *config, char **arguments);
int journal_export_run(const struct config *config, char **arguments);
int journal_answer_run(const struct config *config, char **arguments);

#endif
