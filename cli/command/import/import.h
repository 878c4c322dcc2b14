/*
 * Files of reference data: the whole file or nothing. See csv_input.h for the format.
 *
 * Errors are lines `people.csv:7: column "username": "x y": reason`, at most 20 and then how many
 * more there are.
 */
#ifndef CLI_COMMAND_IMPORT_IMPORT_H
#define CLI_COMMAND_IMPORT_IMPORT_H

#include "cli/config.h"

int import_org_run(const struct config *config, char **arguments);
int import_people_run(const struct config *config, char **arguments);
int import_memberships_run(const struct config *config, char **arguments);
int import_groups_run(const struct config *config, char **arguments);
int import_members_run(const struct config *config, char **arguments);
int import_prices_run(const struct config *config, char **arguments);
int import_customers_run(const struct config *config, char **arguments);
int import_rate_studies_run(const struct config *config, char **arguments);
int import_fees_run(const struct config *config, char **arguments);
int import_service_accounts_run(const struct config *config, char **arguments);
int import_chart_segments_run(const struct config *config, char **arguments);
int import_funds_run(const struct config *config, char **arguments);
int import_amendments_run(const struct config *config, char **arguments);
int import_plans_run(const struct config *config, char **arguments);
int import_assignments_run(const struct config *config, char **arguments);
int import_caps_run(const struct config *config, char **arguments);
int import_budgets_run(const struct config *config, char **arguments);
int import_stewards_run(const struct config *config, char **arguments);
int import_readers_run(const struct config *config, char **arguments);
int import_thresholds_run(const struct config *config, char **arguments);
int import_closing_run(const struct config *config, char **arguments);
/* As importing prices, without changing anything. */
int prices_plan_run(const struct config *config, char **arguments);
int import_settlements_run(const struct config *config, char **arguments);
int import_domains_run(const struct config *config, char **arguments);
int import_bill_rules_run(const struct config *config, char **arguments);
int import_bill_policies_run(const struct config *config, char **arguments);
/* FOCUS, whatever other columns it has, plain or compressed with gzip. */
int bill_import_run(const struct config *config, char **arguments);

/* The file at @path, of any kind that has a command of its own above but bills. */
int import_path(const struct config *config, const char *kind, const char *path);

/* What @text says, a file of @kind that is called @name in messages. */
int import_text(const struct config *config, const char *kind, const char *name, const char *text);

/* The rows of the file were wrong: KIND, then the file. */
int void_run(const struct config *config, char **arguments);

#endif
