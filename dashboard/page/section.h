/*
 * A part of a page: one question, and how its answer is shown. The same question is the section's
 * CSV.
 *
 * A page is made of these as data (pages.c and its neighbours); the code here knows no page.
 */
#ifndef DASHBOARD_PAGE_SECTION_H
#define DASHBOARD_PAGE_SECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "common/format/table.h"
#include "dashboard/filter.h"
#include "dashboard/html/html.h"

#define SECTION_COLUMNS_MAX    16
#define SECTION_ROWS_MAX       500    /* shown; the CSV has SECTION_CSV_ROWS_MAX */
#define SECTION_DRAWN_ROWS_MAX 20000  /* a drawing lacks nothing, or there is none */
#define SECTION_CSV_ROWS_MAX   100000 /* more than that are refused: a part looks like the whole */
#define SECTION_SHOW	       "show" /* in an address: the section that is asked for */

enum cell_kind {
	CELL_TEXT,     /* somebody's text */
	CELL_MONEY,    /* in the currency of the row */
	CELL_EXACT,    /* the same, every digit of it */
	CELL_QUANTITY, /* in the unit that column `of` names, shown in the unit that prices are for
			*/
	CELL_COUNT,
	CELL_DECIMAL, /* to three digits, without zeros at its end */
	CELL_RATE,    /* every digit, without zeros at its end */
	CELL_PERCENT,
	CELL_METER, /* a bar: percent of a limit */
	CELL_STATE, /* a badge; column `of` says good, warn or bad */
};

struct column {
	const char *name; /* of the answer */
	const char *title;
	enum cell_kind kind;
	const char *of;
	const char *link;  /* a page; NULL: none */
	const char *carry; /* what the link chooses, beside institution and month:
			      "unit=department,hub"; without = what the page itself has chosen */
	bool has_sum;
};

enum section_kind {
	SECTION_TABLE,
	SECTION_TILES, /* label, kind, figure, currency, note, level, page */
	SECTION_FACTS, /* the first row, a line for each column */
	SECTION_STACK, /* its first three columns: bar, series, amount; then as a table behind it */
	SECTION_BURN,  /* day, spent, budget, first_day, last_day, forecast..., run_out_day */
	SECTION_HEAT,  /* hub, day, percent */
};

struct section {
	const char *name; /* NAME.csv is its CSV: no other section has it */
	const char *title;
	const char *says;  /* one sentence; NULL */
	const char *empty; /* what it means when nothing is there; NULL: the section is left out */
	const char *sql;
	enum section_kind kind;
	bool is_on_request; /* it takes long: a link is there in its place, until somebody asks */
	struct column
		column[SECTION_COLUMNS_MAX]; /* to be shown; none: those of the answer, as text */
};

/* How many rows of the answer are looked at, and one more that says that there are more. */
size_t section_rows_max(const struct section *section);

/* @rows is the answer, at most section_rows_max() + 1 of it. */
void section_print(struct html *html, const struct section *section, const struct filter *filter,
	const struct table *rows);

/* The link that asks for it, SECTION_SHOW being its name. */
void section_offer(struct html *html, const struct section *section, const struct filter *filter);

#endif
