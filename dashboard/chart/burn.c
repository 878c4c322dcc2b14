/* A budget's course: what is spent so far, where that leads, and when nothing is left. */
#include <assert.h>

#include "dashboard/chart/private.h"

#define TOP	      4400
#define PLOT_HEIGHT   24000
#define BOTTOM	      4200
#define AXIS_DOWN     1900
#define TODAY_Y	      1300
#define LABEL_ABOVE   700
#define BAND_SHARE    150 /* per cent of all else that an upper forecast may take */
#define HITS_MAX      120 /* places that a pointer finds */
#define WIDE_LABELS   13
#define NARROW_LABELS 7
#define WIDE_DAYS     10
#define NARROW_DAYS   5
#define LABEL_X_MAX   9600
#define MARK_BESIDE   6 /* pixels */
#define TICK_HEIGHT   600
#define FOOT_ABOVE    900
#define DAYS_IN_WEEKS 70 /* a chart of so few days has days below it, not months */

struct course {
	const struct chart_burn *chart;
	struct chart_scale scale;
	int64_t first, n_days; /* what the chart spans: a day at least */
	int64_t today_x;       /* 0: nothing is known yet */
	__int128 today;	       /* spent by then */
};

/* The end of @day, within the chart. */
static int64_t day_x(const struct course *course, const char *day)
{
	int64_t number = course->first;
	int64_t n_days;

	assert(course->n_days > 0);
	(void)chart_day(day, &number); /* what is no day stands at the begin */
	n_days = number - course->first + 1;
	if (n_days < 0)
		n_days = 0;
	if (n_days > course->n_days)
		n_days = course->n_days;
	return n_days * CHART_WIDTH / course->n_days;
}

static void widen(__int128 value, __int128 *low, __int128 *high)
{
	*low = value < *low ? value : *low;
	*high = value > *high ? value : *high;
}

static void course_scale(struct course *course)
{
	const struct chart_burn *chart = course->chart;
	__int128 low = 0, high = 0, band;

	for (size_t i = 0; i < chart->n_days; i++)
		widen(chart_add(0, chart->spent[i]), &low, &high);
	if (chart->has_limit)
		widen(chart_add(0, chart->limit), &low, &high);
	if (chart->has_forecast) {
		widen(chart_add(0, chart->forecast), &low, &high);
		band = high * BAND_SHARE / 100;
		/* an open-ended forecast must not flatten what is known */
		if (band && chart->high > band)
			high = band;
		else
			widen(chart_add(0, chart->high), &low, &high);
	}
	chart_scale_init(&course->scale, low, high, TOP, PLOT_HEIGHT);
}

static void course_init(struct course *course, const struct chart_burn *chart)
{
	int64_t last;

	*course = (struct course){.chart = chart, .n_days = 1};
	(void)chart_day(chart->first_day, &course->first); /* else 1970: drawn, if not well */
	if (chart_day(chart->last_day, &last) && last > course->first)
		course->n_days = last - course->first + 1;
	if (chart->n_days) {
		course->today_x = day_x(course, chart->day[chart->n_days - 1]);
		course->today = chart->spent[chart->n_days - 1];
	}
	course_scale(course);
}

static void describe(struct html *html, const struct chart_burn *chart)
{
	html_print(html, "<desc>");
	if (chart->n_days)
		html_print(html, "%s %s spent by %s",
			chart_figure(chart->spent[chart->n_days - 1], 2).text, chart->unit,
			chart->day[chart->n_days - 1]);
	else
		html_print(html, "Nothing spent yet");
	if (chart->has_limit)
		html_print(html, " of %s", chart_figure(chart->limit, 2).text);
	if (chart->has_forecast)
		html_print(html, "; %s expected by %s", chart_figure(chart->forecast, 2).text,
			chart->last_day);
	if (chart->run_out_day)
		html_print(html, "; used up on %s", chart->run_out_day);
	html_print(html, ".</desc>");
}

static void print_point(struct html *html, const struct course *course, int64_t x, __int128 value)
{
	html_print(
		html, "%lld,%lld ", (long long)x, (long long)chart_scale_y(&course->scale, value));
}

static void print_spent(struct html *html, const struct course *course)
{
	print_point(html, course, 0, 0);
	for (size_t i = 0; i < course->chart->n_days; i++)
		print_point(html, course, day_x(course, course->chart->day[i]),
			course->chart->spent[i]);
}

static void draw_spent(struct html *html, const struct course *course)
{
	html_print(html, "<polygon class=\"area\" points=\"");
	print_spent(html, course);
	print_point(html, course, course->today_x, 0);
	html_print(html, "\"/><polyline class=\"spent\" points=\"");
	print_spent(html, course);
	html_print(html, "\"/>");
}

static void draw_forecast(struct html *html, const struct course *course)
{
	const struct chart_burn *chart = course->chart;

	if (!chart->has_forecast || course->today_x >= CHART_WIDTH)
		return;
	html_print(html, "<polygon class=\"band\" points=\"");
	print_point(html, course, course->today_x, course->today);
	print_point(html, course, CHART_WIDTH, chart->high);
	print_point(html, course, CHART_WIDTH, chart->low);
	html_print(html, "\"/><polyline class=\"forecast\" points=\"");
	print_point(html, course, course->today_x, course->today);
	print_point(html, course, CHART_WIDTH, chart->forecast);
	html_print(html, "\"/>");
}

/* Lines stretch with the page, text and marks do not: a drawing of its own within the plot. */
static void draw_lines(struct html *html, const struct course *course)
{
	html_print(html,
		"<svg class=\"lines\" y=\"%s\" width=\"100%%\" height=\"%s\""
		" viewBox=\"0 %d %d %d\" preserveAspectRatio=\"none\">",
		chart_fixed(TOP).text, chart_fixed(PLOT_HEIGHT).text, TOP, CHART_WIDTH,
		PLOT_HEIGHT);
	draw_forecast(html, course);
	if (course->chart->n_days)
		draw_spent(html, course);
	html_print(html, "</svg>");
}

static const char *limit_name(const struct chart_burn *chart)
{
	return chart->limit_name ? chart->limit_name : "budget";
}

static void draw_limit(struct html *html, const struct course *course)
{
	int64_t y = chart_scale_y(&course->scale, course->chart->limit);

	if (!course->chart->has_limit)
		return;
	html_print(html,
		"<line class=\"limit\" x1=\"0\" x2=\"100%%\" y1=\"%s\" y2=\"%s\"/>"
		"<text class=\"mark\" x=\"4\" y=\"%s\">%s</text>",
		chart_fixed(y).text, chart_fixed(y).text, chart_fixed(y - LABEL_ABOVE).text,
		limit_name(course->chart));
}

/* A label stands on the side of its line where there is room. */
static const char *side(int64_t x)
{
	return x > CHART_WIDTH / 2 ? "end" : "start";
}

static void draw_upright(struct html *html, const char *class, int64_t x, int64_t from, int64_t y)
{
	html_print(html, "<line class=\"%s\" x1=\"%s%%\" x2=\"%s%%\" y1=\"%s\" y2=\"%s\"/>", class,
		chart_fixed(x).text, chart_fixed(x).text, chart_fixed(from).text,
		chart_fixed(y).text);
}

static void draw_today(struct html *html, const struct course *course)
{
	const struct chart_burn *chart = course->chart;
	int64_t x = course->today_x;
	int64_t y = chart_scale_y(&course->scale, course->today);

	if (!chart->n_days)
		return;
	draw_upright(html, "today", x, TODAY_Y + LABEL_ABOVE, TOP + PLOT_HEIGHT);
	html_print(html,
		"<circle class=\"now\" r=\"4.5\" cx=\"%s%%\" cy=\"%s\"/>"
		"<text class=\"mark\" text-anchor=\"%s\" x=\"%s%%\" y=\"%s\">%s</text>",
		chart_fixed(x).text, chart_fixed(y).text, side(x), chart_fixed(x).text,
		chart_fixed(TODAY_Y).text, chart_day_text(chart->day[chart->n_days - 1]).text);
}

static void draw_run_out(struct html *html, const struct course *course)
{
	const char *day = course->chart->run_out_day;
	int64_t x, foot = TOP + PLOT_HEIGHT;

	if (!day)
		return;
	x = day_x(course, day);
	draw_upright(html, "run-out", x, chart_scale_y(&course->scale, course->chart->limit), foot);
	html_print(html,
		"<text class=\"mark bad\" text-anchor=\"%s\" dx=\"%d\" x=\"%s%%\" y=\"%s\">"
		"used up on %s</text>",
		side(x), x > CHART_WIDTH / 2 ? -MARK_BESIDE : MARK_BESIDE, chart_fixed(x).text,
		chart_fixed(foot - FOOT_ABOVE).text, chart_day_text(day).text);
}

/* Upright strips that nobody sees, of as many days as needed for their number to stay small. */
static void draw_hits(struct html *html, const struct course *course)
{
	const struct chart_burn *chart = course->chart;
	size_t stride = (chart->n_days + HITS_MAX - 1) / HITS_MAX;
	int64_t from = 0;

	for (size_t i = 0; i < chart->n_days; i++) {
		int64_t x = day_x(course, chart->day[i]);

		if ((i + 1) % stride != 0 && i + 1 < chart->n_days)
			continue;
		html_print(html,
			"<rect class=\"hit\" x=\"%s%%\" y=\"%s\" width=\"%s%%\" height=\"%s\">"
			"<title>%s: %s %s</title></rect>",
			chart_fixed(from).text, chart_fixed(TOP).text,
			chart_fixed(x > from ? x - from : 0).text, chart_fixed(PLOT_HEIGHT).text,
			chart->day[i], chart_figure(chart->spent[i], 2).text, chart->unit);
		from = x > from ? x : from;
	}
}

static void draw_tick(struct html *html, struct chart_axis *axis, const struct course *course,
	int64_t number, const char *label, bool is_roomy)
{
	int64_t x = (number - course->first) * CHART_WIDTH / course->n_days;
	unsigned year = 0, month;

	if (x < 0 || x > LABEL_X_MAX)
		return;
	(void)chart_month(chart_day_of(number).text, &year, &month);
	draw_upright(html, is_roomy ? "tick roomy" : "tick", x, TOP + PLOT_HEIGHT,
		TOP + PLOT_HEIGHT + TICK_HEIGHT);
	chart_axis_label(html, axis, x, "start", label, year, is_roomy);
}

static void draw_days(struct html *html, struct chart_axis *axis, const struct course *course)
{
	static const size_t strides[] = {1, 7, 14, 28, 0};
	int64_t wide = (int64_t)chart_stride((size_t)course->n_days, WIDE_DAYS, strides);
	int64_t narrow = (int64_t)chart_stride((size_t)course->n_days, NARROW_DAYS, strides);

	for (int64_t i = 0; i < course->n_days; i += wide)
		draw_tick(html, axis, course, course->first + i,
			chart_day_short(course->first + i).text, i % narrow != 0);
}

static void draw_months(struct html *html, struct chart_axis *axis, const struct course *course)
{
	static const size_t strides[] = {1, 3, 6, 12, 24, 0};
	size_t n_months = (size_t)course->n_days / 30;
	size_t wide = chart_stride(n_months, WIDE_LABELS, strides);
	size_t narrow = chart_stride(n_months, NARROW_LABELS, strides);
	int64_t day = chart_month_begin(course->first);

	/* a year of 366 days has 13 begins of months at most */
	for (size_t i = 0; day < course->first + course->n_days; i++) {
		unsigned year, month;

		if (!chart_month(chart_day_of(day).text, &year, &month))
			return;
		if (i % wide == 0)
			draw_tick(
				html, axis, course, day, chart_month_name(month), i % narrow != 0);
		day = chart_month_begin(day + 31);
	}
}

static void draw_axis(struct html *html, const struct course *course)
{
	struct chart_axis axis = {.y = TOP + PLOT_HEIGHT + AXIS_DOWN};

	if (course->n_days <= DAYS_IN_WEEKS)
		draw_days(html, &axis, course);
	else
		draw_months(html, &axis, course);
}

static void print_swatch(struct html *html, const char *class, bool has_band)
{
	html_print(
		html, "<li><svg class=\"swatch\" width=\"18\" height=\"12\" aria-hidden=\"true\">");
	if (has_band)
		html_print(html, "<rect class=\"band\" width=\"18\" height=\"12\"/>");
	html_print(html, "<line class=\"%s\" x1=\"0\" x2=\"18\" y1=\"6\" y2=\"6\"/></svg><span>",
		class);
}

static void print_legend(struct html *html, const struct chart_burn *chart)
{
	if (chart->n_days) {
		print_swatch(html, "spent", false);
		html_print(html, "spent by %s: <b>%s</b></span></li>",
			chart_day_text(chart->day[chart->n_days - 1]).text,
			chart_figure(chart->spent[chart->n_days - 1], 2).text);
	}
	if (chart->has_limit) {
		print_swatch(html, "limit", false);
		html_print(html, "%s: <b>%s</b></span></li>", limit_name(chart),
			chart_figure(chart->limit, 2).text);
	}
	if (chart->has_forecast) {
		print_swatch(html, "forecast", true);
		html_print(html, "forecast for %s: <b>%s</b>", chart_day_text(chart->last_day).text,
			chart_figure(chart->forecast, 2).text);
		if (chart->low != chart->high)
			html_print(html, " (%s to %s)", chart_figure(chart->low, 2).text,
				chart_figure(chart->high, 2).text);
		html_print(html, "</span></li>");
	}
}

void chart_burn(struct html *html, const struct chart_burn *chart)
{
	struct course course;

	course_init(&course, chart);
	chart_open(html, "burn", chart_scale_label_size(&course.scale, chart->unit),
		TOP + PLOT_HEIGHT + BOTTOM, chart->title);
	describe(html, chart);
	chart_scale_draw(html, &course.scale, chart->unit);
	draw_axis(html, &course);
	draw_lines(html, &course);
	chart_scale_draw_zero(html, &course.scale);
	draw_limit(html, &course);
	draw_run_out(html, &course);
	draw_today(html, &course);
	draw_hits(html, &course);
	chart_begin_legend(html);
	print_legend(html, chart);
	chart_close(html);
}
