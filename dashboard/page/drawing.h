/*
 * Answers as charts: rows of text become the figures that dashboard/chart draws. Pure.
 */
#ifndef DASHBOARD_PAGE_DRAWING_H
#define DASHBOARD_PAGE_DRAWING_H

#include "common/format/table.h"
#include "dashboard/html/html.h"

/* Rows of (bar, series, amount), series in the order in which they come, bars in that of their
 * names; a chart for each currency, since currencies are never added. */
void drawing_stack(struct html *html, const char *title, const struct table *rows);

/* Rows of day and spent, and the same budget, days and forecast in each: SECTION_BURN. */
void drawing_burn(struct html *html, const char *title, const struct table *rows);

/* Rows of hub, day and percent. */
void drawing_heat(struct html *html, const char *title, const struct table *rows);

#endif
