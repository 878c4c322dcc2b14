#include "dashboard/page/drawing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/format/figure.h"
#include "dashboard/chart/chart.h"
#include "dashboard/page/cell.h"
#include "hubmeter/cleanup.h"

/* Different texts of a column of rows. */
struct names {
	const char **name; /* owned; the texts are the rows' */
	size_t n;
};

static size_t names_find(const struct names *names, const char *name)
{
	size_t i = 0;

	while (i < names->n && strcmp(names->name[i], name) != 0)
		i++;
	return i;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *text_at(const struct table *rows, size_t row, size_t column)
{
	const char *text = table_cell(rows, row, column);

	return text ? text : "";
}

static const char *currency_at(const struct table *rows, size_t row)
{
	const char *currency = cell_value((struct cell_row){rows, row}, "currency");

	return currency ? currency : "";
}

/* Room for as many as there are @rows. */
static int names_init(struct names *names, const struct table *rows)
{
	*names = (struct names){calloc(rows->n_rows + 1, sizeof(*names->name)), 0};
	return names->name ? 0 : -ENOMEM;
}

static void names_add(struct names *names, const char *name)
{
	if (names_find(names, name) == names->n)
		names->name[names->n++] = name;
}

/* Of the rows in @currency; NULL: all. */
static int names_of(const struct table *rows, size_t column, const char *currency, bool is_sorted,
	struct names *ret)
{
	struct names names;

	if (names_init(&names, rows) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < rows->n_rows; i++) {
		if (!currency || strcmp(currency_at(rows, i), currency) == 0)
			names_add(&names, text_at(rows, i, column));
	}
	if (is_sorted)
		qsort(names.name, names.n, sizeof(*names.name), compare_names);
	*ret = names;
	return 0;
}

static void names_release(struct names *names)
{
	free(names->name);
}

/* Forecasts have more digits than are drawn; null and what is no figure is 0. */
static __int128 figure_of(const char *text)
{
	char exact[CELL_SIZE];
	__int128 figure = 0;

	if (text && figure_parse(text, &figure) < 0) {
		cell_cut(text, exact);
		(void)figure_parse(exact, &figure);
	}
	return figure;
}

static int draw_stack(struct html *html, struct chart_stack *chart, const struct table *rows,
	const struct names *columns, const struct names *names)
{
	hm_cleanup(hm_freep) __int128 *value = calloc(columns->n * names->n + 1, sizeof(*value));
	hm_cleanup(hm_freep) struct chart_series *series = calloc(names->n + 1, sizeof(*series));

	if (!value || !series)
		return -ENOMEM;
	for (size_t i = 0; i < rows->n_rows; i++) {
		if (strcmp(currency_at(rows, i), chart->unit) != 0)
			continue;
		value[names_find(names, text_at(rows, i, 1)) * columns->n +
			names_find(columns, text_at(rows, i, 0))] +=
			figure_of(table_cell(rows, i, 2));
	}
	for (size_t i = 0; i < names->n; i++)
		series[i] = (struct chart_series){names->name[i], value + i * columns->n};
	chart->series = series;
	chart->n_series = names->n;
	chart_stack(html, chart);
	return 0;
}

static void fail(struct html *html, int r)
{
	if (r < 0 && !html->error)
		html->error = r;
}

static int draw_currency(
	struct html *html, const char *title, const char *currency, const struct table *rows)
{
	hm_cleanup(names_release) struct names columns = {0}, names = {0};
	struct chart_stack chart = {.title = title, .unit = currency};
	int r = names_of(rows, 0, currency, true, &columns);

	if (r == 0)
		r = names_of(rows, 1, currency, false, &names);
	chart.column = columns.name;
	chart.n_columns = columns.n;
	return r < 0 ? r : draw_stack(html, &chart, rows, &columns, &names);
}

void drawing_stack(struct html *html, const char *title, const struct table *rows)
{
	hm_cleanup(names_release) struct names currencies = {0};
	int r = names_init(&currencies, rows);

	for (size_t i = 0; i < rows->n_rows && r == 0; i++)
		names_add(&currencies, currency_at(rows, i));
	for (size_t i = 0; i < currencies.n && r == 0; i++) {
		char text[256];

		(void)snprintf(text, sizeof(text), currencies.n > 1 ? "%s, %s" : "%s", title,
			currencies.name[i]); /* cut to fit */
		r = draw_currency(html, text, currencies.name[i], rows);
	}
	fail(html, r);
}

static void fill_burn(struct chart_burn *chart, struct cell_row last)
{
	const char *budget = cell_value(last, "budget");
	const char *forecast = cell_value(last, "forecast");

	chart->first_day = cell_value(last, "first_day");
	chart->last_day = cell_value(last, "last_day");
	chart->has_limit = budget;
	chart->limit = figure_of(budget);
	chart->limit_name = cell_value(last, "limit_name");
	chart->has_forecast = forecast;
	chart->forecast = figure_of(forecast);
	chart->low = figure_of(cell_value(last, "forecast_low"));
	chart->high = figure_of(cell_value(last, "forecast_high"));
	chart->run_out_day = cell_value(last, "run_out_day");
}

void drawing_burn(struct html *html, const char *title, const struct table *rows)
{
	const struct cell_row last = {rows, rows->n_rows - 1};
	const char *unit = cell_value(last, "currency");
	hm_cleanup(hm_freep) const char **day = calloc(rows->n_rows, sizeof(*day));
	hm_cleanup(hm_freep) __int128 *spent = calloc(rows->n_rows, sizeof(*spent));
	struct chart_burn chart = {
		.title = title, .unit = unit ? unit : "", .n_days = rows->n_rows};

	if (!day || !spent) {
		fail(html, -ENOMEM);
		return;
	}
	for (size_t i = 0; i < rows->n_rows; i++) {
		const char *name = cell_value((struct cell_row){rows, i}, "day");

		day[i] = name ? name : "";
		spent[i] = figure_of(cell_value((struct cell_row){rows, i}, "spent"));
	}
	chart.day = day;
	chart.spent = spent;
	fill_burn(&chart, last);
	chart_burn(html, &chart);
}

static int percent_of(const char *text)
{
	/* A whole number from 0 to 100, as the question made it. */
	long percent = text ? strtol(text, NULL, 10) : -1;

	return percent > 100 ? 100 : (int)percent;
}

void drawing_heat(struct html *html, const char *title, const struct table *rows)
{
	hm_cleanup(names_release) struct names hubs = {0}, days = {0};
	hm_cleanup(hm_freep) int *percent = NULL;
	int r = names_of(rows, 0, NULL, true, &hubs);

	if (r == 0)
		r = names_of(rows, 1, NULL, true, &days);
	if (r == 0)
		percent = malloc((hubs.n * days.n + 1) * sizeof(*percent));
	if (!percent) {
		fail(html, -ENOMEM);
		return;
	}
	for (size_t i = 0; i < hubs.n * days.n; i++)
		percent[i] = -1;
	for (size_t i = 0; i < rows->n_rows; i++)
		percent[names_find(&hubs, text_at(rows, i, 0)) * days.n +
			names_find(&days, text_at(rows, i, 1))] =
			percent_of(cell_value((struct cell_row){rows, i}, "percent"));
	chart_heat(
		html, &(struct chart_heat){title, hubs.name, hubs.n, days.name, days.n, percent});
}
