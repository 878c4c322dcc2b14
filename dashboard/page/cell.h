/*
 * A value of an answer as a cell of a table, as a fact or on a tile. Exact in, rounded once out;
 * the exact figure stands in the cell's title. Pure.
 */
#ifndef DASHBOARD_PAGE_CELL_H
#define DASHBOARD_PAGE_CELL_H

#include "dashboard/page/section.h"

#define CELL_SIZE 96

/* A row of an answer. */
struct cell_row {
	const struct table *rows;
	size_t row;
};

/* Whether answers have a column @name. */
bool cell_has(const struct table *rows, const char *name);

/* The value in column @name; NULL: null, or there is no such column. */
const char *cell_value(struct cell_row row, const char *name);

/*
 * Averages and forecasts have more digits than an exact figure: @text without those behind the
 * ninth, far below what is shown. Returns @ret.
 */
const char *cell_cut(const char *text, char ret[CELL_SIZE]);

/* "1,234.50": a decimal with @decimals digits and commas; @text itself where it is none. */
void cell_number(const char *text, unsigned decimals, char ret[CELL_SIZE]);

/* "0.012555556", "1,234.50": every digit that there is, two decimals at least. */
void cell_exact(const char *text, char ret[CELL_SIZE]);

/* What stands in the cell, linked where the column has a link. */
void cell_print(struct html *html, const struct column *column, struct cell_row row,
	const struct filter *filter);

/* Whether they are amounts in the currency of their row. */
bool cell_is_money(enum cell_kind kind);

/* Whether cells of this kind are numbers, to the right. */
bool cell_is_number(enum cell_kind kind);

#endif
