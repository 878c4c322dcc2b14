/* Bars of one month each: parts that raise the bill above the line, credits below it. */
#include <string.h>

#include "dashboard/chart/private.h"

#define TOP	      3200
#define PLOT_HEIGHT   24000
#define BOTTOM	      4200
#define AXIS_DOWN     1900
#define SLOTS_MIN     6	 /* so that two months are not two walls */
#define BAR_SHARE     66 /* per cent of a slot */
#define WIDE_LABELS   14
#define NARROW_LABELS 8
#define TOTALS_WIDTH  64 /* characters of all totals that fit above the bars of a wide drawing */
#define TOTAL_ABOVE   500

static const size_t strides[] = {1, 3, 6, 12, 24, 0};

static bool has_other(const struct chart_stack *chart)
{
	return chart->n_series > CHART_SERIES_MAX;
}

static size_t n_parts(const struct chart_stack *chart)
{
	return has_other(chart) ? CHART_SERIES_MAX : chart->n_series;
}

static bool is_other(const struct chart_stack *chart, size_t part)
{
	return has_other(chart) && part == CHART_SERIES_MAX - 1;
}

static __int128 part_value(const struct chart_stack *chart, size_t part, size_t column)
{
	__int128 sum = chart_add(0, chart->series[part].value[column]);

	if (is_other(chart, part)) {
		for (size_t i = part + 1; i < chart->n_series; i++)
			sum = chart_add(sum, chart->series[i].value[column]);
	}
	return sum;
}

/* What is above the line and what is below it. */
static void column_ends(
	const struct chart_stack *chart, size_t column, __int128 *ret_low, __int128 *ret_high)
{
	*ret_low = *ret_high = 0;
	for (size_t part = 0; part < n_parts(chart); part++) {
		__int128 value = part_value(chart, part, column);
		__int128 *end = value < 0 ? ret_low : ret_high;

		*end = chart_add(*end, value);
	}
}

static __int128 column_total(const struct chart_stack *chart, size_t column)
{
	__int128 low, high;

	column_ends(chart, column, &low, &high);
	return low + high;
}

static void stack_scale(const struct chart_stack *chart, struct chart_scale *ret)
{
	__int128 low = 0, high = 0;

	for (size_t column = 0; column < chart->n_columns; column++) {
		__int128 column_low, column_high;

		column_ends(chart, column, &column_low, &column_high);
		low = column_low < low ? column_low : low;
		high = column_high > high ? column_high : high;
	}
	chart_scale_init(ret, low, high, TOP, PLOT_HEIGHT);
}

static void describe(struct html *html, const struct chart_stack *chart)
{
	size_t most = 0;

	if (!chart->n_columns) {
		html_print(html, "<desc>Nothing to show.</desc>");
		return;
	}
	for (size_t i = 1; i < chart->n_columns; i++)
		most = column_total(chart, i) > column_total(chart, most) ? i : most;
	html_print(html, "<desc>%s to %s in %s; the most is %s in %s.</desc>", chart->column[0],
		chart->column[chart->n_columns - 1], chart->unit,
		chart_figure(column_total(chart, most), 2).text, chart->column[most]);
}

/* Left end and width of a column's bar. */
static int64_t bar_place(const struct chart_stack *chart, size_t column, int64_t *ret_width)
{
	int64_t slots = chart->n_columns < SLOTS_MIN ? SLOTS_MIN : (int64_t)chart->n_columns;
	int64_t begin = (int64_t)column * CHART_WIDTH / slots;
	int64_t end = ((int64_t)column + 1) * CHART_WIDTH / slots;

	*ret_width = (end - begin) * BAR_SHARE / 100 + 1;
	return begin + (end - begin - *ret_width) / 2;
}

static void print_class(struct html *html, const struct chart_stack *chart, size_t part)
{
	if (is_other(chart, part))
		html_print(html, "other");
	else
		html_print(html, "s%zu", part);
}

static void draw_part(struct html *html, const struct chart_stack *chart,
	const struct chart_scale *scale, size_t column, size_t part, __int128 from, __int128 to)
{
	int64_t y = chart_scale_y(scale, from > to ? from : to);
	int64_t height = chart_scale_y(scale, from > to ? to : from) - y;
	int64_t width, x = bar_place(chart, column, &width);

	html_print(html, "<rect class=\"part ");
	print_class(html, chart, part);
	html_print(html,
		"\" x=\"%s%%\" y=\"%s\" width=\"%s%%\" height=\"%s\"><title>%s, %s: %s %s</title>"
		"</rect>",
		chart_fixed(x).text, chart_fixed(y).text, chart_fixed(width).text,
		chart_fixed(height).text, chart->column[column],
		is_other(chart, part) ? "other" : chart->series[part].name,
		chart_figure(part_value(chart, part, column), 2).text, chart->unit);
}

static void draw_bar(struct html *html, const struct chart_stack *chart,
	const struct chart_scale *scale, size_t column)
{
	__int128 low = 0, high = 0;

	for (size_t part = 0; part < n_parts(chart); part++) {
		__int128 value = part_value(chart, part, column);
		__int128 *end = value < 0 ? &low : &high;
		__int128 from = *end;

		*end = chart_add(*end, value);
		if (value)
			draw_part(html, chart, scale, column, part, from, *end);
	}
}

static void draw_labels(struct html *html, const struct chart_stack *chart)
{
	struct chart_axis axis = {.y = TOP + PLOT_HEIGHT + AXIS_DOWN};
	size_t wide = chart_stride(chart->n_columns, WIDE_LABELS, strides);
	size_t narrow = chart_stride(chart->n_columns, NARROW_LABELS, strides);

	for (size_t column = 0; column < chart->n_columns; column += wide) {
		int64_t width, x = bar_place(chart, column, &width);
		unsigned year = 0, month = 0;
		bool is_month = chart_month(chart->column[column], &year, &month);

		chart_axis_label(html, &axis, x + width / 2, "middle",
			is_month ? chart_month_name(month)
				 : chart_name(chart->column[column], 8).text,
			year, column % narrow != 0);
	}
}

/* Above each bar what it comes to, if there is room for all. */
static void draw_totals(
	struct html *html, const struct chart_stack *chart, const struct chart_scale *scale)
{
	size_t n_characters = 0;

	for (size_t column = 0; column < chart->n_columns; column++)
		n_characters += 2 + strlen(chart_figure(column_total(chart, column), 0).text);
	if (n_characters > TOTALS_WIDTH || scale->decimals)
		return;
	for (size_t column = 0; column < chart->n_columns; column++) {
		int64_t width, x = bar_place(chart, column, &width);
		__int128 low, high;

		column_ends(chart, column, &low, &high);
		if (low == high)
			continue;
		html_print(html,
			"<text class=\"total roomy\" text-anchor=\"middle\" x=\"%s%%\" y=\"%s\">%s"
			"</text>",
			chart_fixed(x + width / 2).text,
			chart_fixed(chart_scale_y(scale, high) - TOTAL_ABOVE).text,
			chart_figure(low + high, 0).text);
	}
}

static void print_legend(struct html *html, const struct chart_stack *chart)
{
	for (size_t part = 0; part < n_parts(chart); part++) {
		html_print(html, "<li><svg class=\"swatch\" width=\"12\" height=\"12\""
				 " aria-hidden=\"true\"><rect class=\"");
		print_class(html, chart, part);
		html_print(html, "\" width=\"12\" height=\"12\"/></svg>");
		if (is_other(chart, part))
			html_print(html, "other (%zu)</li>", chart->n_series - part);
		else
			html_print(html, "<bdi>%s</bdi></li>", chart->series[part].name);
	}
}

void chart_stack(struct html *html, const struct chart_stack *chart)
{
	struct chart_scale scale;

	stack_scale(chart, &scale);
	chart_open(html, "stack", chart_scale_label_size(&scale, chart->unit),
		TOP + PLOT_HEIGHT + BOTTOM, chart->title);
	describe(html, chart);
	chart_scale_draw(html, &scale, chart->unit);
	for (size_t column = 0; column < chart->n_columns; column++)
		draw_bar(html, chart, &scale, column);
	chart_scale_draw_zero(html, &scale);
	draw_totals(html, chart, &scale);
	draw_labels(html, chart);
	chart_begin_legend(html);
	print_legend(html, chart);
	chart_close(html);
}
