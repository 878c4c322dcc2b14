/* Units of a report's rows, each rounded for itself. */
#include "cli/format/report_list.h"

#include <stdbool.h>
#include <string.h>

#include "common/format/figure.h"

#define NAME_SIZE	  64
#define QUANTITY_DECIMALS 3
#define AMOUNT_DECIMALS	  2

/* Is @name one of the words of @names? */
static bool is_among(const char *names, const char *name)
{
	size_t length = strlen(name);

	for (const char *word = names; word && *word; word += strspn(word, " ")) {
		size_t end = strcspn(word, " ");

		if (end == length && strncmp(word, name, length) == 0)
			return true;
		word += end;
	}
	return false;
}

static const char *unit_of(const struct table *rows, size_t row)
{
	for (size_t c = 0; c < rows->n_columns; c++) {
		const char *text = table_cell(rows, row, c);

		if (text && strcmp(rows->columns[c].name, "unit") == 0)
			return text;
	}
	return "";
}

/* @cell as people read it, in @text or as it is. */
static int show_figure(const char *cell, uint64_t divisor, unsigned int decimals,
	char text[FIGURE_SIZE], const char **ret)
{
	__int128 figure;
	int r = figure_parse(cell, &figure);

	if (r < 0)
		return r;
	figure_print_rounded(figure, divisor, decimals, text);
	*ret = text;
	return 0;
}

static int show_row(const struct table *rows, const struct report_list_kinds *kinds, size_t row,
	struct table *table)
{
	const char *cells[TABLE_COLUMNS_MAX];
	char text[TABLE_COLUMNS_MAX][FIGURE_SIZE];
	const struct figure_unit *unit = figure_unit(unit_of(rows, row));

	for (size_t c = 0; c < rows->n_columns; c++) {
		const char *name = rows->columns[c].name;
		int r = 0;

		cells[c] = table_cell(rows, row, c);
		if (!cells[c])
			continue;
		if (is_among(kinds->money, name))
			r = show_figure(cells[c], 1, AMOUNT_DECIMALS, text[c], &cells[c]);
		else if (is_among(kinds->seconds, name))
			r = show_figure(cells[c], 3600, QUANTITY_DECIMALS, text[c], &cells[c]);
		else if (unit && is_among(kinds->quantities, name))
			r = show_figure(
				cells[c], unit->per_priced, QUANTITY_DECIMALS, text[c], &cells[c]);
		else if (unit && strcmp(name, "unit") == 0)
			cells[c] = unit->priced;
		if (r < 0)
			return r;
	}
	return table_add(table, cells);
}

static int init_table(
	const struct table *rows, const struct report_list_kinds *kinds, struct table *ret)
{
	struct table_column columns[TABLE_COLUMNS_MAX];
	char names[TABLE_COLUMNS_MAX][NAME_SIZE];

	for (size_t c = 0; c < rows->n_columns; c++) {
		columns[c] = rows->columns[c];
		if (!is_among(kinds->seconds, columns[c].name))
			continue;
		(void)snprintf(names[c], sizeof(names[c]), "%s h", columns[c].name);
		columns[c].name = names[c];
	}
	return table_init(ret, columns, rows->n_columns);
}

int report_list_make(
	const struct table *rows, const struct report_list_kinds *kinds, struct table *ret)
{
	struct table table;
	int r = init_table(rows, kinds, &table);

	for (size_t row = 0; r == 0 && row < rows->n_rows; row++) {
		r = show_row(rows, kinds, row, &table);
		if (r < 0)
			table_release(&table);
	}
	if (r < 0)
		return r;

	*ret = table;
	return 0;
}
