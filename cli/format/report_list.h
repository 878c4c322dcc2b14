/*
 * The exact rows of a report that has no totals, for people: amounts in cents, quantities in the
 * units that prices are for, times in hours. Pure.
 *
 * What a column is, @kinds says; columns that it does not name stay as they are. A quantity is in
 * the unit that the row's column "unit" names.
 */
#ifndef CLI_FORMAT_REPORT_LIST_H
#define CLI_FORMAT_REPORT_LIST_H

#include "common/format/table.h"

/* Names of columns, with a blank between; NULL: none. */
struct report_list_kinds {
	const char *money, *quantities;
	const char *seconds; /* shown as "NAME h" */
};

/* Make *@ret from @rows. The caller releases *@ret. -EINVAL: a figure is no number; -ERANGE: it
 * has too many digits; -ENOMEM. */
int report_list_make(
	const struct table *rows, const struct report_list_kinds *kinds, struct table *ret);

#endif
