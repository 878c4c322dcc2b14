/*
 * What the charts share: a vertical scale, days as numbers, numbers and names as text. Pure.
 *
 * Across, a place is hundredths of a percent of the plot's width, so that a chart is as wide as its
 * page and its text keeps its size; down, it is hundredths of a pixel from the top of the drawing.
 * What stands left of the plot has negative x, in padding that the style sheet adds (g4 .. g26).
 */
#ifndef DASHBOARD_CHART_PRIVATE_H
#define DASHBOARD_CHART_PRIVATE_H

#include "common/format/figure.h"
#include "dashboard/chart/chart.h"

#define CHART_WIDTH 10000      /* 100.00 % */
#define CHART_UNIT  1000000000 /* nano-units */

/* Returned by value: good until the end of the expression that asks for it. */
struct chart_text {
	char text[2 * FIGURE_SIZE];
};

/* "12.05" of 1205 */
struct chart_text chart_fixed(int64_t hundredths);
/* "-12,345.60": rounded, in groups of three. */
struct chart_text chart_figure(__int128 figure, unsigned decimals);

/* The sum, or the end of what can be drawn: 10^27 units. */
__int128 chart_add(__int128 a, __int128 b);

/* Values from @low to @high, which are round and enclose 0, on @height hundredths of a pixel. */
struct chart_scale {
	__int128 low, high, step;
	unsigned decimals; /* that steps need */
	int64_t top, height;
};

void chart_scale_init(
	struct chart_scale *scale, __int128 low, __int128 high, int64_t top, int64_t height);
/* Where @value is; what is beyond the ends is there. */
int64_t chart_scale_y(const struct chart_scale *scale, __int128 value);
/* How many characters the longest label has, @unit being one. */
size_t chart_scale_label_size(const struct chart_scale *scale, const char *unit);
/* Lines and labels of all steps, and @unit above them; the line at 0 is drawn upon all else. */
void chart_scale_draw(struct html *html, const struct chart_scale *scale, const char *unit);
void chart_scale_draw_zero(struct html *html, const struct chart_scale *scale);

/* Days since 1970 of "2026-09-01". False: it is no day. */
bool chart_day(const char *text, int64_t *ret);
/* "2026-09-01" of such a number; "" outside the years 0 to 9999. */
struct chart_text chart_day_of(int64_t number);
/* "14 Mar" */
struct chart_text chart_day_short(int64_t number);
/* The first day of the month of that day. */
int64_t chart_month_begin(int64_t number);
/* "14 Mar 2026"; what is no day stays as it is. */
struct chart_text chart_day_text(const char *day);
/* "Mar", of 1 .. 12; "" of others. */
const char *chart_month_name(unsigned month);
/* Year and month of "2026-09", whatever follows. False: it does not begin so. */
bool chart_month(const char *text, unsigned *ret_year, unsigned *ret_month);

/* Labels below a plot. Narrow drawings show fewer of them: what is in the class `roomy` is hidden
 * there, what is in `tight` elsewhere. Years are said where they begin. */
struct chart_axis {
	int64_t y;
	unsigned year, narrow_year; /* said last */
};

void chart_axis_label(struct html *html, struct chart_axis *axis, int64_t x, const char *anchor,
	const char *text, unsigned year, bool is_roomy);
/* The first of @strides, which end with 0, of which @n items need at most @n_labels_max; from the
 * last on they double. */
size_t chart_stride(size_t n, size_t n_labels_max, const size_t *strides);

/* At most @width columns of @name, the last an ellipsis if it is cut. */
struct chart_text chart_name(const char *name, size_t width);
size_t chart_name_width(const char *name);

/* <figure> and <svg> up to and with its title; @height in hundredths of a pixel; labels left of the
 * plot have @n_label characters. */
void chart_open(
	struct html *html, const char *kind, size_t n_label, int64_t height, const char *title);
/* The end of the drawing and the begin of its legend; the end of that and of the figure. */
void chart_begin_legend(struct html *html);
void chart_close(struct html *html);

#endif
