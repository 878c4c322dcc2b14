/*
 * A report's exact rows as a table for people: quantities in the units that prices are for, amounts
 * in cents, a total under every group and grand totals at the end. Pure.
 *
 *	institution  department  resource   used  ...  unit         amount  currency
 *	uni          biology     cpu       1.000  ...  core-hours     0.01  EUR
 *	uni          biology     memory    0.500  ...  GiB-hours      0.01  EUR
 *	uni          biology     total                                0.02  EUR
 *
 * What a column is, its name says: "resource", or where there is none "fund", separates the group
 * (before it) from the figures (behind it); "unit" is that of all numeric columns except "amount",
 * which is in "currency", and "coverage", which is in seconds. Without a unit all of them are
 *money.
 *
 * Invariants
 *  - Totals are sums of exact figures, rounded once; rounded rows need not add up to them.
 *  - Rows of one group follow each other. Only what has an amount has totals of groups, only what
 *has a unit totals of resources.
 */
#ifndef CLI_FORMAT_REPORT_TABLE_H
#define CLI_FORMAT_REPORT_TABLE_H

#include <stdbool.h>

#include "common/format/table.h"

/*
 * Make *@ret from @rows; @is_exact: figures and units stay as they are. The caller releases *@ret.
 * -EINVAL: @rows has no resource or fund, or a figure is no number; -ERANGE: a sum does not fit;
 * -ENOMEM.
 */
int report_table_make(const struct table *rows, bool is_exact, struct table *ret);

#endif
