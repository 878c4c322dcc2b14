/*
 * Charts as inline SVG, drawn of exact figures. Pure.
 *
 * Figures are nano-units (common/format/figure.h); geometry is whole hundredths of a pixel down and
 * of a percent across, so no figure is ever a floating-point number, and a chart is as wide as its
 * page while its text keeps its size. Colours are classes of the style sheet (s0 .. s7, other),
 * never attributes, so that light, dark and print each have theirs. Every chart is a <figure> with
 * its legend; the drawing has role="img", a <title> and a <desc> that says the same in one
 * sentence; what is drawn stands in a table beside it, which is the caller's. Marks carry a <title>
 * each: what a pointer shows. Names are anybody's text. What cannot be drawn (a day that is none, a
 * figure past 10^27 units) is drawn at the end of the scale, never refused.
 */
#ifndef DASHBOARD_CHART_CHART_H
#define DASHBOARD_CHART_CHART_H

#include <stdbool.h>
#include <stddef.h>

#include "dashboard/html/html.h"

#define CHART_SERIES_MAX 8 /* that have a colour of their own */

struct chart_series {
	const char *name;
	const __int128 *value; /* of each column; may be negative (credits) */
};

/* Bars, one upon another: what makes up each month. */
struct chart_stack {
	const char *title;	   /* "Cost by department" */
	const char *unit;	   /* of the figures: "USD" */
	const char *const *column; /* "2026-09"; labelled below the bars */
	size_t n_columns;
	const struct chart_series *series; /* more than CHART_SERIES_MAX: the last of those are one,
					      "other" */
	size_t n_series;
};

void chart_stack(struct html *html, const struct chart_stack *chart);

/* What is spent of a budget or fund, day by day, and where that leads. */
struct chart_burn {
	const char *title;
	const char *unit;
	const char *first_day, *last_day; /* "2026-07-01": of the fiscal year or the fund's life */
	const char *const *day;		  /* ascending, of those with figures */
	const __int128 *spent;		  /* up to and with that day */
	size_t n_days;
	bool has_limit;
	__int128 limit;
	const char *limit_name; /* "authorised"; NULL: "budget" */
	bool has_forecast;
	__int128 forecast, low, high; /* by last_day */
	const char *run_out_day;      /* NULL: it lasts */
};

void chart_burn(struct html *html, const struct chart_burn *chart);

/* How much of each day was observed: a row for each hub, a column for each day. */
struct chart_heat {
	const char *title;
	const char *const *row;
	size_t n_rows;
	const char *const *column; /* days */
	size_t n_columns;
	const int *percent; /* n_rows * n_columns; 0..100; -1: nothing was expected */
};

void chart_heat(struct html *html, const struct chart_heat *chart);

/* A bar in a cell of a table: @value of @limit, what is beyond it marked; @label is what it says to
 * readers of screens. @limit <= 0: nothing is drawn. */
void chart_meter(struct html *html, __int128 value, __int128 limit, const char *label);

#endif
