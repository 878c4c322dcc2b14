/* Groups, totals and units of a report's table. */
#include "cli/format/report_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/format/figure.h"
#include "hubmeter/cleanup.h"

#define NONE		  ((size_t)-1)
#define QUANTITY_DECIMALS 3
#define AMOUNT_DECIMALS	  2
#define AMOUNT_DIGITS	  9 /* what an exact amount is written with */

/* Sums of the rows that agree in resource (NULL: any), unit and currency. */
struct total {
	const char *resource, *unit, *currency; /* borrowed from the rows */
	__int128 figure[TABLE_COLUMNS_MAX];
	bool is_known[TABLE_COLUMNS_MAX]; /* some row has a figure there */
};

struct totals {
	struct total *total;
	size_t count;
};

struct layout {
	const struct table *rows;
	bool is_exact;
	size_t subject, unit, amount, currency, coverage; /* columns; NONE: there is none */
};

static size_t find_column(const struct table *table, const char *name)
{
	for (size_t c = 0; c < table->n_columns; c++) {
		if (strcmp(table->columns[c].name, name) == 0)
			return c;
	}
	return NONE;
}

/* What a row is about. */
static size_t find_subject(const struct table *table)
{
	size_t resource = find_column(table, "resource");

	return resource != NONE ? resource : find_column(table, "fund");
}

/* Without a unit all figures are money. */
static bool is_money(const struct layout *l, size_t column)
{
	return column == l->amount || l->unit == NONE;
}

static const char *cell(const struct layout *l, size_t row, size_t column)
{
	const char *text = column == NONE ? "" : table_cell(l->rows, row, column);

	return text ? text : "";
}

/* The total of @resource, @unit and @currency, a new one where missing. NULL: no memory. */
static struct total *find_total(
	struct totals *totals, const char *resource, const char *unit, const char *currency)
{
	struct total *grown;

	for (size_t i = 0; i < totals->count; i++) {
		struct total *t = &totals->total[i];

		if (strcmp(t->resource, resource) == 0 && strcmp(t->unit, unit) == 0 &&
			strcmp(t->currency, currency) == 0)
			return t;
	}
	grown = reallocarray(totals->total, totals->count + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	totals->total = grown;
	grown[totals->count] =
		(struct total){.resource = resource, .unit = unit, .currency = currency};
	return &grown[totals->count++];
}

/* Add row @row's figure in @column to @total. */
static int add_figure(const struct layout *l, size_t row, size_t column, struct total *total)
{
	const char *text = cell(l, row, column);
	__int128 figure;
	int r;

	if (!*text)
		return 0;
	r = figure_parse(text, &figure);
	total->is_known[column] = true;
	return r < 0 ? r : figure_add(&total->figure[column], figure);
}

static int add_to_resource(const struct layout *l, size_t row, struct totals *resources)
{
	struct total *total;
	int r = 0;

	if (l->unit == NONE)
		return 0;
	total = find_total(resources, cell(l, row, l->subject), cell(l, row, l->unit),
		cell(l, row, l->currency));
	if (!total)
		return -ENOMEM;
	for (size_t c = l->subject + 1; c < l->rows->n_columns && r == 0; c++) {
		if (l->rows->columns[c].numeric)
			r = add_figure(l, row, c, total);
	}
	return r;
}

static int add_to_amounts(const struct layout *l, size_t row, struct totals *amounts)
{
	struct total *total;

	if (l->amount == NONE)
		return 0;
	total = find_total(amounts, "", "", cell(l, row, l->currency));
	return total ? add_figure(l, row, l->amount, total) : -ENOMEM;
}

static const struct figure_unit *priced_unit(const struct layout *l, const char *unit)
{
	return l->is_exact ? NULL : figure_unit(unit);
}

static void print_figure(const struct layout *l, size_t column, const char *unit, __int128 figure,
	char ret[FIGURE_SIZE])
{
	const struct figure_unit *priced = priced_unit(l, unit);

	if (l->is_exact)
		figure_print_exact(figure, is_money(l, column) ? AMOUNT_DIGITS : 0, ret);
	else if (is_money(l, column))
		figure_print_rounded(figure, 1, AMOUNT_DECIMALS, ret);
	else if (column == l->coverage)
		figure_print_rounded(figure, 3600, QUANTITY_DECIMALS, ret);
	else if (priced)
		figure_print_rounded(figure, priced->per_priced, QUANTITY_DECIMALS, ret);
	else
		figure_print_exact(figure, 0, ret);
}

static const char *shown_unit(const struct layout *l, const char *unit)
{
	const struct figure_unit *priced = priced_unit(l, unit);

	return priced ? priced->priced : unit;
}

/* A row of the report as it is shown. */
static int show_row(const struct layout *l, size_t row, struct table *table)
{
	const char *unit = cell(l, row, l->unit);
	const char *cells[TABLE_COLUMNS_MAX];
	char text[TABLE_COLUMNS_MAX][FIGURE_SIZE];

	for (size_t c = 0; c < l->rows->n_columns; c++) {
		cells[c] = cell(l, row, c);
		if (c > l->subject && l->rows->columns[c].numeric && *cells[c] && !l->is_exact) {
			__int128 figure;
			int r = figure_parse(cells[c], &figure);

			if (r < 0)
				return r;
			print_figure(l, c, unit, figure, text[c]);
			cells[c] = text[c];
		}
	}
	if (l->unit != NONE)
		cells[l->unit] = shown_unit(l, unit);
	return table_add(table, cells);
}

/* The names of the group that ends at @row, and its amount in one currency. */
static int show_group_total(
	const struct layout *l, size_t row, const struct total *total, struct table *table)
{
	const char *cells[TABLE_COLUMNS_MAX];
	char text[FIGURE_SIZE];

	for (size_t c = 0; c < l->rows->n_columns; c++)
		cells[c] = c < l->subject ? cell(l, row, c) : "";
	print_figure(l, l->amount, "", total->figure[l->amount], text);
	cells[l->subject] = "total";
	cells[l->amount] = text;
	cells[l->currency] = total->currency;
	return table_add(table, cells);
}

static bool same_group(const struct layout *l, size_t a, size_t b)
{
	for (size_t c = 0; c < l->subject; c++) {
		if (strcmp(cell(l, a, c), cell(l, b, c)) != 0)
			return false;
	}
	return true;
}

/* Rows from @first to the end of their group, and the group's totals. *@ret: the row behind. */
static int show_group(const struct layout *l, size_t first, struct table *table, size_t *ret)
{
	struct totals amounts = {0};
	size_t row = first;
	int r = 0;

	if (first && l->amount != NONE)
		table_separate(table, TABLE_SEPARATOR_BLANK);
	for (; row < l->rows->n_rows && same_group(l, first, row) && r == 0; row++) {
		r = show_row(l, row, table);
		if (r == 0)
			r = add_to_amounts(l, row, &amounts);
	}
	for (size_t i = 0; i < amounts.count && r == 0; i++)
		r = show_group_total(l, first, &amounts.total[i], table);
	free(amounts.total);
	*ret = row;
	return r;
}

static int by_resource(const void *a, const void *b)
{
	const struct total *x = a, *y = b;
	int r = strcmp(x->resource, y->resource);

	return r ? r : strcmp(x->currency, y->currency);
}

/* One line of the grand totals; @is_amount: over all resources. */
static int show_grand_total(
	const struct layout *l, const struct total *total, bool is_amount, struct table *table)
{
	const char *cells[TABLE_COLUMNS_MAX];
	char text[TABLE_COLUMNS_MAX][FIGURE_SIZE];

	for (size_t c = 0; c < l->rows->n_columns; c++) {
		cells[c] = "";
		if (c <= l->subject || !l->rows->columns[c].numeric || !total->is_known[c] ||
			(is_amount && c != l->amount))
			continue;
		print_figure(l, c, total->unit, total->figure[c], text[c]);
		cells[c] = text[c];
	}
	if (l->subject)
		cells[0] = "total";
	cells[l->subject] = is_amount ? "total" : total->resource;
	if (l->unit != NONE)
		cells[l->unit] = shown_unit(l, total->unit);
	if (l->currency != NONE)
		cells[l->currency] = total->currency;
	return table_add(table, cells);
}

static int show_grand_totals(
	const struct layout *l, struct totals *totals, bool is_amount, struct table *table)
{
	int r = 0;

	if (totals->count)
		qsort(totals->total, totals->count, sizeof(*totals->total), by_resource);
	for (size_t i = 0; i < totals->count && r == 0; i++)
		r = show_grand_total(l, &totals->total[i], is_amount, table);
	return r;
}

static int show_rows(const struct layout *l, struct table *table)
{
	struct totals resources = {0}, amounts = {0};
	int r = 0;

	for (size_t row = 0; row < l->rows->n_rows && r == 0;) {
		r = add_to_resource(l, row, &resources);
		if (r == 0)
			r = add_to_amounts(l, row, &amounts);
		row++;
	}
	for (size_t row = 0; row < l->rows->n_rows && r == 0;)
		r = show_group(l, row, table, &row);
	table_separate(table, TABLE_SEPARATOR_RULE);
	if (r == 0)
		r = show_grand_totals(l, &resources, false, table);
	if (r == 0)
		r = show_grand_totals(l, &amounts, true, table);
	free(resources.total);
	free(amounts.total);
	return r;
}

static int init_table(const struct layout *l, struct table *ret)
{
	struct table_column columns[TABLE_COLUMNS_MAX];

	for (size_t c = 0; c < l->rows->n_columns; c++) {
		columns[c] = l->rows->columns[c];
		if (c == l->coverage && !l->is_exact)
			columns[c].name = "observed h";
	}
	return table_init(ret, columns, l->rows->n_columns);
}

int report_table_make(const struct table *rows, bool is_exact, struct table *ret)
{
	const struct layout l = {
		.rows = rows,
		.is_exact = is_exact,
		.subject = find_subject(rows),
		.unit = find_column(rows, "unit"),
		.amount = find_column(rows, "amount"),
		.currency = find_column(rows, "currency"),
		.coverage = find_column(rows, "coverage"),
	};
	struct table table;
	int r;

	if (l.subject == NONE || (l.amount != NONE && l.currency == NONE))
		return -EINVAL;
	r = init_table(&l, &table);
	if (r < 0)
		return r;
	r = show_rows(&l, &table);
	if (r < 0) {
		table_release(&table);
		return r;
	}

	*ret = table;
	return 0;
}
