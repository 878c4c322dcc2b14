/* "hubmeter close ...": months that are reviewed, closed and proved; "hubmeter ledger balance". */
#ifndef CLI_COMMAND_LEDGER_CLOSE_H
#define CLI_COMMAND_LEDGER_CLOSE_H

#include "cli/config.h"

int close_list_run(const struct config *config, char **arguments);
int close_check_run(const struct config *config, char **arguments);
int close_begin_run(const struct config *config, char **arguments);
int close_finish_run(const struct config *config, char **arguments);
int close_reopen_run(const struct config *config, char **arguments);
int close_waive_run(const struct config *config, char **arguments);
int close_review_run(const struct config *config, char **arguments);
int close_question_run(const struct config *config, char **arguments);
int close_answer_run(const struct config *config, char **arguments);
int close_repoint_run(const struct config *config, char **arguments);
int close_verify_run(const struct config *config, char **arguments);
int ledger_balance_run(const struct config *config, char **arguments);

#endif
