/*
 * What was observed of each hub's days. A cell says it twice, by colour and by shape:
 *
 *	 whole day    part of it    nothing       none was expected
 *	+--------+    +--------+    +--------+
 *	|########|    |        |    |      / |
 *	|########|    |########|    |   /    |        .
 *	|########|    |########|    | /      |
 *	+--------+    +--------+    +--------+
 */
#include "dashboard/chart/private.h"

#define TOP		  4200 /* the days' labels */
#define AXIS_Y		  1300
#define PITCH		  2600 /* from row to row */
#define CELL_HEIGHT	  2000
#define CELL_SHARE	  86 /* per cent of its column */
#define PART_MIN	  300
#define PART_MAX	  1600 /* however close to the whole day: the difference is seen */
#define SLOTS_MIN	  14
#define WIDE_LABELS	  12
#define NARROW_LABELS	  5
#define LABEL_X_MAX	  8800 /* what begins later would end outside */
#define NAME_WIDTH	  26
#define NAME_WIDTH_NARROW 13

struct grid {
	const struct chart_heat *chart;
	int64_t slots;
};

static const char *step_class(int percent)
{
	return percent >= 100 ? "h4" : percent >= 90 ? "h3" : percent >= 50 ? "h2" : "h1";
}

static void print_rect(
	struct html *html, const char *class, int64_t x, int64_t y, int64_t width, int64_t height)
{
	html_print(html, "<rect class=\"%s\" x=\"%s%%\" y=\"%s\" width=\"%s%%\" height=\"%s\"/>",
		class, chart_fixed(x).text, chart_fixed(y).text, chart_fixed(width).text,
		chart_fixed(height).text);
}

static void draw_mark(struct html *html, int percent, int64_t x, int64_t y, int64_t width)
{
	int64_t part = PART_MIN + (PART_MAX - PART_MIN) * percent / 100;

	if (percent < 0) {
		html_print(html, "<circle class=\"none\" r=\"1.5\" cx=\"%s%%\" cy=\"%s\"/>",
			chart_fixed(x + width / 2).text, chart_fixed(y + CELL_HEIGHT / 2).text);
	} else if (percent >= 100) {
		print_rect(html, "h4", x, y, width, CELL_HEIGHT);
	} else if (percent == 0) {
		print_rect(html, "h0", x, y, width, CELL_HEIGHT);
		html_print(html,
			"<line class=\"strike\" x1=\"%s%%\" x2=\"%s%%\" y1=\"%s\" y2=\"%s\"/>",
			chart_fixed(x).text, chart_fixed(x + width).text,
			chart_fixed(y + CELL_HEIGHT).text, chart_fixed(y).text);
	} else {
		print_rect(html, "gap", x, y, width, CELL_HEIGHT);
		print_rect(html, step_class(percent), x, y + CELL_HEIGHT - part, width, part);
	}
}

static void draw_cell(struct html *html, const struct grid *grid, size_t row, size_t column)
{
	const struct chart_heat *chart = grid->chart;
	int percent = chart->percent[row * chart->n_columns + column];
	int64_t x = (int64_t)column * CHART_WIDTH / grid->slots;
	int64_t end = ((int64_t)column + 1) * CHART_WIDTH / grid->slots;

	html_print(html, "<g><title>%s, %s: ", chart->row[row], chart->column[column]);
	if (percent < 0)
		html_print(html, "nothing expected</title>");
	else
		html_print(html, "%d %%</title>", percent);
	draw_mark(html, percent, x, TOP + (int64_t)row * PITCH, (end - x) * CELL_SHARE / 100 + 1);
	html_print(html, "</g>");
}

/* Narrow drawings have less room for names. */
static void draw_name(struct html *html, const char *name, size_t row)
{
	bool is_long = chart_name_width(name) > NAME_WIDTH_NARROW;
	struct chart_text y = chart_fixed(TOP + (int64_t)row * PITCH + CELL_HEIGHT / 2 + 400);

	html_print(html, "<text class=\"y%s\" x=\"-8\" y=\"%s\"><title>%s</title>%s</text>",
		is_long ? " roomy" : "", y.text, name, chart_name(name, NAME_WIDTH).text);
	if (is_long)
		html_print(html,
			"<text class=\"y tight\" x=\"-8\" y=\"%s\"><title>%s</title>%s</text>",
			y.text, name, chart_name(name, NAME_WIDTH_NARROW).text);
}

static void draw_labels(struct html *html, const struct grid *grid)
{
	static const size_t strides[] = {1, 7, 14, 28, 0};
	const struct chart_heat *chart = grid->chart;
	struct chart_axis axis = {.y = AXIS_Y};
	size_t wide = chart_stride(chart->n_columns, WIDE_LABELS, strides);
	size_t narrow = chart_stride(chart->n_columns, NARROW_LABELS, strides);

	for (size_t column = 0; column < chart->n_columns; column += wide) {
		const char *day = chart->column[column];
		int64_t x = (int64_t)column * CHART_WIDTH / grid->slots;
		unsigned year = 0, month = 0;
		int64_t number;

		if (x > LABEL_X_MAX)
			return;
		(void)chart_month(day, &year, &month);
		chart_axis_label(html, &axis, x, "start",
			chart_day(day, &number) ? chart_day_short(number).text
						: chart_name(day, 6).text,
			year, column % narrow != 0);
	}
}

static void describe(struct html *html, const struct chart_heat *chart)
{
	size_t n = chart->n_rows * chart->n_columns;
	size_t n_whole = 0, n_part = 0, n_nothing = 0;

	for (size_t i = 0; i < n; i++) {
		n_whole += chart->percent[i] >= 100;
		n_part += chart->percent[i] > 0 && chart->percent[i] < 100;
		n_nothing += chart->percent[i] == 0;
	}
	html_print(html,
		"<desc>Of %zu days, %zu were observed whole, %zu in part, %zu not at all.</desc>",
		n_whole + n_part + n_nothing, n_whole, n_part, n_nothing);
}

static void print_legend(struct html *html)
{
	static const struct {
		int percent;
		const char *text;
	} steps[] = {{100, "whole day"}, {95, "90 to 99 %"}, {60, "50 to 89 %"}, {20, "1 to 49 %"},
		{0, "nothing observed"}, {-1, "nothing expected"}};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		html_print(html, "<li><svg class=\"swatch\" width=\"16\" height=\"20\""
				 " aria-hidden=\"true\">");
		draw_mark(html, steps[i].percent, 0, 0, CHART_WIDTH);
		html_print(html, "</svg>%s</li>", steps[i].text);
	}
}

static size_t names_width(const struct chart_heat *chart)
{
	size_t widest = 0;

	for (size_t row = 0; row < chart->n_rows; row++) {
		size_t width = chart_name_width(chart->row[row]);

		widest = width > widest ? width : widest;
	}
	return widest;
}

void chart_heat(struct html *html, const struct chart_heat *chart)
{
	struct grid grid = {.chart = chart, .slots = (int64_t)chart->n_columns};

	if (grid.slots < SLOTS_MIN)
		grid.slots = SLOTS_MIN;
	chart_open(html, "heat", names_width(chart), TOP + (int64_t)chart->n_rows * PITCH,
		chart->title);
	describe(html, chart);
	draw_labels(html, &grid);
	for (size_t row = 0; row < chart->n_rows; row++) {
		draw_name(html, chart->row[row], row);
		for (size_t column = 0; column < chart->n_columns; column++)
			draw_cell(html, &grid, row, column);
	}
	chart_begin_legend(html);
	print_legend(html);
	chart_close(html);
}
