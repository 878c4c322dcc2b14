/*
 * Reports of one month or several, from the views of the report schema.
 */
#ifndef CLI_COMMAND_REPORT_H
#define CLI_COMMAND_REPORT_H

#include <stdbool.h>

#include "cli/config.h"
#include "cli/store/store.h"

/* YYYY-MM, 2000-01 to 2199-12. */
bool report_month_valid(const char *month);

/* What --month says: a month, "current" or "" (the same), or "last". False: none of these. Borrows
 * @month. */
bool report_filter_parse(const char *month, struct report_filter *ret);

/* Say so. Returns EXIT_USAGE. */
int report_month_refused(const char *month);

/* What --from and --to, or --fiscal-year, say of several months, into *@filter, which has no months
 * yet; none of these: nothing. Returns EXIT_SUCCESS, or EXIT_USAGE after saying why. */
int report_period_parse(const struct config *config, struct report_filter *filter);

/* Sign in and take one snapshot, of the months that @filter says, or where it has none the one that
 * @config does, and of what else @filter says;
 * @purpose is said where that fails. The caller releases both; NULL: it was said why, and
 * @ret_status is to be the exit status. */
struct store *report_begin(const struct config *config, const char *purpose,
	struct report_filter *filter, struct report_scope *ret_scope, int *ret_status);

/* The exact @rows as --format says; for people grouped, in cents and with totals, or nothing.
 * Returns the exit status. */
int report_print(const struct config *config, const struct table *rows);

/* What is missing in a report over @scope: below its table, or for programs and where there is no
 * table on standard error. Returns the exit status. */
int report_print_missing(struct store *store, const struct config *config,
	const struct report_scope *scope, bool is_below);

int report_departments_run(const struct config *config, char **arguments);
int report_users_run(const struct config *config, char **arguments);
int report_detail_run(const struct config *config, char **arguments);
int report_nodes_run(const struct config *config, char **arguments);
int report_funds_run(const struct config *config, char **arguments);
int bill_reconcile_run(const struct config *config, char **arguments);
int bill_unmatched_run(const struct config *config, char **arguments);
int suspense_list_run(const struct config *config, char **arguments);

#endif
